"""What bears on a rollout from outside of it: freezes, the environment's policy, what the metrics are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.errors import Blocker
    from bot.domain.plan import Approval, ChecklistItem
    from bot.domain.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What bears on one rollout at one moment. The empty one forbids nothing and asks for nothing.

    `stops` are the freezes in force and the critical pages; `approvals` and `prerequisites` are what the environment's policy asks
    for before flags change. `sightings` are the last looks at flags that are held elsewhere, `look_at` the time of the
    next one.
    """

    stops: tuple[Blocker, ...] = ()
    approvals: tuple[Approval, ...] = ()
    prerequisites: tuple[ChecklistItem, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    look_at: datetime | None = None


NOTHING = Surroundings()
