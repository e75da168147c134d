"""The deployment report: everything that is known of one rollout, for whoever answers for it later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.rollout import Status

if TYPE_CHECKING:
    from datetime import datetime


class Result(StrEnum):
    """How a deployment came out, in one word."""

    SUCCESS = "success"
    PARTIAL = "partial success"
    FAILED = "failed"
    UNDER_WAY = "under way"


class Met(StrEnum):
    """Whether a target was reached."""

    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Held:
    """What was wanted of a flag after a move, in words; `flag` is `checkout@production`."""

    flag: str
    setting: str

    @property
    def percent(self) -> float:
        """Return the share that the setting lets in, 0 to 100."""
        return share_of(self.setting)


@dataclass(frozen=True, slots=True)
class Taken:
    """One move of the rollout: who made it, when, to which step, and why. `step` counts from 1, `action` is `advance`."""

    at: datetime
    by: str
    action: str
    step: int
    name: str
    flags: tuple[Held, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FlagOutcome:
    """What a flag held before the rollout and what is wanted of it now, in words."""

    flag: str
    environment: str
    before: str
    after: str

    @property
    def held_before(self) -> float:
        """Return the share that it let in before, 0 to 100."""
        return share_of(self.before)


@dataclass(frozen=True, slots=True)
class LastValue:
    """The last value of one metric, and its value from before the rollout, in words; empty where it is not known."""

    metric: str
    value: str
    at: datetime | None = None
    note: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target of the plan, with the last measurement and what came of it."""

    when: str
    target: str
    kind: str
    result: Met
    says: str = ""


@dataclass(frozen=True, slots=True)
class ProblemTold:
    """A problem that a person reported; how it was resolved is for people to fill in."""

    at: datetime
    by: str
    text: str
    critical: bool
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody's yes or no: for which roles, at which step (from 1), and why. `approved` is False for a rejection."""

    at: datetime
    by: str
    roles: tuple[str, ...]
    step: int
    approved: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ItemTold:
    """A checklist item that was confirmed or skipped; `note` is the evidence or the reason."""

    key: str
    text: str
    skipped: bool
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `tripped` are gates that failed and guardrails that were broken; `lessons` and `actions` are empty
    until people fill them in.
    """

    number: int
    title: str
    plan: str
    version: str
    digest: str
    environment: str
    status: Status
    result: Result
    why: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    made_at: datetime
    step: int
    of_steps: int
    taken: tuple[Taken, ...] = ()
    flags: tuple[FlagOutcome, ...] = ()
    metrics: tuple[LastValue, ...] = ()
    targets: tuple[TargetResult, ...] = ()
    tripped: tuple[Taken, ...] = ()
    rollbacks: tuple[Taken, ...] = ()
    problems: tuple[ProblemTold, ...] = ()
    overrides: tuple[Taken, ...] = ()
    approvals: tuple[Said, ...] = ()
    items: tuple[ItemTold, ...] = ()
    lessons: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    @property
    def lasted(self) -> timedelta:
        """Return how long it took, or has taken so far."""
        return (self.ended_at or self.made_at) - self.started_at

    @property
    def people(self) -> tuple[str, ...]:
        """Return everybody who moved the rollout, in the order in which they first did."""
        return tuple(dict.fromkeys(it.by for it in self.taken))


def share_of(setting: str) -> float:
    """Return the share, 0 to 100, of a setting in words (`off`, `25% of pro`), which is how the log keeps it."""
    try:
        return float(setting.partition("%")[0])
    except ValueError:
        return 0.0


def result_of(status: Status, shortcomings: tuple[str, ...]) -> Result:
    """Judge a deployment: complete without a shortcoming is a success, gone back is failed."""
    match status:
        case Status.COMPLETED:
            return Result.PARTIAL if shortcomings else Result.SUCCESS
        case Status.ROLLED_BACK | Status.ABORTED:
            return Result.FAILED
        case Status.RUNNING | Status.PAUSED:
            return Result.UNDER_WAY
