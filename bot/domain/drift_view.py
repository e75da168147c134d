"""What people are shown of the end of a drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout
    from bot.domain.sighting import Sighting


@dataclass(frozen=True, slots=True)
class DriftEnded:
    """A rollout before and after somebody decided about what had been `found` elsewhere.

    `left` says that other flags of it were changed elsewhere, too, and nobody decided about those.
    """

    before: Rollout
    after: Rollout
    found: tuple[Sighting, ...]
    left: bool = False
