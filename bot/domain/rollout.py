"""Rollouts: the state of one execution of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.gate import GateRecord
from bot.domain.plan import Plan, Step

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.flag import FlagTarget
    from bot.domain.plan import ChannelName, ChecklistItem


class Status(StrEnum):
    """Where a rollout is in its life; the last three are its ends."""

    RUNNING = "running"
    PAUSED = "paused"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"
    COMPLETED = "completed"


ACTIVE = frozenset({Status.RUNNING, Status.PAUSED})


class TickState(StrEnum):
    """What a person said of a checklist item."""

    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Tick:
    """One checklist item confirmed or skipped: by whom, when, and the evidence or the reason given."""

    item: str
    state: TickState
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """One person's yes, for one role, to leaving one step of one exact plan."""

    role: str
    person: str
    step: int
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Baseline:
    """A metric's value in the time before the rollout changed anything, in the normal measure of its unit."""

    metric: str
    value: float


BLIND = "blind"
"""The trouble of not being able to measure, among those that people were told of."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What was judged at the current step: nothing measured before `since` counts.

    `told` are the troubles that people were told of and were not yet told the end of. Events within a time are counted
    across steps, after `counted_from`: when a guardrail went one step back because of the earlier ones, or a person, who knew of them,
    let the rollout go on.
    """

    since: datetime | None = None
    records: tuple[GateRecord, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    told: tuple[str, ...] = ()
    counted_from: datetime | None = None

    def record_of(self, condition: str) -> GateRecord | None:
        """Return what became of a condition, or None while it has not been judged."""
        return next((record for record in self.records if record.condition == condition), None)


@dataclass(frozen=True, slots=True)
class Rollout:
    """One execution of a plan, which is frozen in it.

    `wanted` is written by people (and the engine's decisions), `observed` by the loop alone: what the flag providers
    were last seen to hold, `None` until they were asked. `holding_since` is when the step's setting was first seen in
    force; its soak counts from there, shifted by pauses. `lowered` says that `wanted` is below what the step sets.
    `adopted_by` is who took an edited plan over, which is then theirs to ask approvals for. `cut` is what people took flags down to since the rollout was last let on; an abort does not undo that.
    `version` grows by one with every move, not with what the loop observes or with a tick, and a button carries the one
    it was drawn for. `measure_at` is when the metrics of the step are asked next. `ready` says that people were told that nothing stands in the way of the next step.
    """

    id: int
    plan: Plan
    status: Status
    step: int
    wanted: tuple[FlagTarget, ...]
    before: tuple[FlagTarget, ...]
    started_at: datetime
    started_by: str
    step_at: datetime
    version: int = 1
    observed: tuple[FlagTarget, ...] | None = None
    holding_since: datetime | None = None
    paused_at: datetime | None = None
    lowered: bool = False
    cut: tuple[FlagTarget, ...] = ()
    ready: bool = False
    level: int | None = None
    reason: str = ""
    ticks: tuple[Tick, ...] = ()
    channels: tuple[ChannelName, ...] = ()
    approvals: tuple[GivenApproval, ...] = ()
    judging: Judging = field(default_factory=Judging)
    measure_at: datetime | None = None
    finished_at: datetime | None = None
    adopted_by: str = ""

    @property
    def active(self) -> bool:
        """Say whether the rollout can still move."""
        return self.status in ACTIVE

    @property
    def running(self) -> bool:
        """Say whether the rollout goes on by its plan."""
        return self.status is Status.RUNNING

    @property
    def current(self) -> Step:
        """Return the step at which the rollout stands."""
        return self.plan.steps[self.step]

    @property
    def following(self) -> Step | None:
        """Return the step after the current one, or None at the last."""
        steps = self.plan.steps
        return steps[self.step + 1] if self.step + 1 < len(steps) else None

    @property
    def settled(self) -> bool:
        """Say whether the flags were seen to hold what is wanted."""
        return self.observed is not None and set(self.wanted) == set(self.observed)

    @property
    def name(self) -> str:
        """Return what people call it: `#12`."""
        return f"#{self.id}"

    def tick_of(self, item: ChecklistItem) -> Tick | None:
        """Return what was said of a checklist item, or None while it is open."""
        return next((tick for tick in self.ticks if tick.item == item.key), None)
