"""What people confirm before the next step: with evidence, with a reason to pass it by, and with second thoughts."""

from __future__ import annotations

import pytest_asyncio

from bot.domain.rollout import TickState
from tests.scenarios.world import World


@pytest_asyncio.fixture
async def begun(world: World) -> World:
    """Return a world whose rollout waits for its first list: 1.1, and 1.2 which asks for evidence."""
    await world.done("/rollout start checkout")
    return world


async def test_an_item_is_confirmed_with_name_and_time(begun: World) -> None:
    assert "1 of 2 confirmed" in await begun.done("/checklist tick 1.1", by="ben")
    (tick,) = (await begun.rollout()).ticks
    assert (tick.item, tick.state, tick.by, tick.at) == ("1.1", TickState.DONE, "ben", begun.clock.now())


async def test_an_item_may_be_named_by_how_it_begins(begun: World) -> None:
    await begun.done("/checklist tick database")
    assert [tick.item for tick in (await begun.rollout()).ticks] == ["1.1"]


async def test_what_asks_for_evidence_is_not_confirmed_without(begun: World) -> None:
    assert "asks for evidence" in await begun.refused("/checklist tick 1.2")
    assert "asks for evidence" in await begun.refused("/checklist tick all")
    assert (await begun.rollout()).ticks == ()
    await begun.done('/checklist tick 1.2 --evidence "https://example.org/load"')
    assert (await begun.rollout()).ticks[0].note == "https://example.org/load"


async def test_an_item_is_passed_by_with_a_reason_only(begun: World) -> None:
    assert "needs a reason" in await begun.refused("/checklist skip 1.2")
    await begun.done("/checklist skip 1.2 because nothing changed since the last load test")
    (tick,) = (await begun.rollout()).ticks
    assert (tick.state, tick.note) == (TickState.SKIPPED, "nothing changed since the last load test")


async def test_an_open_item_holds_the_rollout_and_is_named(begun: World) -> None:
    await begun.done("/checklist tick 1.1")
    assert "1 checklist item is open (1.2)" in await begun.refused("/rollout next")
    await begun.done("/checklist skip 1.2 because it is small")
    await begun.done("/rollout next")


async def test_a_second_thought_opens_an_item_again_and_holds_the_rollout(begun: World) -> None:
    await begun.done('/checklist tick all --evidence "seen"')
    await begun.done("/checklist untick 1.1 because the backup was of the wrong day")
    assert "1 checklist item is open (1.1)" in await begun.refused("/rollout next")
    assert "is open already" in await begun.refused("/checklist untick 1.1")


async def test_an_item_is_confirmed_once(begun: World) -> None:
    await begun.done("/checklist tick 1.1")
    assert "was ticked by ana already" in await begun.refused("/checklist tick 1.1", by="ben")


async def test_items_of_another_step_are_not_on_the_list(begun: World) -> None:
    await begun.done('/checklist tick all --evidence "seen"')
    await begun.done("/rollout next")
    assert "has no checklist" in await begun.refused("/checklist tick 1.1")


async def test_an_override_passes_the_list_by_and_its_reason_stays(begun: World) -> None:
    await begun.done("/rollout override the lead has seen the backup")
    assert str(await begun.held("checkout")) == "10%"
    entry = next(it for it in await begun.audit() if it.action == "rollout:override")
    assert entry.reason == "the lead has seen the backup"


async def test_what_was_ticked_is_shown_on_the_card_and_in_the_log(begun: World) -> None:
    await begun.done("/checklist tick 1.1", by="ben")
    assert "1.1 Database backed up — ben" in await begun.done("/rollout status")
    assert "1.1 done" in await begun.done("/rollout history")


async def test_a_beginning_that_fits_several_items_is_asked_about(real_plans: World) -> None:
    await real_plans.done("/rollout start verification-flow")
    asked = await real_plans.typed("/checklist tick the")
    assert "Which one?" in asked.message.summary
    await real_plans.done(asked.message.buttons[1].command)
    asked = await real_plans.typed("/checklist skip the because it is old")
    await real_plans.done(asked.message.buttons[0].command)
    ticks = {tick.item: (tick.state, tick.note) for tick in (await real_plans.rollout()).ticks}
    assert ticks == {"0.2": (TickState.DONE, ""), "0.1": (TickState.SKIPPED, "it is old")}
