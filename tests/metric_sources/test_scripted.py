"""Figures out of a script, as a rehearsal sees them while its clock moves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.errors import Refused, Unavailable
from bot.domain.measure import Measure
from bot.domain.metric import KeptQuery, Metric
from bot.files.metric_script import read_metric_script
from bot.metric_sources.scripted import ScriptedMetrics
from tests.fakes.clock import START, MovedClock

HOUR = timedelta(hours=1)
SCRIPT = """
error_rate:
  - 0.2%
  - {at: +1h, value: 0.4%, samples: 900}
  - {at: +2h, value: none}
  - {at: +3h, error: The server is being restarted.}
  - {at: +4h, value: 1% to 3%, samples: 100}
p95: 320ms
orders: 12
"""


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def source(clock: MovedClock) -> ScriptedMetrics:
    return ScriptedMetrics(read_metric_script(SCRIPT, "script.yaml"), clock, START)


def metric(name: str, measure: Measure = Measure.PERCENT) -> Metric:
    return Metric(name, KeptQuery(name), measure)


async def test_each_value_holds_until_the_next_one(source: ScriptedMetrics, clock: MovedClock) -> None:
    assert (await source.ask(metric("error_rate"))).value == 0.2
    clock.advance(HOUR - timedelta(seconds=1))
    assert (await source.ask(metric("error_rate"))).value == 0.2
    clock.advance(timedelta(seconds=1))
    answer = await source.ask(metric("error_rate"))
    assert (answer.value, answer.samples) == (0.4, 900)


async def test_a_script_can_have_no_data_and_can_fail(source: ScriptedMetrics, clock: MovedClock) -> None:
    clock.advance(2 * HOUR)
    assert (await source.ask(metric("error_rate"))).value is None
    clock.advance(HOUR)
    with pytest.raises(Unavailable, match="being restarted"):
        await source.ask(metric("error_rate"))


async def test_the_first_value_holds_before_the_start_too(clock: MovedClock) -> None:
    early = ScriptedMetrics(read_metric_script(SCRIPT, "script.yaml"), clock, START + 24 * HOUR)
    assert (await early.ask(metric("error_rate"))).value == 0.2


async def test_a_range_wanders_between_its_ends_and_always_the_same_way(
    source: ScriptedMetrics, clock: MovedClock
) -> None:
    clock.advance(4 * HOUR)
    values = []
    for _ in range(50):
        clock.advance(timedelta(minutes=1))
        first, again = [(await source.ask(metric("error_rate"))).value for _ in range(2)]
        assert first == again
        values.append(first)
    assert all(value is not None and 1 <= value <= 3 for value in values)
    assert len(set(values)) > 40


async def test_a_value_comes_in_the_metrics_own_measure(source: ScriptedMetrics) -> None:
    assert (await source.ask(metric("p95", Measure.SECONDS))).value == pytest.approx(0.32)
    assert (await source.ask(metric("p95", Measure.MILLISECONDS))).value == 320
    assert (await source.ask(metric("orders", Measure.PER_HOUR))).value == 12, "without a unit it is the metric's own"


async def test_a_value_in_another_unit_and_an_unknown_metric_are_refused(source: ScriptedMetrics) -> None:
    for wrong, told in [
        (metric("p95"), "gives p95 as a duration, and it is a percentage"),
        (metric("error_rate", Measure.PLAIN), "and it is a number"),
        (metric("unheard_of"), "says nothing about unheard_of"),
    ]:
        with pytest.raises(Refused, match=told):
            source.check(wrong)
        with pytest.raises(Refused, match=told):
            await source.ask(wrong)


async def test_in_a_mean_each_value_counts_as_long_as_it_holds(source: ScriptedMetrics) -> None:
    rate = metric("error_rate")
    source.check(rate)
    assert (await source.average(rate, START - 24 * HOUR, START)).value == 0.2
    assert (await source.average(rate, START, START + 2 * HOUR)).value == pytest.approx(0.3)
    assert (await source.average(rate, START + HOUR, START + 4 * HOUR)).value == pytest.approx(0.4)
    answer = await source.average(rate, START + 3 * HOUR, START + 5 * HOUR)
    assert (answer.value, answer.samples) == (2.0, 100)


async def test_a_mean_over_nothing_is_no_data(source: ScriptedMetrics) -> None:
    answer = await source.average(metric("error_rate"), START + 2 * HOUR, START + 4 * HOUR)
    assert answer.value is None
    assert answer.note


async def test_a_mean_knows_its_samples_only_where_all_of_it_does(source: ScriptedMetrics) -> None:
    rate = metric("error_rate")
    assert (await source.average(rate, START, START + 2 * HOUR)).samples is None
    assert (await source.average(rate, START + HOUR, START + 2 * HOUR)).samples == 900


async def test_closing_a_script_changes_nothing(source: ScriptedMetrics) -> None:
    await source.aclose()
    assert (await source.ask(metric("orders", Measure.PLAIN))).value == 12
