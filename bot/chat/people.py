"""Who somebody on a chat platform is, as the team file and the links that people made say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.team import Identity, known_as, person_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.team import Team


def _nobody(_: Identity) -> str | None:
    return None


class TeamPeople:
    """The People port over the team that is in force now, with the identities that were tied to its people.

    Who can start the program can also change its database file, so that whoever types in the local chat is taken at
    their word: as an owner, or as the listed person whose name they use, with that person's roles. Without a team file
    nobody is listed, and people of other platforms are unknown and have no role. `tied` answers to whose name an
    identity was tied: whom the team file does not list counts as one person then, and has no more roles than before.
    """

    def __init__(self, team: Callable[[], Team], tied: Callable[[Identity], str | None] = _nobody) -> None:
        self.team = team
        self.tied = tied

    def find(self, platform: str, platform_id: str) -> tuple[str, frozenset[str]]:
        """Return a person's name and roles."""
        team = self.team()
        name, roles = known_as(team, platform, platform_id)
        if person_of(team, platform, platform_id) is None:
            name = self.tied(Identity(platform, platform_id)) or name
        return name, roles
