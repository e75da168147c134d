"""Deciding for many running rollouts with three gates and a guardrail each, and how the cost grows with their number."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.bots import Silence, url_of
from benchmarks.report import Figure, ratio
from benchmarks.timing import Contender, Cost, cost_of, in_turn
from bot.domain.measure import Measure
from bot.domain.measuring import History, Measurement, Series
from bot.domain.metric import Answer, KeptQuery, Metric, PrometheusQuery
from bot.domain.moves import begin
from bot.domain.plan import Gate, Guardrail, Phase, Plan, Step
from bot.domain.rollout import Judging, Rollout
from bot.domain.team import NO_TEAM
from bot.domain.verdicts import Round, act, judged
from bot.operations.circumstances import Circumstances
from bot.ports import MetricSource, Transaction
from bot.reconcile.measurements import MeasurementKeeper
from bot.storage.store import open_store

NUMBERS = (10, 100, 1_000, 10_000)
LIMIT = 1.5
"""Linear: one rollout of ten thousand costs at most this much more than one of a hundred."""

REPEATS = 7
_BATCH = 1_000
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = START + timedelta(minutes=30)
GATES = ("error_rate <= baseline * 1.1", "p95 < 500ms for 10m", "problems < 3 and task_completion > 40%")
GUARDRAIL = "error_rate > 1% for 5m"


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure one round of judging for each number of rollouts."""
    rollout, history = _rollout(), _history()
    decided = await in_turn(
        *(Contender(partial(_decide, rollout, history, count)) for count in NUMBERS), repeats=REPEATS, warm=1
    )
    measured = [await _pass(folder, count) for count in NUMBERS]
    return [*_figures("deciding", decided), *_figures("asking, storing and deciding", measured)]


def _figures(what: str, costs: Sequence[Cost]) -> Sequence[Figure]:
    """Return the processor's time for each rollout, beside that of one of a hundred."""
    each = [cost.processor / count for cost, count in zip(costs, NUMBERS, strict=True)]
    return [
        ratio(
            f"{what} for {count:,} rollouts: processor for each",
            cost,
            each[1],
            scale=1e6,
            unit="µs",
            limit=LIMIT if count == NUMBERS[-1] else None,
        )
        for count, cost in zip(NUMBERS, each, strict=True)
    ]


async def _pass(folder: Path, count: int) -> Cost:
    """Take the time of asking, storing, judging and saving for so many rollouts whose measurement is due."""
    clock = _Stopped(NOW)
    store = await open_store(url_of(folder / f"judging-{count}.db"))
    metrics = _Figures()
    keeper = MeasurementKeeper(store, clock, metrics, Circumstances(lambda: NO_TEAM), Silence())
    try:
        for start in range(1, count + 1, _BATCH):
            numbers = range(start, min(start + _BATCH, count + 1))
            await store.write(partial(_add, numbers=numbers))
        return await cost_of(lambda: _until_done(keeper))
    finally:
        await store.close()


def _add(tx: Transaction, numbers: range) -> None:
    rollout = replace(_rollout(), measure_at=NOW)
    for number in numbers:
        tx.rollouts.add(replace(rollout, id=number), None)


async def _until_done(keeper: MeasurementKeeper) -> None:
    while await keeper.step():
        pass


class _Stopped:
    """A clock that stands still."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the one time there is."""
        return self._at

    async def wait(self, wake: asyncio.Event, until: datetime | None) -> None:
        """Wait to be woken."""
        del until
        await wake.wait()


class _Figures:
    """Metrics that answer at once."""

    def named(self, series: str) -> Metric:
        """Return a metric that has to be asked, but for the problems that the bot counts."""
        query = KeptQuery(series) if series == "problems" else PrometheusQuery("http://127.0.0.1", series)
        unit = {"p95": Measure.SECONDS, "problems": Measure.PLAIN}.get(series, Measure.PERCENT)
        return Metric(series, query, unit)

    def source(self, metric: Metric) -> MetricSource | None:
        """Return itself for what has to be asked."""
        return None if isinstance(metric.query, KeptQuery) else self

    def check(self, metric: Metric) -> None:
        """Find nothing wrong."""

    async def ask(self, metric: Metric) -> Answer:
        """Answer with a good value."""
        return Answer({"error_rate": 0.4, "p95": 0.3}.get(metric.name, 55.0), 100)

    async def before(self, metric: Metric, start: datetime, end: datetime, *, still: bool) -> Answer | None:
        """Answer with the same value."""
        del start, end, still
        return await self.ask(metric)


async def _decide(rollout: Rollout, history: History, count: int) -> None:
    for _ in range(count):
        act(judged(rollout, history, Round(), NOW), NOW)


def _rollout() -> Rollout:
    gates = tuple(Gate(text) for text in GATES)
    step = Step("10%", 0, "production", soak=timedelta(hours=1), gates=gates, guardrails=(Guardrail(GUARDRAIL),))
    plan = Plan("benchmark", "Benchmark", "production", "0" * 64, (Phase("Everyone", (step,)),))
    started = begin(plan, 1, current=(), channels=(), by="operator", now=START)
    return replace(started, observed=(), holding_since=START, judging=Judging(since=START))


def _history() -> History:
    """Return half an hour of measurements, one a minute."""
    moments = [START + timedelta(minutes=minute) for minute in range(31)]
    values = {"error_rate": 0.4, "p95": 0.3, "task_completion": 55.0}
    series = {
        name: Series(tuple(Measurement(name, at, value, 100) for at in moments), timedelta(minutes=2))
        for name, value in values.items()
    }
    series["problems"] = Series((), timedelta(minutes=2), counts_events=True)
    return History(NOW, timedelta(minutes=1), START, series, {"error_rate": 0.4})
