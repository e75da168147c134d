"""Who somebody on a chat platform is, as the team file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.team import known_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.team import Team


class TeamPeople:
    """The People port over the team that is in force now.

    Who can start the program can also change its database file, so that whoever types in the local chat is taken at
    their word: as an owner, or as the listed person whose name they use, with that person's roles. Without a team file
    nobody is listed, and people of other platforms are unknown and have no role.
    """

    def __init__(self, team: Callable[[], Team]) -> None:
        self.team = team

    def find(self, platform: str, platform_id: str) -> tuple[str, frozenset[str]]:
        """Return a person's name and roles."""
        return known_as(self.team(), platform, platform_id)
