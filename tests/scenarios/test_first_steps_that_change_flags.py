"""Plans that change flags with their first step: they wait for their baselines, and are asked about where others are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.conversation import Outcome
from tests.scenarios.judging import JudgedWorld, judged_world, plan_with, team_with
from tests.scenarios.world import MINUTE, SECOND

PREPARE = "  - name: Prepare\n    checklist: [Database backed up]\n"
AT_ONCE = plan_with("").replace(PREPARE, "")
BASELINE = plan_with("gates: [error_rate <= baseline * 1.1]").replace(PREPARE, "")
GUARDED = plan_with("guardrails: [error_rate > baseline * 3]").replace(PREPARE, "")
SURVEY = plan_with("gates: [satisfaction >= baseline]").replace(PREPARE, "")
FINAL = AT_ONCE.replace("{set: 10%}", "{set: 10%, irreversible: {what: The old rows go.}}")


@pytest.mark.parametrize("can_look_back", [True, False])
async def test_the_time_before_is_measured_before_the_first_change(tmp_path: Path, can_look_back: bool) -> None:
    async with judged_world(tmp_path, BASELINE, can_look_back=can_look_back) as world:
        await world.done("/rollout start checkout")
        assert [it.value for it in (await world.rollout()).judging.baselines] == [0.1]
        assert str(await world.held("checkout")) == "10%"


@pytest.mark.parametrize("plan", [BASELINE, GUARDED])
async def test_nothing_is_changed_while_the_time_before_is_not_known(tmp_path: Path, plan: str) -> None:
    async with judged_world(tmp_path, plan) as world:
        world.source.fail("error_rate")
        await world.done("/rollout start checkout")
        await world.passes(5 * MINUTE)
        assert not (await world.held("checkout")).on
        assert "the value before the rollout is not known for error_rate" in await world.refused("/rollout next")
        assert "not been seen to hold" in await world.refused("/rollout override because the source is down")
        world.source.tell("error_rate", 0.2)
        await world.passes(10 * SECOND)
        assert str(await world.held("checkout")) == "10%"
        assert "changed flags already" in await world.refused("/rollout metric error_rate 0.9% --baseline")


async def test_a_baseline_that_people_report_lets_the_first_change_be_made(tmp_path: Path) -> None:
    async with judged_world(tmp_path, SURVEY) as world:
        await world.done("/rollout start checkout")
        await world.passes(5 * MINUTE)
        assert not (await world.held("checkout")).on
        await world.done("/rollout metric satisfaction 80% --baseline")
        assert str(await world.held("checkout")) == "10%"


async def test_a_pause_meanwhile_loses_nothing(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BASELINE) as world:
        world.source.fail("error_rate")
        await world.done("/rollout start checkout")
        await world.done("/rollout pause")
        world.source.tell("error_rate", 0.2)
        await world.passes(MINUTE)
        assert not (await world.held("checkout")).on
        await world.done("/rollout resume")
        assert str(await world.held("checkout")) == "10%"


async def test_a_rollback_does_not_wait_for_it(tmp_path: Path) -> None:
    async with judged_world(tmp_path, BASELINE) as world:
        world.source.fail("error_rate")
        await world.done("/rollout start checkout")
        await world.done("/rollout rollback")
        assert (await world.rollout()).settled


async def asked(world: JudgedWorld, line: str) -> str:
    """Return the command behind the only button of a question."""
    reply = await world.typed(line)
    assert reply.outcome is Outcome.REFUSED
    (button,) = reply.message.buttons
    return button.command


async def test_a_start_that_changes_flags_is_confirmed_where_changes_are(tmp_path: Path) -> None:
    async with judged_world(tmp_path, AT_ONCE, team=team_with("confirm: true")) as world:
        reply = await world.typed("/rollout start checkout because it is time")
        assert "“Everyone: 10%” changes production." in world.text(reply)
        assert not (await world.held("checkout")).on
        assert "Only ana" in await world.refused(reply.message.buttons[0].command, by="emil")
        assert "has started in production" in await world.done(reply.message.buttons[0].command)
        assert str(await world.held("checkout")) == "10%"
        entry = next(it for it in await world.audit() if it.action == "rollout:start" and it.outcome == "accepted")
        assert entry.reason == "it is time"
        assert "is not open any more" in await world.refused(reply.message.buttons[0].command)


async def test_a_start_that_cannot_be_undone_is_confirmed_twice(tmp_path: Path) -> None:
    async with judged_world(tmp_path, FINAL) as world:
        once = await asked(world, "/rollout start checkout")
        twice = await asked(world, once)
        assert not (await world.held("checkout")).on
        await world.done(twice)
        assert str(await world.held("checkout")) == "10%"


async def test_what_would_be_refused_is_not_asked(tmp_path: Path) -> None:
    async with judged_world(tmp_path, AT_ONCE, team=team_with("confirm: true")) as world:
        await world.done("/freeze on because it burns")
        assert "Nothing goes up in production now" in await world.refused("/rollout start checkout")
        await world.done("/freeze off")
        yes = await asked(world, "/rollout start checkout")
        await world.done("/freeze on because it burns")
        assert "Nothing goes up in production now" in await world.refused(yes)


async def test_a_plan_that_was_edited_between_question_and_answer_is_not_started(tmp_path: Path) -> None:
    async with judged_world(tmp_path, AT_ONCE, team=team_with("confirm: true")) as world:
        yes = await asked(world, "/rollout start checkout")
        world.plans.write("checkout", AT_ONCE.replace("25%", "30%"))
        assert "was edited since you were asked" in await world.refused(yes)
        assert not (await world.held("checkout")).on
