"""Who is at the terminal."""

from __future__ import annotations

OWNER = frozenset({"owner"})


class TerminalPeople:
    """Takes whoever types in the local chat at their word.

    Who can start the program can also change its database file, so that a password here would protect nothing. People
    of any other platform are unknown until a team file names them, and have no role.
    """

    def find(self, platform: str, platform_id: str) -> tuple[str, frozenset[str]]:
        """Return a person's name and roles."""
        return platform_id, OWNER if platform == "local" else frozenset()
