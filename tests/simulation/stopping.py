"""Keeps what was stopped and what people took down, from what was committed alone: neither goes up again by accident."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.audit import Action
from bot.domain.flag import goes_up
from bot.domain.moves import settings_of
from tests.simulation.leaving import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.flag import FlagSetting
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from tests.simulation.watching import FlagSet, Written

LETS_ON = frozenset({Action.ROLLOUT_START, Action.ROLLOUT_RESUME, Action.ROLLOUT_RAISE})


@dataclass(slots=True)
class Stopping:
    """`taken_down` is what people took each flag down to since its rollout was let on last.

    `overridden` is when a rollout passed by what stood in its way, in a freeze perhaps.
    """

    taken_down: dict[tuple[str, str], FlagSetting] = field(default_factory=dict)
    overridden: dict[int, datetime] = field(default_factory=dict)

    def moved(self, before: Rollout | None, after: Rollout, written: Written) -> None:
        """Take a rollout's move into account."""
        actions = {it.action for it in written.entries if it.outcome == "accepted"}
        if before is None or not after.running or before.step_at != after.step_at:
            self.overridden.pop(after.id, None)
        if Action.ROLLOUT_OVERRIDE in actions:
            self.overridden[after.id] = written.now
        if before is None or (actions & LETS_ON and after.running):
            for target in after.wanted:
                self.taken_down.pop((target.flag, target.environment), None)
        elif Action.ROLLOUT_LOWER in actions:
            by_plan = (*before.wanted, *settings_of(after.plan, after.step, after.before))
            self.taken_down |= {(it.flag, it.environment): it.setting for it in after.wanted if it not in by_plan}

    def set_by_hand(self, change: FlagSet) -> None:
        """Take into account what a person set a flag to."""
        self.taken_down[change.flag.key, change.environment] = change.after

    def frozen(self, team: Team, rollout: Rollout, environment: str, written: Written) -> bool:
        """Say whether a rollout may raise nothing now, for all that was known when it was let on last."""
        policy = team.environment(environment)
        then = self.overridden.get(rollout.id)
        if then is None:
            return frozen(policy, rollout.plan, written.freezes, written.now)
        since = [it for it in written.freezes if it.since > then]
        open_then = not frozen(policy, rollout.plan, (), then)
        return frozen(policy, rollout.plan, since, written.now) if open_then else bool(since)

    def problems_of_aborting(self, after: Rollout) -> Iterator[str]:
        """Say which flags an abort puts higher than a person took them down to."""
        for target in after.wanted:
            taken = self.taken_down.get((target.flag, target.environment))
            if taken is not None and goes_up(taken, target.setting):
                yield f"it was aborted to {target.setting}, and {target.flag} had been taken down to {taken}"
