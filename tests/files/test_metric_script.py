"""Which scripts are understood, and what is said about the others."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain.errors import BadPlan
from bot.domain.measure import Measure
from bot.domain.metric_script import ScriptedValue, ScriptEntry
from bot.files.metric_script import load_metric_script, read_metric_script


def test_a_script_is_read_as_it_is_meant(tmp_path: Path) -> None:
    file = tmp_path / "script.yaml"
    file.write_text(
        "error_rate:\n"
        "  - {at: -1d, value: 0.5%}\n"
        "  - {at: 0, value: 100ms to 1s, samples: 9}\n"
        "  - {at: +1d12h, value: none}\n"
        "  - {at: 3d, error: Gone for lunch. }\n"
        "orders: 12\n"
    )
    script = load_metric_script(file)
    assert script.names == {"error_rate", "orders"}
    assert script.of("error_rate") == (
        ScriptEntry(timedelta(days=-1), ScriptedValue(Decimal("0.5"), Decimal("0.5"), Measure.PERCENT)),
        ScriptEntry(timedelta(0), ScriptedValue(Decimal(100), Decimal(1000), Measure.MILLISECONDS), samples=9),
        ScriptEntry(timedelta(hours=36)),
        ScriptEntry(timedelta(days=3), error="Gone for lunch."),
    )
    assert script.of("orders") == (ScriptEntry(timedelta(0), ScriptedValue(Decimal(12), Decimal(12))),)
    assert script.of("unheard_of") == ()


@pytest.mark.parametrize("written", ["none", "null", "~"])
def test_nothing_is_written_as_none(written: str) -> None:
    assert read_metric_script(f"a: [{written}]", "s.yaml").of("a") == (ScriptEntry(timedelta(0)),)


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("", "1:1", "found nothing, expected metrics"),
        ("- 1", "1:1", "found a list, expected metrics"),
        ("a: [", "1:1", "YAML that cannot be read"),
        ("a: []", "1:4", "at least one value"),
        ("a: 3 apples", "1:4", "expected a value such as 0.2%"),
        ("a: 1% to", "1:4", "expected a value such as 0.2%"),
        ("a: true", "1:4", "expected a value such as 0.2%"),
        ("a: .inf", "1:4", "expected a value such as 0.2%"),
        ("a: 3% to 1%", "1:4", "the smaller end first"),
        ("a: 3% to 5s", "1:4", "of one unit"),
        ("a: [[1]]", "1:5", "expected a value such as 0.2%"),
        ("a: [{at: 1h}]", "1:5", "either a value or an error"),
        ("a: [{value: 1, error: x}]", "1:5", "an entry with both"),
        ("a: [{vlaue: 1}]", "1:6", "`vlaue`"),
        ("a: [{at: soon, value: 1}]", "1:10", "a time after the start such as +1h"),
        ("a: [{at: true, value: 1}]", "1:10", "a time after the start such as +1h"),
        ("a: [{value: 1, samples: -1}]", "1:25", "a count"),
        ("a: [{value: 1, samples: true}]", "1:25", "a count"),
        ("a: [{error: 3}]", "1:13", "a sentence"),
        ("a: [1, 2]", "1:8", "a time that is not after the one before"),
        ("a:\n  - {at: 2h, value: 1}\n  - {at: 1h, value: 1}", "3:5", "later and later times"),
    ],
)
def test_what_is_not_understood_is_named_with_its_place(text: str, place: str, told: str) -> None:
    with pytest.raises(BadPlan) as refusal:
        read_metric_script(text, "s.yaml")
    assert str(refusal.value.problems[0]).startswith(f"s.yaml:{place}: ")
    assert told in str(refusal.value.problems[0])


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(BadPlan, match="2 problems") as refusal:
        read_metric_script("a: x\nb: y", "s.yaml")
    assert len(refusal.value.problems) == 2
