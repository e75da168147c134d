"""Flags that another system holds: what is there is shown beside what is wanted, and nobody's change is run over unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain.flag import OFF, FlagSetting
from bot.domain.rollout import Status
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.elsewhere import PLACE, SHARES, Elsewhere, at, at_25
from tests.scenarios.world import HOUR, MINUTE, SECOND, world_over


@pytest.fixture
async def elsewhere(url: str) -> AsyncIterator[Elsewhere]:
    """A rollout at 25 %, whose flag another system holds."""
    async with at_25(url) as here:
        yield here


async def test_a_plan_goes_up_and_back_in_the_other_system(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    assert elsewhere.held == at("25%")
    for percent in ("50%", "100%"):
        await world.passes(HOUR)
        await world.done(f"/rollout {percent}")
        assert elsewhere.held == at(percent)
    await world.done("/rollout rollback")
    assert not elsewhere.held.on
    assert (await world.rollout()).status is Status.ROLLED_BACK


async def test_the_card_shows_what_is_there_beside_what_is_wanted(elsewhere: Elsewhere) -> None:
    shown = await elsewhere.world.done("/rollout status")
    assert "Seen in unleash" in shown
    assert "checkout in production: 25%" in shown


async def test_a_change_elsewhere_is_noticed_within_the_interval_and_holds_the_rollout(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    elsewhere.edit(at("60%"))
    await world.passes(MINUTE)
    rollout = await world.rollout()
    assert rollout.status is Status.PAUSED
    assert rollout.reason == "checkout in production was changed in unleash: 25% → 60%"
    # Nothing is written over it by itself.
    assert elsewhere.held == at("60%")
    assert [said for said in await world.said() if "is held" in said] == [
        "#1 The new checkout is held: somebody changed its flags in unleash."
    ]
    assert {"Restore ours", "Adopt theirs", "Roll back"} <= set(await world.card_buttons())
    assert "60%, and 25% is wanted" in await world.done("/rollout status")
    entry = next(it for it in await world.audit() if it.action == "rollout:drift")
    assert (entry.before, entry.after) == (
        {"checkout@production": "25%"},
        {"checkout@production": "60%", "provider": "unleash"},
    )


async def test_it_is_told_once(elsewhere: Elsewhere) -> None:
    elsewhere.edit(at("60%"))
    for _ in range(10):
        await elsewhere.world.passes(MINUTE)
    assert len([said for said in await elsewhere.world.said() if "is held" in said]) == 1
    elsewhere.edit(at("70%"))
    await elsewhere.world.passes(MINUTE)
    assert len([said for said in await elsewhere.world.said() if "is held" in said]) == 2


async def test_restoring_writes_ours_again_and_the_step_holds_anew(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    await world.passes(HOUR / 2)
    elsewhere.edit(at("60%"))
    await world.passes(MINUTE)
    buttons = await world.card_buttons()
    await world.done(buttons["Restore ours"].command)
    assert elsewhere.held == at("25%")
    assert (await world.rollout()).status is Status.PAUSED
    await world.done("/rollout resume")
    await world.passes(HOUR - SECOND)
    assert "hold" in await world.refused("/rollout 50%")
    await world.passes(SECOND)
    await world.done("/rollout 50%")
    assert elsewhere.held == at("50%")


async def test_a_button_that_was_drawn_before_another_move_changes_nothing(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    elsewhere.edit(at("60%"))
    await world.passes(MINUTE)
    stale = (await world.card_buttons())["Adopt theirs"].command
    await world.done("/flag restore")
    assert "changed since that button was drawn" in await world.refused(stale)


async def test_adopting_less_makes_it_the_wish_and_stands_at_the_earlier_step(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    elsewhere.edit(at("10%"))
    await world.passes(MINUTE)
    await world.done("/flag adopt because support lowered it")
    rollout = await world.rollout()
    assert (rollout.step, rollout.status, rollout.settled) == (0, Status.PAUSED, True)
    assert elsewhere.held == at("10%")
    await world.done("/rollout resume")
    await world.passes(HOUR)
    await world.done("/rollout 25%")
    assert elsewhere.held == at("25%")


@pytest.mark.parametrize("theirs", [at("7%"), OFF], ids=str)
async def test_adopting_what_is_no_step_waits_there(elsewhere: Elsewhere, theirs: FlagSetting) -> None:
    world = elsewhere.world
    elsewhere.edit(theirs)
    await world.passes(MINUTE)
    await world.done("/flag adopt")
    await world.passes(HOUR)
    assert elsewhere.held == theirs
    assert (await world.rollout()).lowered
    await world.done("/rollout resume")
    assert (await world.rollout()).settled
    assert elsewhere.held in {at("10%"), at("25%")}


async def test_more_than_the_plan_is_not_adopted_and_the_answer_says_what_can_be_done(elsewhere: Elsewhere) -> None:
    elsewhere.edit(at("60%"))
    await elsewhere.world.passes(MINUTE)
    said = await elsewhere.world.refused("/flag adopt")
    assert "up is by the plan only" in said
    assert "/flag restore" in said


async def test_without_a_change_there_is_nothing_to_adopt_or_restore(elsewhere: Elsewhere) -> None:
    assert "Nothing of #1 was changed elsewhere" in await elsewhere.world.refused("/flag adopt")
    assert "Nothing of #1 was changed elsewhere" in await elsewhere.world.refused("/flag restore")


async def test_restoring_upwards_is_not_done_in_a_freeze(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    elsewhere.edit(at("5%"))
    await world.passes(MINUTE)
    await world.done("/freeze on because of the holidays")
    assert "cannot go up now" in await world.refused("/flag restore")
    assert elsewhere.held == at("5%")
    await world.done("/flag adopt")


async def test_what_was_lowered_elsewhere_does_not_climb_by_a_resume(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    elsewhere.edit(at("5%"))
    await world.passes(MINUTE)
    for line in ("/rollout resume", "/rollout next", "/rollout override it is urgent"):
        said = await world.refused(line)
        assert "somebody set checkout in production to 5% in unleash, and 25% is wanted" in said
        assert "/flag restore" in said
    assert elsewhere.held == at("5%")
    assert (await world.rollout()).status is Status.PAUSED


@pytest.mark.parametrize("line", ["/rollout rollback", "/rollout 10%", "/flag off checkout", "/rollout abort"])
@pytest.mark.parametrize("noticed", [True, False])
async def test_going_down_is_open_whatever_somebody_set_there(elsewhere: Elsewhere, line: str, noticed: bool) -> None:
    world = elsewhere.world
    elsewhere.edit(at("60%"))
    if noticed:
        await world.passes(MINUTE)
    await world.done(line)
    assert elsewhere.held == at("10%") if "10%" in line else not elsewhere.held.on


async def test_when_somebody_puts_it_right_there_people_are_told(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    elsewhere.edit(at("60%"))
    await world.passes(MINUTE)
    elsewhere.edit(at("25%"))
    await world.passes(MINUTE)
    assert "is again as it should be in unleash, at 25%" in (await world.said())[-1]
    assert (await world.rollout()).settled
    assert "Adopt theirs" not in await world.card_buttons()


async def test_a_paused_rollout_is_watched_too(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    await world.done("/rollout pause")
    await world.passes(HOUR)
    elsewhere.edit(at("60%"))
    await world.passes(MINUTE)
    assert "is held" in (await world.said())[-1]


async def test_what_stands_there_at_the_start_and_was_not_expected_holds_the_rollout(url: str) -> None:
    system = FakeProvider(held={PLACE: at("80%")})
    async with world_over(url, plans=WrittenPlans(shares=SHARES), providers={"unleash": system}) as world:
        await world.done("/rollout start shares")
        assert system.held[PLACE] == at("80%")
        assert (await world.rollout()).reason == "checkout in production was changed in unleash: off → 80%"
        await world.done("/flag restore")
        assert system.held[PLACE] == at("10%")


async def test_a_look_that_finds_nothing_new_draws_no_card(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    before = len(await world.outbox())
    for _ in range(20):
        await world.passes(MINUTE)
    assert len(await world.outbox()) == before


async def test_a_system_that_is_down_keeps_the_wish_and_people_are_told_once(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    elsewhere.goes_down()
    await world.done("/rollout rollback")
    for _ in range(10):
        await world.passes(MINUTE)
    assert elsewhere.held == at("25%")
    rollout = await world.rollout()
    assert (rollout.status, rollout.settled) == (Status.ROLLED_BACK, False)
    said = [it for it in await world.said() if "unleash does not do" in it]
    assert len(said) == 1
    assert "cannot be reached. The wish is kept" in said[0]
    assert "cannot be reached, since" in await world.done("/rollout status")
    elsewhere.comes_back()
    await world.passes(10 * SECOND)
    assert not elsewhere.held.on
    assert len([it for it in await world.said() if "again. It did not since" in it]) == 1
    assert (await world.rollout()).settled


async def test_while_nothing_is_seen_nothing_advances(url: str) -> None:
    system = FakeProvider()
    text = SHARES.replace("channel:", "advance: auto\nchannel:")
    async with world_over(url, plans=WrittenPlans(shares=text), providers={"unleash": system}) as world:
        await world.done("/rollout start shares")
        here = Elsewhere(world, system)
        here.goes_down()
        await world.passes(2 * HOUR)
        assert (await world.rollout()).step == 0
        here.comes_back()
        await world.passes(timedelta(seconds=30))
        assert (await world.rollout()).step == 1


async def test_the_second_start_knows_what_the_first_left(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    await world.done("/rollout rollback")
    await world.done("/rollout start shares")
    assert elsewhere.held == at("10%")
    await world.done("/rollout abort")
    assert not elsewhere.held.on


async def test_a_flag_that_no_rollout_drives_any_more_is_not_set_here(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    await world.done("/rollout rollback")
    assert "“checkout” is held in unleash" in await world.refused("/flag on checkout")
    assert not elsewhere.held.on
