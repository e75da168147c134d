"""What a gate compares with: the time before the rollout, and figures that people report."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.judging import judged_world, plan_with, to_ten
from tests.scenarios.world import HOUR, SECOND

# Baselines

BASELINE = plan_with("gates: [{condition: error_rate <= baseline * 1.1, max_failures: 9}]")


async def test_the_baseline_is_the_mean_of_the_hour_before_the_start(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BASELINE) as world:
        began = world.clock.now()
        await to_ten(world)
        assert world.source.averaged == [("error_rate", began - HOUR, began)]
        world.source.tell("error_rate", 0.12)
        await world.minutes(1)
        assert "error_rate 0.12 <= baseline * 1.1 (0.11)" in await world.done("/rollout gates")
        assert "0.1 before the rollout" in await world.done("/rollout gates")


async def test_without_a_baseline_no_flag_is_changed_and_it_is_asked_for_again(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BASELINE) as world:
        world.source.fail("error_rate")
        await world.done("/rollout start checkout")
        await world.done("/checklist tick all")
        refusal = await world.refused("/rollout 10%")
        assert "the value before the rollout is not known for error_rate" in refusal
        assert "/rollout metric NAME VALUE --baseline" in refusal
        world.source.tell("error_rate", 0.1)
        await world.passes(10 * SECOND)
        await world.done("/rollout 10%")


async def test_a_baseline_may_be_given_by_a_person_and_not_after_the_first_change(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BASELINE) as world:
        world.source.fail("error_rate")
        await world.done("/rollout start checkout")
        await world.done("/checklist tick all")
        assert "compares error_rate" in await world.refused("/rollout metric p95 420ms --baseline")
        assert "error_rate was 0.2% before the rollout, for #1" in await world.done(
            "/rollout metric error_rate 0.2% --baseline"
        )
        await world.done("/rollout 10%")
        world.source.tell("error_rate", 0.9)
        await world.minutes(1)
        assert "error_rate 0.9 <= baseline * 1.1 (0.22)" in await world.done("/rollout gates")
        assert "changed flags already" in await world.refused("/rollout metric error_rate 0.9% --baseline")


@pytest.mark.parametrize("overridden", [False, True])
async def test_a_source_that_cannot_look_back_tells_a_baseline_only_before_the_first_change(
    tmp_path: Path, overridden: bool
) -> None:
    async with judged_world(tmp_path, BASELINE, can_look_back=False) as world:
        if overridden:
            world.source.fail("error_rate")
        await world.done("/rollout start checkout")
        await world.done("/checklist tick all")
        await world.done("/rollout override the source is down" if overridden else "/rollout 10%")
        world.source.tell("error_rate", 0.9)
        await world.minutes(3)
        baselines = [it.value for it in (await world.rollout()).judging.baselines]
        assert baselines == ([] if overridden else [0.1])


# Figures that people report

SURVEY = plan_with("gates: [satisfaction > 80%]")


async def test_a_figure_that_people_report_opens_its_gate(tmp_path: Path) -> None:
    async with judged_world(tmp_path, SURVEY) as world:
        await to_ten(world)
        await world.passes(HOUR)
        assert "the gate satisfaction > 80% is open" in await world.refused("/rollout 25%")
        noted = await world.done("/rollout metric satisfaction 85%", by="bob")
        assert "satisfaction is 85%" in noted
        assert "the gate satisfaction > 80%" in noted
        assert "has no value" not in noted, "that was so before the figure came"
        await world.passes(SECOND)
        await world.done("/rollout 25%")
        # What was said of the step before is no news of this one.
        assert "satisfaction has no value" in await world.done("/rollout status")


async def test_a_reported_figure_says_on_how_many_events_it_rests(tmp_path: Path) -> None:
    plan = plan_with("gates: [{condition: satisfaction > 80%, min_samples: 100}]")
    async with judged_world(tmp_path, plan) as world:
        await to_ten(world)
        await world.done("/rollout metric satisfaction 85%")
        await world.passes(HOUR)
        assert "at least 100 samples" in await world.refused("/rollout 25%")
        await world.done("/rollout metric satisfaction 85% --samples 99")
        assert "it rests on 99 of at least 100 samples" in await world.refused("/rollout 25%")
        await world.done("/rollout metric satisfaction 85% --samples 100")
        await world.done("/rollout 25%")


async def test_a_figure_that_is_too_low_holds_the_rollout_at_once(tmp_path: Path) -> None:
    async with judged_world(tmp_path, SURVEY) as world:
        await to_ten(world)
        await world.passes(10 * SECOND)
        await world.done("/rollout metric satisfaction 60%")
        assert (await world.rollout()).reason == "the gate failed once: satisfaction 60% > 80%"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/rollout metric satisfaction 420ms", "is a duration, and the plan expects a percentage"),
        ("/rollout metric satisfaction 85", "is a number, and the plan expects a percentage"),
        ("/rollout metric satisfaction good", "is not a value"),
        ("/rollout metric satisfaction nan", "is not a value"),
    ],
)
async def test_a_figure_in_another_unit_is_not_understood(tmp_path: Path, line: str, why: str) -> None:
    async with judged_world(tmp_path, SURVEY) as world:
        await to_ten(world)
        reply = await world.typed(line)
        assert why in world.text(reply)
        assert (await world.rollout()).judging.record_of("satisfaction > 80%") is not None
        assert "85" not in await world.done("/rollout gates")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/rollout metric error_rate 0.1%", "is read from its source"),
        ("/rollout metric problems 3", "The bot counts"),
        ("/rollout metric mood 3", "No gate of the plan reads"),
    ],
)
async def test_what_is_measured_or_counted_or_read_by_nobody_is_not_reported(
    tmp_path: Path, line: str, why: str
) -> None:
    async with judged_world(tmp_path, SURVEY) as world:
        await to_ten(world)
        assert why in await world.refused(line)


async def test_viewers_do_not_report_figures(tmp_path: Path) -> None:
    async with judged_world(tmp_path, SURVEY) as world:
        await to_ten(world)
        assert "Only people with the role" in await world.refused("/rollout metric satisfaction 85%", by="fred")
