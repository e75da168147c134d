"""The plan file is edited while a rollout is under way: nothing changes until somebody takes it over, and says yes to all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.conversation import Outcome, Reply
from bot.domain.errors import NotFound
from bot.domain.rollout import Status
from tests.scenarios.judging import JudgedWorld, judged_world, plan_with, team_with, to_ten
from tests.scenarios.world import HOUR, MINUTE, SECOND

PLAN = plan_with("gates: [error_rate < 0.5%]").replace(
    "steps: [{set: 10%}, {set: 25%}, {set: 100%}]",
    "steps: [{set: 10%, approvals: [qa]}, {set: 25%}, {set: 100%}]",
)
LONGER = PLAN.replace("soak: 1h", "soak: 2h")
LOOSER = PLAN.replace("error_rate < 0.5%", "error_rate < 5%")


async def asked(world: JudgedWorld, edited: str, by: str = "ana") -> Reply:
    """Edit the plan and ask to take it over."""
    world.plans.write("checkout", edited)
    return await world.typed("/rollout adopt because it was wrong", by=by)


def yes(reply: Reply) -> str:
    """Return the command behind the only button of a question."""
    (button,) = reply.message.buttons
    return button.command


async def adopted(world: JudgedWorld, edited: str, by: str = "ana") -> str:
    return await world.done(yes(await asked(world, edited, by)), by=by)


async def test_an_edit_alone_changes_nothing_of_what_is_under_way(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        world.plans.write("checkout", LONGER)
        await world.hour()
        await world.done("/rollout approve", by="bob")
        await world.done("/rollout 25%")


async def test_what_changes_is_shown_and_holds_after_the_yes(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        old = await world.rollout()
        reply = await asked(world, LONGER)
        assert "#1 The new checkout will go by the edited checkout." in world.text(reply)
        assert "“Everyone: 10%”: soak: 1 hour → 2 hours" in world.text(reply)
        assert await world.rollout() == old
        answer = await world.done(yes(reply))
        assert "goes by the edited checkout from now on" in answer
        assert "“Everyone: 25%”: soak: 1 hour → 2 hours" in answer
        new = await world.rollout()
        assert (new.plan.digest != old.plan.digest, new.step, new.wanted) == (True, old.step, old.wanted)
        await world.hour()
        assert "this step must hold for another 1 h" in await world.refused("/rollout 25%")
        entry = next(it for it in await world.audit() if it.action == "rollout:adopt")
        assert (entry.person, entry.reason, entry.outcome) == ("ana", "it was wrong", "accepted")
        assert entry.before is not None
        assert entry.after is not None
        assert (entry.before["digest"], entry.after["digest"]) == (old.plan.digest, new.plan.digest)


async def test_approvals_for_the_plan_as_it_was_are_void(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        await world.hour()
        await world.done("/rollout approve", by="bob")
        reply = await asked(world, LOOSER)
        assert "The approvals given so far are void then." in world.text(reply)
        assert "The approvals of bob are void" in await world.done(yes(reply))
        assert "it waits for the approval of qa" in await world.refused("/rollout 25%")
        await world.done("/rollout approve", by="cleo")
        await world.done("/rollout 25%")


async def test_who_took_the_edit_over_does_not_approve_it(tmp_path: Path) -> None:
    team = team_with("").replace("bob: {roles: [tester, qa]", "bob: {roles: [operator, qa]")
    async with judged_world(tmp_path, PLAN, team=team) as world:
        await to_ten(world)
        await adopted(world, LOOSER, by="bob")
        await world.hour()
        assert "You took the edited plan over for #1" in await world.refused("/rollout approve", by="bob")
        await world.done("/rollout approve", by="cleo")


async def test_gates_are_judged_anew_by_the_edited_conditions(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN.replace(", approvals: [qa]", "")) as world:
        await to_ten(world)
        world.source.tell("error_rate", 2.0)
        await world.minutes(1)
        assert (await world.rollout()).status is Status.PAUSED
        await adopted(world, LOOSER.replace(", approvals: [qa]", ""))
        await world.done("/rollout resume")
        await world.hour()
        await world.minutes(1)
        await world.done("/rollout 25%")


@pytest.mark.parametrize(
    ("edited", "why"),
    [
        (PLAN, "nothing was edited"),
        (PLAN.replace("{set: 10%, ", "{set: 12%, "), "step 2 “Everyone: 10%” has been taken"),
        (
            PLAN.replace("  - name: Prepare\n    checklist: [Database backed up]\n", ""),
            "step 1 “Prepare” has been taken",
        ),
        (PLAN.replace("{unit: user", "{unit: server"), "it drives other flags"),
        (PLAN.replace("error_rate < 0.5%", "error_rate <= baseline"), "it compares error_rate with the time before"),
        (PLAN.replace("error_rate < 0.5%", "error_rate < 5s"), "does not fit this team"),
    ],
)
async def test_an_edit_that_contradicts_what_has_happened_is_refused(tmp_path: Path, edited: str, why: str) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        before = await world.rollout()
        reply = await asked(world, edited)
        assert (reply.outcome, reply.message.buttons) == (Outcome.REFUSED, ())
        assert why in world.text(reply)
        assert await world.rollout() == before


async def test_a_tick_is_kept_where_the_item_still_says_the_same(tmp_path: Path) -> None:
    plan = PLAN.replace("[Database backed up]", "[Database backed up, The team is there]")
    async with judged_world(tmp_path, plan) as world:
        await world.done("/rollout start checkout")
        await world.done("/checklist tick all")
        await adopted(world, plan.replace("The team is there", "The lawyers are there"))
        assert [it.item for it in (await world.rollout()).ticks] == ["1.1"]
        assert "1 checklist item is open (1.2)" in await world.refused("/rollout 10%")


async def test_what_was_not_asked_about_is_not_taken_over(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        reply = await asked(world, LONGER)
        world.plans.write("checkout", LOOSER)
        assert "The plan was edited since you were asked" in await world.refused(yes(reply))
        reply = await asked(world, LONGER)
        await world.done("/rollout pause")
        assert "has moved since you were asked" in await world.refused(yes(reply))
        assert "soak: 1 hour → 2 hours" in world.text(await world.typed("/rollout adopt"))


async def test_a_request_that_is_delivered_again_asks_about_the_file_as_it_is_now(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        world.plans.write("checkout", LONGER)
        await world.typed("/rollout adopt", request="the-same")
        world.plans.write("checkout", LOOSER)
        again = await world.typed("/rollout adopt", request="the-same")
        assert "error_rate < 5%" in world.text(again)
        assert "error_rate < 5%" in await world.done(yes(again))


async def test_only_who_may_change_it_takes_an_edit_over_and_only_from_its_channel(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        world.plans.write("checkout", LONGER)
        assert "Only people with the role" in await world.refused("/rollout adopt", by="bob")
        elsewhere = await world.refused("/rollout adopt --rollout 1", channel="random")
        assert "production is changed in" in elsewhere


async def test_an_edit_that_wants_to_be_alone_is_refused_while_others_are_under_way(tmp_path: Path) -> None:
    other = plan_with("").replace("checkout", "search")
    async with judged_world(tmp_path, PLAN, search=other) as world:
        await to_ten(world)
        await world.done("/rollout start search")
        world.plans.write("checkout", PLAN.replace("phases:", "alone: true\nphases:"))
        assert "#2 The new search is under way" in await world.refused("/rollout adopt --rollout 1")


async def test_rolling_back_works_whatever_became_of_the_file(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        world.plans.write("checkout", "not: a plan")
        assert (await world.typed("/rollout adopt")).outcome is Outcome.NOT_UNDERSTOOD
        world.plans.remove("checkout")
        with pytest.raises(NotFound):
            world.plans.load("checkout")
        await world.done("/rollout rollback because it fails")
        assert str(await world.held("checkout")).startswith("off")


async def test_a_rollout_goes_on_by_the_edited_plan_after_a_restart(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN, on_disk=True) as world:
        await to_ten(world)
        await adopted(world, PLAN.replace("{set: 25%}", "{set: 30%}"))
        await world.hour()
        await world.done("/rollout approve", by="bob")
        await world.passes(MINUTE + SECOND)
        assert "The plan never takes checkout to 25%" in await world.refused("/rollout 25%")
        await world.done("/rollout 30%")
        await world.passes(HOUR)
    from bot.storage.store import open_store

    store = await open_store(world.url)
    found = await store.read(lambda tx: tx.rollouts.get(1))
    await store.close()
    assert found is not None
    assert [step.name for step in found.plan.steps][2] == "Everyone: 30%"
