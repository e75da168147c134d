"""What people are shown after they said something of a rollout's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout


@dataclass(frozen=True, slots=True)
class Reported:
    """A rollout and how many problems were reported in it since its step began; `number` is this one's."""

    rollout: Rollout
    count: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Approved:
    """A rollout and the roles for which somebody just said yes."""

    rollout: Rollout
    roles: tuple[str, ...]
    still_missing: str
