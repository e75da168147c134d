"""When an announcement of a plan is due, as written and as understood: `T-24h`, `each step`, `every 4h`, `completed +7d`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.duration import BadDuration, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator


class Occasion(StrEnum):
    """What can happen to a rollout that people may want to be told of."""

    STARTED = "started"
    STEP = "step"
    PHASE = "phase"
    HELD = "held"
    GATE_FAILED = "gate_failed"
    PROBLEM = "problem_reported"
    PAUSED = "paused"
    RESUMED = "resumed"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"
    COMPLETED = "completed"


EVENTS = tuple(str(it) for it in Occasion if it not in {Occasion.STEP, Occasion.PHASE})


class BadMoment(ValueError):
    """A text that names no moment of a rollout. `near` is what was probably meant."""


@dataclass(frozen=True, slots=True)
class FromStart:
    """So long before (negative) or after the start of the rollout, planned or real."""

    offset: timedelta


@dataclass(frozen=True, slots=True)
class At:
    """A date and time, while the rollout runs."""

    instant: datetime


@dataclass(frozen=True, slots=True)
class Cron:
    """Times of the wall clock in the plan's zone, while the rollout runs: `cron 0 9 * * 1-5`."""

    expression: str


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again while the rollout runs, counted from its start."""

    interval: timedelta


@dataclass(frozen=True, slots=True)
class When:
    """At something that happens, or so long after it; at every step or phase, or at a named one."""

    occasion: Occasion
    after: timedelta = timedelta(0)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """So long before a phase that has a date."""

    phase: str
    lead: timedelta


Moment = FromStart | At | Cron | Every | When | Before

_FROM_START = re.compile(r"T(?:(?P<sign>[+-])(?P<duration>.+))?")
_EVERY = re.compile(r"every (?P<duration>.+)")
_CRON = re.compile(r"cron (?P<expression>\S+(?: \S+){4})")
_EVENT = re.compile(rf"(?P<event>{'|'.join(EVENTS)})(?: ?\+ ?(?P<duration>.+))?")
_PLACE = re.compile(r"(?:(?P<duration>\S+) before )?(?P<kind>phase|step) (?P<name>.+)")
_EACH = {"each step": Occasion.STEP, "each phase": Occasion.PHASE}


@lru_cache(maxsize=1024)
def parse_moment(text: str) -> Moment:
    """Return the moment that a text names. Raises BadMoment."""
    if text in _EACH:
        return When(_EACH[text])
    if found := _FROM_START.fullmatch(text):
        length = _length(found["duration"]) if found["duration"] else timedelta(0)
        return FromStart(-length if found["sign"] == "-" else length)
    if found := _CRON.fullmatch(text):
        return Cron(_checked(found["expression"]))
    if found := _EVERY.fullmatch(text):
        return Every(_length(found["duration"], least=timedelta(minutes=1)))
    if found := _EVENT.fullmatch(text):
        after = _length(found["duration"]) if found["duration"] else timedelta(0)
        return When(Occasion(found["event"]), after)
    if found := _PLACE.fullmatch(text):
        if found["duration"]:
            return Before(found["name"], _length(found["duration"]))
        return When(Occasion(found["kind"]), place=found["name"])
    return At(_instant(text))


def _length(written: str, least: timedelta = timedelta(0)) -> timedelta:
    try:
        length = parse_duration(written, allow_zero=True)
    except BadDuration as error:
        raise BadMoment(f"{error}.") from None
    if length < least:
        raise BadMoment("Once a minute is the most.")
    return length


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadMoment("") from None
    if instant.tzinfo is None:
        raise BadMoment("A date needs its offset from UTC: Z or +01:00.")
    return instant


def _checked(expression: str) -> str:
    from cronsim import CronSim, CronSimError

    try:
        next(CronSim(expression, datetime(2026, 1, 1)))  # noqa: DTZ001  # The wall clock alone is asked here.
    except (CronSimError, StopIteration):
        raise BadMoment(f"“{expression}” is no cron expression of five fields that ever comes.") from None
    return expression


def cron_times(expression: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the times of a cron expression after a moment; what a change of clocks swallows comes right after it."""
    from cronsim import CronSim

    yield from CronSim(expression, after.astimezone(ZoneInfo(zone)))
