"""Rehearsals: what a plan did when it was run on a virtual clock, as plain values in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.domain.metric_script import MetricScript
    from bot.domain.plan import Plan


class Ending(StrEnum):
    """How a rehearsal ended."""

    COMPLETED = "completed"
    ROLLED_BACK = "rolled back"
    STUCK = "stuck"


class Kind(StrEnum):
    """What sort of thing happened, in the words of the printed list."""

    TYPED = "typed"
    FLAG = "flag"
    MESSAGE = "message"
    QUESTION = "question"
    FIGURE = "figure"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened; `who` is a person, a channel, a flag or a metric, as the kind has it.

    `message` is what was posted, where something was.
    """

    at: datetime
    kind: Kind
    who: str
    what: str
    message: Message | None = None


class Origin(StrEnum):
    """Where the value of a metric came from."""

    INVENTED = "invented"
    SCRIPTED = "script"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Figure:
    """What a metric said while nothing was wrong: its value as people write it, and that of the time before."""

    metric: str
    origin: Origin
    says: str = ""
    before: str = ""
    by_people: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """A guardrail that is made to trip: at which step, by which metric, with which value (in its normal measure)."""

    step: int
    condition: str
    metric: str
    value: float
    says: str
    kept: bool = False
    """Whether people report it, so many times, because the bot counts it."""

    asked: int = 0
    """Which of the steps that change flags was asked for, counted from 1; there may be fewer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be rehearsed beside the plan: figures from a script, and a break at the n-th step that changes flags."""

    script: MetricScript | None = None
    break_at: int | None = None
    metric: str = ""


PLAIN = Wish()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it. `edits` counts how often a card was drawn anew, which the list of happenings leaves out."""

    plan: Plan
    start: datetime
    end: datetime
    ending: Ending
    reason: str
    happenings: tuple[Happening, ...]
    figures: tuple[Figure, ...]
    measured: str
    broken: Break | None = None
    edits: int = 0
    step: int = 0
    level: int | None = None

    @property
    def took(self) -> timedelta:
        """Return how much virtual time passed."""
        return self.end - self.start

    def count(self, kind: Kind) -> int:
        """Return how many happenings of a kind there were."""
        return sum(1 for it in self.happenings if it.kind is kind)
