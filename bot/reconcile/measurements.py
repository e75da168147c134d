"""Keeps rollouts judged: asks the metrics of each step when they are due, and acts on what they say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from bot.domain.actor import system_actor
from bot.domain.blockers import nothing_changed_yet, unknown_baselines
from bot.domain.errors import Refused, Unavailable
from bot.domain.measuring import ERROR_RETRY, History, Measurement, Series, longest_window, series_in
from bot.domain.metric import KeptQuery, ReportedQuery
from bot.domain.progress import measures, next_look
from bot.domain.rollout import Baseline, Rollout
from bot.domain.verdicts import Round, act, judged, next_measurement
from bot.operations.alarms import alarm
from bot.operations.consequences import record_consequence, tell_consequence
from bot.operations.notices import card_subject, redraw
from bot.reconcile.apart import apart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.metric import Answer, Metric
    from bot.operations.circumstances import Circumstances
    from bot.ports import Clock, Journal, Metrics, Store, Transaction

GRACE = timedelta(seconds=0.2)
"""What has been answered within this time is judged together; a source that takes longer is judged when it answers."""

AT_ONCE = 100
"""So many rollouts begin to be measured in one pass."""

MOST_UNDER_WAY = 1_000
"""So many rollouts are being measured at a time, those with a source that hangs among them."""

EVER = datetime.max.replace(tzinfo=UTC)

BASELINE_WINDOW = timedelta(hours=1)
"""A baseline is the mean over this time before the rollout started."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking so far; see `bot.domain.verdicts.Round` for `waiting` and `fresh`."""

    measurements: tuple[Measurement, ...]
    waiting: frozenset[str] = frozenset()
    fresh: frozenset[str] | None = None

    @property
    def series(self) -> tuple[str, ...]:
        """Return the series that were asked."""
        return tuple(it.series for it in self.measurements)

    @property
    def errors(self) -> tuple[str, ...]:
        """Return the series that could not be asked."""
        return tuple(it.series for it in self.measurements if it.error)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One rollout that is being measured; `first` is set once what answered in time has been acted on."""

    rollout: Rollout
    first: asyncio.Event
    task: asyncio.Task[None]

    @property
    def id(self) -> int:
        """Return the rollout's number."""
        return self.rollout.id

    async def first_judgement(self) -> None:
        """Wait for it; raises what kept it from being made."""
        await self.first.wait()
        if self.task.done():
            self.task.result()


def _nobody() -> None:
    """Wake nobody: the loop that does everything in its turn needs no waking."""


