"""Plans: how one change reaches everyone, as the plan file says it, with everything resolved.

What a file leaves to a phase or to the whole plan (environment, gates, guardrails, soak, the way to advance) is already
written into each step here, and what a phase asks before it may be entered is asked at the end of the step before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from bot.domain.flag import DEFAULT_UNIT, OFF, FlagChange, FlagSetting, FlagTarget

MINUTE = timedelta(minutes=1)


class Advance(StrEnum):
    """Who takes the next step once nothing stands in its way."""

    MANUAL = "manual"
    AUTO = "auto"


class Breach(StrEnum):
    """What a breached guardrail does."""

    ROLLBACK = "rollback"
    BACK = "back one step"
    HOLD = "hold"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that must hold for the rollout to go on.

    `interval` is the time between two measurements; `max_failures: 2` fails on the third failure.
    """

    condition: str
    interval: timedelta = MINUTE
    min_samples: int = 0
    max_failures: int = 0


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A condition whose breach makes the rollout go back by itself (or hold, or page)."""

    condition: str
    then: Breach = Breach.ROLLBACK
    interval: timedelta = MINUTE


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """Something a person confirms. `key` is stable within the plan: `2.1`, `r3.1` for rollback level 3, `a1.2` after."""

    key: str
    text: str
    owner: str = ""
    note: str = ""
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """So many people of one role who say yes."""

    role: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class SetFlag:
    """What a step or a rollback level does to one flag."""

    flag: str
    change: FlagChange


@dataclass(frozen=True, slots=True)
class Start:
    """When a step may begin at the earliest, beside the soak of the one before.

    `offset` counts from the start of the rollout (in business days where `business_days`), `at` is a date,
    `time_of_day` and `until_time` a window of the day in `zone`.
    """

    offset: timedelta | None = None
    at: datetime | None = None
    time_of_day: time | None = None
    until_time: time | None = None
    zone: str = "UTC"
    business_days: bool = False


@dataclass(frozen=True, slots=True)
class Irreversible:
    """Marks a step that cannot be undone; `instead` says what can still be done."""

    what: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of a rollout: what is set on arrival, how long it holds, and what must be true to leave it.

    `checklist`, `gates`, `approvals` and `question` (a go/no-go asked of a person) are conditions for leaving; the last
    step of a phase carries the phase's own and those for entering the next phase. `phase` is the index of its phase in
    the plan. `takes` is how long its work is planned to take, for the timeline; it holds nothing up.
    """

    name: str
    phase: int
    environment: str
    sets: tuple[SetFlag, ...] = ()
    calls: tuple[str, ...] = ()
    soak: timedelta = timedelta(0)
    start: Start | None = None
    advance: Advance = Advance.MANUAL
    checklist: tuple[ChecklistItem, ...] = ()
    gates: tuple[Gate, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    approvals: tuple[Approval, ...] = ()
    question: str = ""
    irreversible: Irreversible | None = None
    risk: str = ""
    note: str = ""
    takes: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Phase:
    """A named stage of a plan with at least one step; `number` counts from 1, and 0 is what comes before the start."""

    name: str
    steps: tuple[Step, ...]
    note: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class PlanFlag:
    """A flag that the plan drives. `starts` is what it must hold at the start; without it the flag stays as it is.

    `population` is how many units there are, for telling how many a percentage affects.
    """

    key: str
    unit: str = DEFAULT_UNIT
    description: str = ""
    owner: str = ""
    starts: FlagSetting | None = None
    provider: str = "builtin"
    population: int | None = None


@dataclass(frozen=True, slots=True)
class RollbackLevel:
    """One named way back; number 1 is the one that guardrails use. `destroys` says what is lost for good."""

    number: int
    name: str
    sets: tuple[SetFlag, ...] = ()
    calls: tuple[str, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    takes: timedelta = timedelta(0)
    destroys: str = ""


@dataclass(frozen=True, slots=True)
class Communication:
    """One announcement of the plan: the moment as written, the audiences, and which template or what text."""

    when: str
    to: tuple[str, ...]
    say: str
    facts: tuple[tuple[str, str], ...] = ()
    hold: bool = False


@dataclass(frozen=True, slots=True)
class AfterTask:
    """Items to be done after the rollout is complete: first due at `at`, repeated `every` so often `until` an age."""

    at: timedelta
    checklist: tuple[ChecklistItem, ...]
    every: timedelta | None = None
    until: timedelta | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """An entry of the risk register, shown to approvers."""

    risk: str
    mitigation: str
    severity: str = "medium"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that the report compares with what was measured, within a time such as `day 1`.

    `condition` is a gate expression where the figure can be measured; else `text` says what a person ticks. `kind`
    groups them: `technical`, `business`, `user`.
    """

    when: str
    condition: str = ""
    text: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Runbook:
    """Short help for a known problem: what to check, what to do."""

    problem: str
    check: tuple[str, ...] = ()
    do: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """How often something may be triggered: `count` times within `per`, by each `scope` (`person` or `channel`)."""

    scope: str
    count: int
    per: timedelta
    cooldown: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class ChannelName:
    """A channel on one platform, as people write it."""

    platform: str
    channel: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan. `digest` is SHA-256 (hex) over the canonical form of its content, not of its text."""

    key: str
    title: str
    environment: str
    digest: str
    phases: tuple[Phase, ...]
    flags: tuple[PlanFlag, ...] = ()
    summary: str = ""
    version: str = ""
    channels: tuple[ChannelName, ...] = ()
    rollback: tuple[RollbackLevel, ...] = ()
    communication: tuple[Communication, ...] = ()
    escalation: str = ""
    after: tuple[AfterTask, ...] = ()
    risks: tuple[Risk, ...] = ()
    targets: tuple[Target, ...] = ()
    runbooks: tuple[Runbook, ...] = ()
    limits: tuple[Limit, ...] = ()
    never: tuple[str, ...] = ()
    """Times in which nothing goes up: `fri`, `22:00-06:00`, a date; as written, judged by the freeze rules."""

    alone: bool = False
    """Whether no other rollout may be active in the same environment."""

    zone: str = "UTC"
    """The IANA time zone in which `never` is read."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps of all phases in order; a rollout's position is an index into this."""
        return tuple(step for phase in self.phases for step in phase.steps)

    def flag(self, key: str) -> PlanFlag:
        """Return the plan's flag of that key; KeyError if the plan does not drive it."""
        return next((flag for flag in self.flags if flag.key == key), None) or _missing(key)


def _missing(key: str) -> PlanFlag:
    raise KeyError(key)


def label_of(plan: Plan, step: Step) -> str:
    """Return the step's name without its phase's, where the phase is already named nearby: `25%`."""
    return step.name.removeprefix(f"{plan.phases[step.phase].name}: ")


def settings_before(plan: Plan, current: tuple[FlagTarget, ...]) -> tuple[FlagTarget, ...]:
    """Return what every flag of the plan holds before its first step, in each environment the plan touches.

    `current` is what was read from the flags; a flag that declares where it starts begins there.
    """
    held = {(target.flag, target.environment): target.setting for target in current}
    return tuple(
        FlagTarget(flag.key, environment, flag.starts or held.get((flag.key, environment), OFF))
        for flag in plan.flags
        for environment in environments_of(plan)
    )


def environments_of(plan: Plan) -> tuple[str, ...]:
    """Return the environments in which the plan changes flags, in the order in which it reaches them."""
    reached = dict.fromkeys(step.environment for step in plan.steps if step.sets)
    return tuple(reached) or (plan.environment,)


def settings_at(plan: Plan, index: int, before: tuple[FlagTarget, ...]) -> tuple[FlagTarget, ...]:
    """Return what every flag holds once the step at `index` has been taken, from what it held before the plan."""
    held = {(target.flag, target.environment): target.setting for target in before}
    for step in plan.steps[: index + 1]:
        for item in step.sets:
            where = (item.flag, step.environment)
            held[where] = item.change.applied_to(held.get(where, OFF))
    return tuple(FlagTarget(flag, environment, setting) for (flag, environment), setting in held.items())
