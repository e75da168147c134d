"""Keeping rollouts judged: what is asked, stored and acted on, and what is left alone when somebody moved meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.domain.condition_verdict import Verdict
from bot.domain.measure import Measure
from bot.domain.metric import Answer, Metric, PrometheusQuery
from bot.domain.rollout import Status
from bot.metric_sources.catalogue import Catalogue
from bot.reconcile.measurements import MeasurementKeeper, normal
from tests.fakes.metric_source import ToldMetrics
from tests.scenarios.judging import JudgedWorld, judged_world, plan_with, to_ten
from tests.scenarios.world import HOUR, MINUTE, SECOND

BOTH = plan_with("gates: [{condition: p95 < 500ms, max_failures: 5}]\nguardrails: [error_rate > 1%]")


def keeper_of(world: JudgedWorld) -> MeasurementKeeper:
    """Return the concern that measures."""
    (keeper,) = [it for it in world.bot.loop.concerns if isinstance(it, MeasurementKeeper)]
    return keeper


def asked_of(world: JudgedWorld, source: object) -> MeasurementKeeper:
    """Return one that asks another source."""
    keeper = keeper_of(world)
    declared = {name: keeper.metrics.named(name) for name in ("error_rate", "p95")}
    catalogue = Catalogue(lambda: declared, {PrometheusQuery: lambda: source})  # type: ignore[dict-item,return-value]  # Whatever the test makes of it.
    return MeasurementKeeper(world.store, world.clock, catalogue, keeper.circumstances, world.journal)


def test_answers_are_taken_in_the_normal_measure_of_their_unit() -> None:
    def metric(measure: Measure) -> Metric:
        return Metric("m", PrometheusQuery("http://127.0.0.1:9", "m"), measure)

    assert normal(metric(Measure.MILLISECONDS), Answer(420)) == 0.42
    assert normal(metric(Measure.PER_SECOND), Answer(2)) == 120
    assert normal(metric(Measure.PERCENT), Answer(0.5)) == 0.5
    assert normal(metric(Measure.PLAIN), Answer(None)) is None


async def test_each_series_of_the_step_is_asked_once_an_interval_and_stored(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BOTH) as world:
        await to_ten(world)
        world.source.asked.clear()
        await world.passes(59 * SECOND)
        assert world.source.asked == []
        await world.passes(SECOND)
        assert sorted(world.source.asked) == ["error_rate", "p95"]
        found = await world.store.read(lambda tx: tx.measurements.since(1, ("error_rate", "p95"), world.clock.now()))
        assert {it.series: it.value for it in found} == {"error_rate": 0.1, "p95": 0.2}


async def test_the_next_measurement_is_known(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BOTH) as world:
        keeper = keeper_of(world)
        assert await keeper.next_due() is None
        await to_ten(world)
        assert await keeper.next_due() == world.clock.now() + MINUTE
        world.source.fail("p95")
        await world.minutes(1)
        assert await keeper.next_due() == world.clock.now() + 10 * SECOND
        await world.done("/rollout rollback")
        assert await keeper.next_due() is None


async def test_a_step_without_conditions_is_not_measured(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("")) as world:
        await to_ten(world)
        await world.minutes(3)
        assert (await world.rollout()).measure_at is None
        assert world.source.asked == []


async def test_a_move_made_while_the_source_was_asked_is_not_judged_by_the_answer(tmp_path: Path) -> None:
    class Moving(ToldMetrics):
        async def ask(self, metric: Metric) -> Answer:
            if (await world.rollout()).status is Status.RUNNING:
                await world.bot.dispatcher.handle("/rollout 5%", origin)
            return await super().ask(metric)

    async with judged_world(tmp_path, BOTH) as world:
        from bot.chat.conversation import Origin

        origin = Origin("local", "releases", "ana", "meanwhile")
        await to_ten(world)
        world.clock.advance(MINUTE)
        await asked_of(world, Moving(error_rate=99.0, p95=200.0)).step()
        rollout = await world.rollout()
        assert (rollout.status, rollout.judging.records) == (Status.PAUSED, ())
        assert str(rollout.wanted[0].setting) == "5%"


class Hanging(ToldMetrics):
    """A source that answers everything but p95, until it is let go."""

    def __init__(self, **values: float | None) -> None:
        super().__init__(**values)
        self.released = asyncio.Event()

    async def ask(self, metric: Metric) -> Answer:
        answer = await super().ask(metric)
        if metric.name == "p95":
            await self.released.wait()
        return answer


OTHER = plan_with("guardrails: [error_rate > 1%]").replace("checkout", "search")


@asynccontextmanager
async def two_measured(tmp_path: Path) -> AsyncIterator[JudgedWorld]:
    """Open a world with two rollouts at 10 %, of which the first reads p95, too, and both are to be measured."""
    async with judged_world(tmp_path, BOTH, search=OTHER) as world:
        await to_ten(world)
        await world.done("/rollout start search")
        await world.done("/checklist tick all --rollout 2")
        await world.done("/rollout 10% --rollout 2")
        world.clock.advance(MINUTE)
        yield world


async def test_a_source_that_hangs_keeps_no_broken_guardrail_from_tripping(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BOTH) as world:
        await to_ten(world)
        world.clock.advance(MINUTE)
        source = Hanging(error_rate=5, p95=200)
        keeper = asked_of(world, source)
        await keeper.step()
        assert (await world.rollout()).status is Status.ROLLED_BACK
        (late,) = [it.task for it in keeper.under_way.values()]
        source.released.set()
        await late
        found = await world.store.read(lambda tx: tx.measurements.since(1, ("error_rate", "p95"), world.clock.now()))
        assert sorted(it.series for it in found) == ["error_rate", "p95"]


async def test_a_source_that_hangs_delays_no_other_rollout_also_in_the_rounds_to_come(tmp_path: Path) -> None:
    async with two_measured(tmp_path) as world:
        source = Hanging(error_rate=0.1, p95=200)
        keeper = asked_of(world, source)
        assert await keeper.step() == 2
        assert list(keeper.under_way) == [1]
        assert await keeper.next_due() == world.clock.now() + MINUTE
        world.clock.advance(MINUTE)
        source.tell("error_rate", 5)
        assert await keeper.step() == 1
        assert (await world.rollout(2)).status is Status.ROLLED_BACK
        assert (await world.rollout(1)).status is Status.RUNNING
        await keeper.end()
        assert keeper.under_way == {}


async def test_no_rollout_is_measured_twice_at_a_time_and_a_late_answer_wakes_the_others(tmp_path: Path) -> None:
    async with two_measured(tmp_path) as world:
        source, woken = Hanging(error_rate=0.1, p95=9000), asyncio.Event()
        keeper = asked_of(world, source)
        keeper.begin(woken.set)
        await keeper.step()
        world.clock.advance(5 * MINUTE)
        await keeper.step()
        assert source.asked.count("p95") == 1
        (late,) = [it.task for it in keeper.under_way.values()]
        assert not woken.is_set()
        source.released.set()
        await asyncio.wait({late})
        assert woken.is_set()
        rollout = await world.rollout(1)
        assert [(it.condition, it.failures) for it in rollout.judging.records if "p95" in it.condition] == [
            ("p95 < 500ms", 1)
        ]
        world.clock.advance(MINUTE)
        await keeper.step()
        assert source.asked.count("p95") == 2


async def test_a_mistake_after_the_first_judgement_is_logged(tmp_path: Path) -> None:
    class Broken(Hanging):
        async def ask(self, metric: Metric) -> Answer:
            await super().ask(metric)
            raise ZeroDivisionError("ours")

    async with judged_world(tmp_path, plan_with("gates: [p95 < 500ms]")) as world:
        await to_ten(world)
        world.clock.advance(MINUTE)
        source = Broken(p95=200)
        keeper = asked_of(world, source)
        await keeper.step()
        (late,) = [it.task for it in keeper.under_way.values()]
        source.released.set()
        await late
        assert "rollout.measurement.crashed" in world.journal.events("error")


async def test_a_source_with_a_mistake_keeps_no_other_rollout_from_being_judged(tmp_path: Path) -> None:
    class Broken(ToldMetrics):
        async def ask(self, metric: Metric) -> Answer:
            if metric.name == "p95":
                raise ZeroDivisionError("ours")
            return await super().ask(metric)

    async with two_measured(tmp_path) as world:
        keeper = asked_of(world, Broken(error_rate=1.7))
        assert await keeper.step() == 2
        assert (await world.rollout(1)).status is Status.RUNNING
        assert (await world.rollout(2)).status is Status.ROLLED_BACK
        assert "rollout.measurement.crashed" in world.journal.events("error")
        assert await keeper.next_due() == world.clock.now() + 10 * SECOND


async def test_a_refused_question_counts_as_an_error(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BOTH) as world:
        await to_ten(world)
        world.clock.advance(MINUTE)
        await asked_of(world, ToldMetrics(p95=200.0)).step()
        record = (await world.rollout()).judging.record_of("error_rate > 1%")
        assert record is not None
        assert (record.errors, record.verdict) == (1, Verdict.UNKNOWN)
        assert "metric.unavailable" in world.journal.events("warning")


async def test_two_keepers_that_measure_at_once_count_twice_at_most_and_break_nothing(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BOTH) as world:
        await to_ten(world)
        world.source.tell("error_rate", 1.7)
        world.clock.advance(MINUTE)
        await asyncio.gather(keeper_of(world).step(), asked_of(world, world.source).step())
        await world.bot.loop.settle()
        assert (await world.rollout()).status is Status.ROLLED_BACK
        assert sum("goes back to level 1" in it for it in await world.said()) == 1


async def test_measurements_are_forgotten_after_two_days_or_the_longest_window(tmp_path: Path) -> None:
    plan = plan_with("gates: [{condition: p95 < 500ms for 3d, max_failures: 5}]\nguardrails: [error_rate > 1%]")
    async with judged_world(tmp_path, plan.replace("soak: 1h", "soak: 9d")) as world:
        await to_ten(world)
        began = world.clock.now()
        for _ in range(40):
            await world.passes(3 * HOUR)
        kept = await world.store.read(lambda tx: tx.measurements.since(1, ("p95",), began))
        assert kept[0].at == world.clock.now() - timedelta(days=3)


async def test_a_card_is_drawn_anew_only_when_something_on_it_changed(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BOTH) as world:
        await to_ten(world)
        await world.minutes(2)
        sent = len(await world.outbox())
        await world.minutes(5)
        assert len(await world.outbox()) == sent
        world.source.tell("p95", 300)
        await world.minutes(1)
        assert len(await world.outbox()) == sent + 1


async def test_a_plan_that_changes_flags_at_once_still_has_a_baseline_from_its_first_moments(tmp_path: Path) -> None:
    plan = plan_with("gates: [{condition: error_rate <= baseline * 1.1, max_failures: 9}]")
    at_once = plan.replace("  - name: Prepare\n    checklist: [Database backed up]\n", "")
    async with judged_world(tmp_path, at_once, can_look_back=False) as world:
        await world.done("/rollout start checkout")
        assert [it.value for it in (await world.rollout()).judging.baselines] == [0.1]
