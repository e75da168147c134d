"""A rollout's picture: what it shows, its size, and the words for whoever does not see it."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.charts import open_charts, rollout_chart
from bot.charts.course import CRITICAL, LONGEST_TEXT, OVERRIDE, PROBLEM, TRIPPED, alt_text, course_of
from bot.charts.rollout_chart import HEIGHT, WIDTH, specification
from bot.domain.report import FlagOutcome, Held, ProblemTold, Report, Result, Taken
from bot.domain.rollout import Status
from tests.fakes.journal import KeptJournal
from tests.peers import missing

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def moved(after: timedelta, action: str, *held: Held, by: str = "ana", reason: str = "") -> Taken:
    return Taken(START + after, by, action, 1, "", held, reason)


def checkout(setting: str) -> Held:
    return Held("checkout@production", setting)


def report_of(*taken: Taken, **facts: object) -> Report:
    usual: dict[str, object] = {
        "flags": (FlagOutcome("checkout", "production", "off", "100%"),),
        "ended_at": START + 3 * HOUR,
        "made_at": START + 3 * HOUR,
    }
    return Report(
        number=7,
        title="The new checkout",
        plan="checkout",
        version="2.4.0",
        digest="0" * 64,
        environment="production",
        status=Status.COMPLETED,
        result=Result.PARTIAL,
        why="",
        started_by="ana",
        started_at=START,
        step=3,
        of_steps=3,
        taken=taken,
        **(usual | facts),  # type: ignore[arg-type]
    )


TAKEN = (
    moved(0 * HOUR, "start", checkout("off")),
    moved(30 * MINUTE, "advance", checkout("10% of pro and 3 named users")),
    moved(HOUR, "pause", checkout("10% of pro and 3 named users"), by="rollcall", reason="the gate failed once"),
    moved(2 * HOUR, "override", checkout("33.333%"), reason="the queue was seen to be empty"),
    moved(3 * HOUR, "complete", checkout("33.333%")),
)
EVENTFUL = report_of(
    *TAKEN,
    problems=(ProblemTold(START + 40 * MINUTE, "support", "it is slow", critical=False),),
    tripped=TAKEN[2:3],
    overrides=TAKEN[3:4],
)


def test_the_way_is_told_in_words() -> None:
    assert alt_text(EVENTFUL, course_of(EVENTFUL)) == (
        "Chart of rollout #7 The new checkout: partial success, 3 hours. It began 2026-03-02 09:00 UTC. "
        "checkout in production: 0% at first, 10% after 30m, 33.333% after 2h. "
        "Problem reported after 40m: support: it is slow. "
        "Gate or guardrail tripped after 1h: the gate failed once. "
        "Override after 2h: ana: the queue was seen to be empty."
    )


def test_a_quiet_way_is_said_to_be_quiet() -> None:
    report = report_of(*TAKEN[:2])
    assert "No problem was reported, nothing tripped" in alt_text(report, course_of(report))


def test_the_words_fit_whatever_happened() -> None:
    steps = [moved(number * MINUTE, "advance", checkout(f"{number % 100}%")) for number in range(500)]
    problems = tuple(
        ProblemTold(START + number * MINUTE, "support", f"{number} " + "very long " * 900, critical=bool(number % 2))
        for number in range(200)
    )
    report = report_of(*steps, problems=problems)
    assert len(alt_text(report, course_of(report))) <= LONGEST_TEXT


def test_four_flags_are_shown_and_the_others_counted() -> None:
    names = [f"flag-{number}" for number in range(6)]
    flags = tuple(FlagOutcome(name, "production", "off", "100%") for name in names)
    steps = [moved(HOUR, "advance", *(Held(f"{name}@production", "50%") for name in names[2:]))]
    course = course_of(report_of(*steps, flags=flags))
    assert list(course.lines) == [f"{name} in production" for name in names[2:]]
    assert course.left_out == 2


def test_every_kind_of_event_has_a_mark() -> None:
    critical = ProblemTold(START, "support", "nobody gets in", critical=True)
    course = course_of(replace(EVENTFUL, problems=(*EVENTFUL.problems, critical)))
    assert [mark.kind for mark in course.marks] == [CRITICAL, PROBLEM, TRIPPED, OVERRIDE]


def test_what_people_wrote_is_text_and_nothing_else() -> None:
    report = replace(EVENTFUL, title="{{datum}} <b> ' \" \\ \u202e")
    title = specification(report, course_of(report))["title"]["text"]
    assert title == "#7 {{datum}} <b> ' \" \\ \u202e"


@pytest.mark.parametrize("lasted", [timedelta(0), timedelta(seconds=5), 3 * HOUR, 3 * DAY, 400 * DAY])
async def test_the_picture_is_a_png_of_its_size(lasted: timedelta) -> None:
    charts = open_charts(KeptJournal())
    if charts is None:
        missing("vl-convert-python")
        return
    report = replace(EVENTFUL, ended_at=START + lasted, made_at=START + lasted)
    (picture,) = await charts.draw(report)
    assert picture.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture.content[16:24]) == (WIDTH, HEIGHT) == (1200, 600)
    assert (picture.name, picture.media_type) == ("rollout-7-history.png", "image/png")
    assert "Override after 2h" in picture.alt


async def test_a_plan_without_flags_has_no_picture() -> None:
    assert await rollout_chart.RolloutCharts(KeptJournal()).draw(report_of(flags=())) == ()


async def test_a_picture_that_cannot_be_drawn_is_left_out_and_noted(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o700)
    journal = KeptJournal()
    assert await rollout_chart.RolloutCharts(journal, str(broken)).draw(EVENTFUL) == ()
    assert journal.events("warning") == ["chart.not_drawn"]


def test_the_library_is_not_loaded_into_the_bot() -> None:
    assert find_spec("bot.charts") is not None
    assert "vl_convert" not in sys.modules
