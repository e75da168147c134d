"""Down is always open: lowering, going back, rolling back and aborting, from every state and at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.domain.actor import Actor
from bot.domain.percent import Percent
from bot.domain.rollout import Status
from bot.operations.rollouts import Aim
from bot.operations.wishes import to_reach
from tests.databases import store_in_memory
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, MINUTE, World, world_over

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

DOWN = (
    "/rollout 5%",
    "/rollout 0%",
    "/rollout back",
    "/rollout rollback",
    "/rollout abort",
    "/flag off checkout",
    "/flag set checkout 3%",
)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """Return the world of all scenarios, in memory: there are many states and many lines."""
    with store_in_memory() as store:
        async with world_over("", plans=WrittenPlans(checkout=CHECKOUT), store=store) as made:
            yield made


@pytest.mark.parametrize("line", DOWN)
@pytest.mark.parametrize("state", ["soaking", "paused", "lowered", "not applied yet"])
async def test_down_is_open_in_every_state_and_the_flag_follows_at_once(at_ten: World, line: str, state: str) -> None:
    world = at_ten
    if state == "paused":
        await world.done("/rollout pause")
    elif state == "lowered":
        await world.done("/rollout 7%")
    elif state == "not applied yet":
        await world.passes(HOUR)
        await wish_for_25_percent(world)
    wanted = (await world.rollout()).wanted[0].setting
    await world.done(line)
    held = await world.held("checkout")
    assert not held.on or held.percent < wanted.percent
    rollout = await world.rollout()
    assert rollout.status is not Status.RUNNING
    assert rollout.settled


async def wish_for_25_percent(world: World) -> None:
    """Leave a wish that the loop has not made true yet."""
    actor = Actor("ana", "local", "ana", "releases", "wish", frozenset({"owner"}))
    await world.bot.operations.rollouts.carry_out(actor, to_reach(Percent.parse("25%")), Aim(1))


async def test_a_lowered_rollout_waits_and_resume_takes_it_back_to_its_step(at_ten: World) -> None:
    world = at_ten
    assert "10% → 4%" in await world.done("/rollout 4% because errors rise")
    assert "paused" in (await world.cards())[0]
    await world.passes(5 * HOUR)
    assert str(await world.held("checkout")) == "4%"
    await world.done("/rollout resume")
    assert str(await world.held("checkout")) == "10%"
    assert "must hold for another 1 h" in await world.refused("/rollout 25%")


async def test_the_percentage_of_the_step_restores_what_was_lowered(at_ten: World) -> None:
    await at_ten.done("/rollout 4%")
    assert "4% → 10%" in await at_ten.done("/rollout 10%")
    assert (await at_ten.rollout()).status is Status.RUNNING


async def test_a_lowering_is_on_record_as_a_lowering(at_ten: World) -> None:
    await at_ten.done("/rollout 4% because errors rise")
    entry = next(it for it in reversed(await at_ten.audit()) if it.subject == "rollout:1")
    assert (entry.action, entry.outcome, entry.reason) == ("rollout:lower", "accepted", "errors rise")


async def test_a_percentage_of_an_earlier_step_goes_back_to_that_step(at_ten: World) -> None:
    world = at_ten
    await world.passes(HOUR)
    await world.done("/rollout 25%")
    await world.done("/rollout 10%")
    rollout = await world.rollout()
    assert (rollout.current.name, rollout.status) == ("Everyone: 10%", Status.PAUSED)
    await world.done("/rollout resume")
    await world.passes(HOUR)
    await world.done("/rollout 25%")


async def test_a_paused_rollout_keeps_the_rest_of_its_soak(at_ten: World) -> None:
    world = at_ten
    await world.passes(40 * MINUTE)
    await world.done("/rollout pause because of lunch")
    await world.passes(3 * HOUR)
    assert "it is paused (of lunch)" in await world.refused("/rollout 25%")
    await world.done("/rollout resume")
    assert "must hold for another 20 min" in await world.refused("/rollout 25%")
    await world.passes(20 * MINUTE)
    await world.done("/rollout 25%")


async def test_back_returns_to_the_step_before_and_waits_there(at_ten: World) -> None:
    world = at_ten
    await world.passes(HOUR)
    await world.done("/rollout 25%")
    assert "25% → 10%" in await world.done("/rollout back because errors rise")
    await world.passes(10 * HOUR)
    assert (await world.rollout()).status is Status.PAUSED
    assert str(await world.held("checkout")) == "10%"


async def test_an_abort_puts_the_flag_back_to_what_it_was_before(world: World) -> None:
    await world.done("/flag create checkout")
    await world.done("/flag set checkout 3% --env production")
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")
    await world.done("/rollout abort because we start over")
    assert str(await world.held("checkout")) == "3%"
    assert (await world.said())[
        -1
    ] == "#1 The new checkout was aborted; its flags are as they were before it (we start over)."
    assert "cannot be moved" in await world.refused("/rollout next --rollout 1")
    await world.done("/rollout start checkout")


async def test_an_abort_leaves_down_what_somebody_switched_off_meanwhile(world: World) -> None:
    await world.done("/flag create checkout")
    await world.done("/flag set checkout 3% --env production")
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")
    await world.done("/flag off checkout because it burns")
    answer = await world.done("/rollout abort")
    assert "checkout in production stays at off: somebody took it down since. Before, it held 3%." in answer
    assert str(await world.held("checkout")) == "off"
    assert (await world.said())[-1] == (
        "#1 The new checkout was aborted; its flags are as they were before it, but for checkout in production, "
        "which was taken down since and stays down."
    )


async def test_an_abort_leaves_down_what_the_rollout_was_lowered_to(world: World) -> None:
    await world.done("/flag create checkout")
    await world.done("/flag set checkout 3% --env production")
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")
    await world.done("/rollout 1%")
    await world.done("/rollout abort")
    assert str(await world.held("checkout")) == "1%"


async def test_what_was_taken_down_and_let_on_again_is_put_back_by_an_abort(world: World) -> None:
    await world.done("/flag create checkout")
    await world.done("/flag set checkout 3% --env production")
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")
    await world.done("/flag off checkout because it burns")
    await world.done("/rollout resume")
    await world.done("/rollout abort")
    assert str(await world.held("checkout")) == "3%"


async def test_a_roll_back_lists_what_is_left_to_be_done_by_hand(at_ten: World) -> None:
    asked = await at_ten.typed("/rollout rollback 2")
    again = await at_ten.typed(asked.message.buttons[0].command)
    await at_ten.done(again.message.buttons[0].command)
    assert "r2.1 Restore the backup" in await at_ten.done("/checklist show")
    await at_ten.done("/checklist tick r2.1")
    assert "Nothing is open" in await at_ten.refused("/checklist tick all")


async def test_a_rollout_that_went_back_can_be_taken_further_back_where_it_happened(at_ten: World) -> None:
    await at_ten.done("/rollout rollback")
    assert "destroys for good" in at_ten.text(await at_ten.typed("/rollout rollback 2"))


async def test_a_completed_rollout_can_be_rolled_back_where_it_happened(at_ten: World) -> None:
    world = at_ten
    for percent in ("25%", "50%", "100%"):
        await world.passes(HOUR)
        await world.done(f"/rollout {percent}")
    await world.passes(HOUR)
    assert "complete" in await world.done("/rollout next")
    assert "100% → off" in await world.done("/rollout rollback because it fails after all")
    assert str(await world.held("checkout")) == "off"


async def test_the_flag_of_a_running_rollout_goes_up_by_its_plan_only(at_ten: World) -> None:
    assert "up is by its plan only" in await at_ten.refused("/flag set checkout 11%")
    assert "up is by its plan only" in await at_ten.refused("/flag target checkout u1")
    assert "up is by its plan only" in await at_ten.refused("/flag on checkout")
    assert str(await at_ten.held("checkout")) == "10%"


async def test_an_aborted_rollout_asks_for_nothing_any_more(real_plans: World) -> None:
    assert "To be confirmed here" in await real_plans.done("/rollout start verification-flow")
    assert "To be confirmed here" not in await real_plans.done("/rollout abort")
    shown = await real_plans.done("/rollout status --rollout 1")
    assert "aborted" in shown
    assert "The bot reads the feature flag" not in shown
