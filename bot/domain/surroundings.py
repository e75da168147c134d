"""What bears on a rollout from outside of it: freezes, the environment's policy, what the metrics are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.errors import Blocker
    from bot.domain.plan import Approval, ChecklistItem


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What bears on one rollout at one moment. The empty one forbids nothing and asks for nothing.

    `stops` are the freezes in force and the critical pages; `approvals` and `prerequisites` are what the environment's policy asks
    for before flags change.
    """

    stops: tuple[Blocker, ...] = ()
    approvals: tuple[Approval, ...] = ()
    prerequisites: tuple[ChecklistItem, ...] = ()


NOTHING = Surroundings()
