"""Counts by itself how long a rollout has held its step, from what was committed alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout

NEVER = timedelta(0)


@dataclass(slots=True)
class Held:
    """How long a step was held in force and not paused: `counted` until `since`, from which it is being held now."""

    counted: timedelta = NEVER
    since: datetime | None = None

    def at(self, now: datetime) -> timedelta:
        """Return how long it was held until now."""
        return self.counted + (now - self.since if self.since is not None else NEVER)


@dataclass(slots=True)
class Soaks:
    """The count of every rollout."""

    held: dict[int, Held] = field(default_factory=dict)

    def of(self, rollout: Rollout, now: datetime) -> timedelta:
        """Return how long a rollout has held its step."""
        return self.held[rollout.id].at(now)

    def note(self, before: Rollout | None, after: Rollout, now: datetime) -> None:
        """Take a change into account."""
        known = self.held.get(after.id, Held())
        anew = before is None or (before.step, before.step_at, before.wanted) != (
            after.step,
            after.step_at,
            after.wanted,
        )
        counted = NEVER if anew or not after.settled else known.at(now)
        self.held[after.id] = Held(counted, now if after.running and after.settled else None)
