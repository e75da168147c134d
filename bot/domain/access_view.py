"""What people are shown of who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.access import Permission
    from bot.domain.team import Identity


@dataclass(frozen=True, slots=True)
class Place:
    """What one person may do in one environment, where that is, and whether it is here.

    `going_down` says whether the way back is open here even where going up is not. `why_not` is a sentence where
    nothing may be changed from here.
    """

    environment: str
    may: tuple[Permission, ...]
    where: str
    here: bool
    going_down: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Mine:
    """One person's access. `tied` are the identities among `identities` that were linked in chat."""

    person: str
    listed: bool
    roles: tuple[str, ...]
    may: tuple[Permission, ...]
    identities: tuple[Identity, ...]
    tied: frozenset[Identity]
    places: tuple[Place, ...]
    has_team_file: bool = True


@dataclass(frozen=True, slots=True)
class Able:
    """Who has a permission (in an environment), or a role: exactly one of `permission` and `role` is set.

    Each of `people` comes with the roles for which they may.
    """

    people: tuple[tuple[str, tuple[str, ...]], ...]
    roles: tuple[str, ...]
    permission: Permission | None = None
    role: str = ""
    environment: str = ""
    where: str = ""
    has_team_file: bool = True


@dataclass(frozen=True, slots=True)
class Offered:
    """A code, told once to the person who asked for it."""

    code: str
    person: str
    expires_at: datetime
