"""Every metric by its name: declared, counted or reported, and the one source that is made for each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.measure import Measure
from bot.domain.metric import HttpQuery, KeptQuery, Metric, PrometheusQuery, ReportedQuery
from bot.metric_sources.catalogue import Catalogue
from bot.ports import MetricSource
from tests.fakes.clock import START
from tests.fakes.metric_source import ToldMetrics, ToldNow

PROMETHEUS = PrometheusQuery("http://127.0.0.1:9", "up")
ERRORS = Metric("error_rate", PROMETHEUS, Measure.PERCENT)
CANARY = Metric("canary.error_rate", PROMETHEUS, Measure.PERCENT)
OVER_HTTP = Metric("completion", HttpQuery("http://127.0.0.1:9", "value"), Measure.PERCENT)
REPORTED = Metric("satisfaction", ReportedQuery(timedelta(days=7)), Measure.PERCENT)
DECLARED = {metric.name: metric for metric in (ERRORS, CANARY, OVER_HTTP, REPORTED)}
HOUR = timedelta(hours=1)


class Closing(ToldMetrics):
    """A source that remembers that it was closed."""

    closed = False

    async def aclose(self) -> None:
        """Remember it."""
        self.closed = True


def catalogue(source: MetricSource | None = None) -> Catalogue:
    makers: dict[type[object], Callable[[], MetricSource]] = {}
    if source is not None:
        makers[PrometheusQuery] = lambda: source
    return Catalogue(lambda: DECLARED, makers)


def test_a_declared_metric_is_found_and_a_cohort_is_a_metric_of_its_own() -> None:
    assert catalogue().named("error_rate") is ERRORS
    assert catalogue().named("canary.error_rate") is CANARY
    assert catalogue().named("control.error_rate").query == ReportedQuery()


def test_what_nobody_declared_is_counted_by_the_bot_or_reported_by_people() -> None:
    assert [catalogue().named(name).query for name in ("problems", "critical_bugs", "mood")] == [
        KeptQuery("problems"),
        KeptQuery("critical_bugs"),
        ReportedQuery(),
    ]
    assert [catalogue().source(catalogue().named(name)) for name in ("problems", "satisfaction", "mood")] == [None] * 3


def test_a_metric_declared_later_is_known_at_once() -> None:
    declared: dict[str, Metric] = {}
    known = Catalogue(lambda: declared, {})
    assert known.named("error_rate").query == ReportedQuery()
    declared["error_rate"] = ERRORS
    assert known.named("error_rate") is ERRORS


def test_a_source_is_made_once_for_all_metrics_of_its_kind() -> None:
    made: list[ToldMetrics] = []

    def make() -> ToldMetrics:
        made.append(ToldMetrics())
        return made[-1]

    known = Catalogue(lambda: DECLARED, {PrometheusQuery: make})
    assert made == []
    assert known.source(ERRORS) is known.source(CANARY)
    assert len(made) == 1


async def test_a_kind_of_source_that_is_not_connected_refuses() -> None:
    source = catalogue().source(OVER_HTTP)
    assert source is not None
    with pytest.raises(Refused, match="not connected"):
        await source.ask(OVER_HTTP)


async def test_the_time_before_is_asked_of_a_source_that_can_look_back() -> None:
    told = ToldMetrics(error_rate=0.1)
    found = await catalogue(told).before(ERRORS, START - HOUR, START, still=False)
    assert found is not None
    assert (found.value, told.averaged, told.asked) == (0.1, [("error_rate", START - HOUR, START)], [])


async def test_a_source_that_cannot_look_back_tells_what_is_so_now_while_that_is_still_so() -> None:
    known = catalogue(ToldNow(ToldMetrics(error_rate=0.1)))
    found = await known.before(ERRORS, START - HOUR, START, still=True)
    assert found is not None
    assert found.value == 0.1
    assert await known.before(ERRORS, START - HOUR, START, still=False) is None


async def test_nobody_is_asked_what_a_reported_metric_was_before() -> None:
    assert await catalogue().before(REPORTED, START - HOUR, START, still=True) is None


async def test_every_source_that_was_used_is_closed() -> None:
    told = Closing()
    known = catalogue(told)
    await known.aclose()
    assert not told.closed
    known.source(ERRORS)
    await known.aclose()
    assert told.closed
    without = catalogue(ToldNow(ToldMetrics()))
    without.source(ERRORS)
    await without.aclose()