@dataclass(slots=True)
class MeasurementKeeper:
    """Asks, judges, acts and records, for each rollout whose measurement is due.

    Each is measured in a task of its own, once at a time, so that a source that hangs holds up no other rollout's
    guardrail: a step ends with the first judgements, and what answers later is judged when it does.
    """

    store: Store
    clock: Clock
    metrics: Metrics
    circumstances: Circumstances
    journal: Journal
    poke: Callable[[], None] = _nobody
    under_way: dict[int, UnderWay] = field(default_factory=dict)
    name: str = "measurements"

    def begin(self, poke: Callable[[], None]) -> None:
        """Wake the other concerns from now on when a late answer was judged."""
        self.poke = poke

    async def end(self) -> None:
        """Leave off asking what has not answered yet."""
        left = [it.task for it in self.under_way.values()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def step(self) -> int:
        """Begin to measure what is due, and judge what answers at once; return how many rollouts that were."""
        now, busy = self.clock.now(), len(self.under_way)
        due = await self.store.read(lambda tx: tx.rollouts.to_measure(now, AT_ONCE + busy))
        free = [it for it in due if it.id not in self.under_way][: min(AT_ONCE, MOST_UNDER_WAY - busy)]
        begun = [self._begun(it) for it in free]
        for failed in await apart(begun, UnderWay.first_judgement, self.journal, "rollout.measurement.crashed"):
            await self._postpone(failed.rollout)
        for late in begun:
            if not late.task.done():
                late.task.add_done_callback(lambda _: self.poke())
        return len(begun)

    def _begun(self, rollout: Rollout) -> UnderWay:
        first = asyncio.Event()
        task = asyncio.create_task(self._measured(rollout, first), name=f"measure {rollout.name}")
        self.under_way[rollout.id] = UnderWay(rollout, first, task)
        return self.under_way[rollout.id]

    async def _measured(self, rollout: Rollout, first: asyncio.Event) -> None:
        """Measure one rollout; what goes wrong before the first judgement is the step's to see to."""
        try:
            await self._measure(rollout, first)
        except Exception as problem:
            if not first.is_set():
                raise
            self.journal.error("rollout.measurement.crashed", item=rollout.id, problem=repr(problem), exc_info=problem)
        finally:
            del self.under_way[rollout.id]
            first.set()

    async def _postpone(self, rollout: Rollout) -> None:
        """Let a rollout whose measurement failed be; what was not judged advances nothing."""
        now = self.clock.now()

        def work(tx: Transaction) -> None:
            known = tx.rollouts.get(rollout.id)
            if known is not None:
                self._save(tx, replace(known, measure_at=now + ERROR_RETRY), now, redrawn=False)

        await self.store.write(work)

    async def next_due(self) -> datetime | None:
        """Return when a rollout is measured next; one that is being measured is not due."""
        if not self.under_way:
            return await self.store.read(lambda tx: tx.rollouts.next_measurement())
        first = await self.store.read(lambda tx: tx.rollouts.to_measure(EVER, len(self.under_way) + 1))
        return next((it.measure_at for it in first if it.id not in self.under_way), None)

    async def _measure(self, rollout: Rollout, first: asyncio.Event) -> None:
        """Ask everything at once, and judge what was answered without waiting for a source that hangs."""
        names = series_in(rollout.current) if measures(rollout) and rollout.settled else ()
        asking = {asyncio.create_task(self._ask(self.metrics.named(name))): name for name in names}
        before = asyncio.create_task(self._baselines(rollout))
        try:
            await asyncio.wait({*asking, before}, timeout=GRACE.total_seconds())
            await self._judge_as_answered(rollout, asking, before, first)
        finally:
            for task in (*asking, before):
                task.cancel()

    async def _judge_as_answered(
        self,
        rollout: Rollout,
        asking: dict[asyncio.Task[Measurement | None], str],
        before: asyncio.Task[tuple[Baseline, ...]],
        first: asyncio.Event,
    ) -> None:
        pending = set(asking)
        fresh: frozenset[str] | None = None
        while True:
            answered = {task for task in pending if task.done()}
            pending -= answered
            found = tuple(it for task in answered if (it := task.result()) is not None)
            asked = Asked(found, frozenset(asking[task] for task in pending), fresh)
            baselines = before.result() if before.done() else ()
            await self.store.write(partial(self._record, asked_of=rollout, asked=asked, baselines=baselines))
            if first.is_set():
                self.poke()
            fresh = asked.waiting
            first.set()
            awaited = {task for task in (*pending, before) if not task.done()}
            if awaited:
                await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            elif not pending:
                return

    async def _ask(self, metric: Metric) -> Measurement | None:
        """Ask a source; None where nobody is asked because people report it or the bot counts it."""
        source = self.metrics.source(metric)
        if source is None:
            return None
        try:
            answer = await source.ask(metric)
        except (Unavailable, Refused) as problem:
            self.journal.warning("metric.unavailable", metric=metric.name, problem=problem.sentence)
            return Measurement(metric.name, self.clock.now(), None, note=problem.sentence, error=True)
        return Measurement(metric.name, self.clock.now(), normal(metric, answer), answer.samples, answer.note)

    async def _baselines(self, rollout: Rollout) -> tuple[Baseline, ...]:
        """Return the baselines that are known now; only what lies before the rollout's first change can be one."""
        wanted = unknown_baselines(rollout)
        found = await asyncio.gather(*(self._baseline(self.metrics.named(name), rollout) for name in wanted))
        return (*rollout.judging.baselines, *(it for it in found if it is not None))

    async def _baseline(self, metric: Metric, rollout: Rollout) -> Baseline | None:
        if isinstance(metric.query, KeptQuery):
            return Baseline(metric.name, 0.0)
        try:
            start, end = rollout.started_at - BASELINE_WINDOW, rollout.started_at
            answer = await self.metrics.before(metric, start, end, still=nothing_changed_yet(rollout))
        except (Unavailable, Refused) as problem:
            self.journal.warning("metric.baseline.unavailable", metric=metric.name, problem=problem.sentence)
            return None
        value = normal(metric, answer) if answer is not None else None
        return Baseline(metric.name, value) if value is not None else None

    def _record(self, tx: Transaction, *, asked_of: Rollout, asked: Asked, baselines: tuple[Baseline, ...]) -> None:
        """Store what was measured and act on it, unless somebody moved the rollout meanwhile."""
        now = self.clock.now()
        known = tx.rollouts.get(asked_of.id)
        if known is None:
            return
        tx.measurements.add(known.id, asked.measurements)
        judging = replace(known.judging, baselines=_joined(known.judging.baselines, baselines))
        known = replace(known, judging=judging)
        if known.version != asked_of.version or not (measures(known) and known.settled):
            self._save(tx, replace(known, measure_at=self._later(known, now)), now)
            return
        history = self.history(tx, known, now)
        after = judged(known, history, Round(asked.errors, asked.waiting, asked.fresh), now)
        consequence = act(after, now)
        cause = system_actor(f"{card_subject(known.id)}:{known.version}")
        record_consequence(tx, known, consequence, cause, now)
        alarm(tx, self.circumstances, consequence.rollout, consequence.happened, now, because=consequence.because)
        tell_consequence(tx, consequence, now)
        self._save(tx, consequence.rollout, now, redrawn=_shown(consequence.rollout) != _shown(known))
        # What people reported is rare and may be counted since the step began, however long it holds.
        tx.measurements.prune(known.id, asked.series, now - max(longest_window(known.current), timedelta(days=2)))

    def _later(self, rollout: Rollout, now: datetime) -> datetime | None:
        """Return when to try again where nothing could be judged: soon while a baseline is missing."""
        if measures(rollout) and rollout.settled:
            return next_measurement(rollout, rollout.judging, now)
        askable = [
            name for name in unknown_baselines(rollout) if not isinstance(self.metrics.named(name).query, ReportedQuery)
        ]
        return now + ERROR_RETRY if rollout.active and askable else None

    def _save(self, tx: Transaction, rollout: Rollout, now: datetime, *, redrawn: bool = True) -> None:
        around = self.circumstances.of(tx, rollout, now)
        tx.rollouts.save(rollout, next_look(rollout, now, around))
        if redrawn:
            redraw(tx, rollout, now)

    def history(self, tx: Transaction, rollout: Rollout, now: datetime) -> History:
        """Return everything that the step's conditions may look at."""
        step = rollout.current
        since = rollout.judging.since or rollout.step_at
        interval = min((*(it.interval for it in step.gates), *(it.interval for it in step.guardrails)))
        start = min(since, now - longest_window(step)) - interval * 2
        names = series_in(step)
        found = tx.measurements.since(rollout.id, tuple(map(self._stored_as, names)), start)
        series = {name: self._series(name, found, interval) for name in names}
        baselines = {it.metric: it.value for it in rollout.judging.baselines}
        return History(now, interval, since, series, baselines, rollout.judging.counted_from)

    def _series(self, name: str, found: Sequence[Measurement], interval: timedelta) -> Series:
        query = self.metrics.named(name).query
        age = query.max_age if isinstance(query, ReportedQuery) else interval * 2
        stored_as = self._stored_as(name)
        mine = tuple(it for it in found if it.series == stored_as and not it.error)
        return Series(mine, age, isinstance(query, KeptQuery), isinstance(query, KeptQuery | ReportedQuery))

    def _stored_as(self, name: str) -> str:
        """Return under which name a series is stored; a count that the bot keeps may have a name of the team's."""
        query = self.metrics.named(name).query
        return query.what if isinstance(query, KeptQuery) else name


def normal(metric: Metric, answer: Answer) -> float | None:
    """Return an answer in the normal measure of the metric's unit: percent, seconds, per minute, plain."""
    if answer.value is None:
        return None
    return float(metric.measure.normal(Decimal(str(answer.value))))


def _joined(known: tuple[Baseline, ...], found: tuple[Baseline, ...]) -> tuple[Baseline, ...]:
    names = {it.metric for it in known}
    return (*known, *(it for it in found if it.metric not in names))


def _shown(rollout: Rollout) -> tuple[object, ...]:
    """Return what a card shows of the judgements; a round in which it stays the same draws nothing."""
    records = tuple((it.condition, it.verdict, it.says, it.reason) for it in rollout.judging.records)
    return (rollout.version, rollout.status, rollout.judging.baselines, records)
