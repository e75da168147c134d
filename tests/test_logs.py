"""The operator's log: a line for each event, with its facts as fields."""

from __future__ import annotations

import io
import json

import pytest

from bot.logs import open_journal


def test_each_event_is_one_line_of_json_with_its_level_time_and_facts() -> None:
    stream = io.StringIO()
    open_journal("json:info", stream).info("outbox.delivery.delayed", delivery=7, problem="busy\nvery")
    (line,) = stream.getvalue().splitlines()
    facts = json.loads(line)
    assert facts.pop("timestamp").endswith("Z")
    assert facts == {"event": "outbox.delivery.delayed", "level": "info", "delivery": 7, "problem": "busy\nvery"}


@pytest.mark.parametrize(
    ("spec", "heard"),
    [
        ("json:debug", ["info", "warning", "error"]),
        ("json", ["info", "warning", "error"]),
        ("json:warning", ["warning", "error"]),
        ("json:error", ["error"]),
    ],
)
def test_what_is_below_the_level_is_not_written(spec: str, heard: list[str]) -> None:
    stream = io.StringIO()
    journal = open_journal(spec, stream)
    journal.info("one")
    journal.warning("two")
    journal.error("three")
    assert [json.loads(line)["level"] for line in stream.getvalue().splitlines()] == heard


def test_the_console_has_no_colours_where_nobody_looks_at_a_terminal() -> None:
    stream = io.StringIO()
    open_journal("console:info", stream).info("bot.started", interactive=False)
    assert "\x1b" not in stream.getvalue()
    assert "bot.started" in stream.getvalue()
    assert "interactive=False" in stream.getvalue()


def trace_of_a_division() -> Exception:
    try:
        return Exception(1 / 0)
    except ZeroDivisionError as problem:
        return problem


def test_a_trace_goes_to_the_log_in_one_line_of_json() -> None:
    stream = io.StringIO()
    open_journal("json:info", stream).error("request.crashed", exc_info=trace_of_a_division())
    (line,) = stream.getvalue().splitlines()
    assert "ZeroDivisionError: division by zero" in json.loads(line)["exception"]
