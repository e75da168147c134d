"""What of a report is drawn: the percentage of each flag over time, what happened on the way, and both in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import groupby, islice
from typing import TYPE_CHECKING

from bot.domain.duration import describe_duration, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.report import Report

MOST_FLAGS = 4
"""More lines than that are not told apart."""

LONGEST_TEXT = 1000
"""So many characters Slack takes to describe a picture; Discord takes 1,024."""

LEAST = timedelta(minutes=1)
"""So long a picture shows at least: a line needs two ends."""

_MOST_MARKS, _MOST_CHANGES, _LONGEST_WORDS = 6, 12, 60

PROBLEM, CRITICAL, TRIPPED, OVERRIDE = (
    "problem reported",
    "critical problem reported",
    "gate or guardrail tripped",
    "override",
)
KINDS = (PROBLEM, CRITICAL, TRIPPED, OVERRIDE)


@dataclass(frozen=True, slots=True)
class Point:
    """From `at` on, so many percent were wanted of a flag."""

    at: datetime
    percent: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on the way: one of `KINDS`, with who and why in a few words."""

    at: datetime
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Course:
    """A rollout's way. `lines` are named by flag and environment; `left_out` counts the flags that are not among them."""

    start: datetime
    end: datetime
    lines: dict[str, tuple[Point, ...]]
    marks: tuple[Mark, ...]
    left_out: int = 0


def course_of(report: Report) -> Course:
    """Return the way of a rollout, up to its end or up to now."""
    start = report.started_at
    marks = tuple(sorted(_marks(report), key=lambda mark: mark.at))
    ways = {f"{it.flag} in {it.environment}": _points(report, it.flag, it.environment) for it in report.flags}
    # Flags that change most tell most; among equals the plan's order stays.
    shown = sorted(ways, key=lambda name: -len(ways[name]))[:MOST_FLAGS]
    lines = {name: way for name, way in ways.items() if name in shown}
    latest = (point.at for way in lines.values() for point in way)
    end = max(report.ended_at or report.made_at, start + LEAST, *latest, *(mark.at for mark in marks))
    return Course(start, end, lines, marks, len(ways) - len(lines))


def _points(report: Report, flag: str, environment: str) -> tuple[Point, ...]:
    """Return where a flag's percentage changed, beginning with what it was before."""
    before = next(it.held_before for it in report.flags if (it.flag, it.environment) == (flag, environment))
    found = [Point(report.started_at, before)]
    for taken in report.taken:
        for held in taken.flags:
            if held.flag == f"{flag}@{environment}" and held.percent != found[-1].percent:
                found.append(Point(taken.at, held.percent))
    return tuple(found)


def _marks(report: Report) -> Iterator[Mark]:
    for problem in report.problems:
        yield Mark(problem.at, CRITICAL if problem.critical else PROBLEM, f"{problem.by}: {_short(problem.text)}")
    for tripped in report.tripped:
        yield Mark(tripped.at, TRIPPED, _short(tripped.reason))
    for override in report.overrides:
        yield Mark(override.at, OVERRIDE, f"{override.by}: {_short(override.reason)}")


# ---------------------------------------------------------------------------------------------------------------------
# In words


def title_of(report: Report) -> str:
    """Return what the picture is called."""
    return f"#{report.number} {_short(report.title)}"


def subtitle_of(report: Report, course: Course) -> str:
    """Return how it came out, when, and what is not shown."""
    took = describe_duration(report.lasted, 2)
    until = f"{took}{'' if report.ended_at else ' so far'}"
    more = f"; {course.left_out} more flags not shown" if course.left_out > 1 else ""
    more = "; 1 more flag not shown" if course.left_out == 1 else more
    return f"{report.result.capitalize()}, {until}, from {moment(course.start)}{more}"


def alt_text(report: Report, course: Course) -> str:
    """Say in words what the picture shows, for whoever does not see it."""
    parts = [
        f"Chart of rollout {title_of(report)}: {report.result}, {describe_duration(report.lasted, 2)}.",
        f"It began {moment(course.start)}.",
        *(f"{name}: {_changes(course, way)}." for name, way in course.lines.items()),
        *_events(course),
    ]
    text = " ".join(parts)
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1].rpartition(' ')[0]}…"


def _changes(course: Course, way: tuple[Point, ...]) -> str:
    words = [f"{way[0].percent:g}% at first"]
    words += [f"{point.percent:g}% after {_after(course, point.at)}" for point in way[1 : _MOST_CHANGES + 1]]
    more = len(way) - 1 - _MOST_CHANGES
    return ", ".join(words) + (f", and {more} more changes, at last {way[-1].percent:g}%" if more > 0 else "")


def _events(course: Course) -> Iterator[str]:
    if not course.marks:
        yield "No problem was reported, nothing tripped, nothing was overridden."
    told = islice(groupby(course.marks, key=lambda mark: (mark.kind, mark.words)), _MOST_MARKS)
    for (kind, words), same in told:
        first, *others = same
        times = f" ({len(others) + 1} times)" if others else ""
        yield f"{kind.capitalize()} after {_after(course, first.at)}{times}: {words}."


def _after(course: Course, at: datetime) -> str:
    return format_duration(at - course.start)


def moment(at: datetime) -> str:
    """Return a moment in UTC, to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_WORDS else f"{flat[: _LONGEST_WORDS - 1].rstrip()}…"
