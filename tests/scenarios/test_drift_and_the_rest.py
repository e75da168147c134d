"""Drift beside everything else that moves a rollout: pauses, ways back, pages, announcements, several flags, roles."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.escalation import Severity
from bot.domain.flag import OFF
from bot.domain.page import PageState
from bot.domain.rollout import Status
from bot.files.team_file import read_team
from bot.flag_providers.builtin import BuiltinFlags
from bot.ports import FlagProvider
from bot.storage.store import open_store
from tests.fakes.clock import MovedClock
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.elsewhere import PLACE, SHARES, Elsewhere, at, at_25
from tests.scenarios.world import HOUR, MINUTE, SECOND, world_over

TEAM = read_team(
    """
people:
  ana: {roles: lead, local: ana}
  a-viewer: {roles: viewer, local: vic}
  an-operator: {roles: operator, local: olu}
  engineer: {roles: operator, local: engineer}
channels: {releases: {local: releases}}
environments: {production: {channels: releases, down_anywhere: true}}
providers:
  unleash: {unleash: {address: "https://unleash.example.org", token: "${TOKEN}"}}
escalation:
  payments: {channels: releases, levels: [{reach: engineer}]}
""",
    "rollcall.yaml",
    lambda _: "secret",
    lambda name: (name, b""),
)
PAGED = SHARES.replace("channel:", "escalation: payments\nchannel:")
TWO = (
    SHARES.replace(
        "flags: {checkout: {provider: unleash, population: 2000}}",
        "flags: {checkout: {provider: unleash}, search: {provider: unleash}}",
    )
    .replace(
        "[{set: 10%, soak: 1h}, {set: 25%, soak: 1h}, {set: 50%, soak: 1h}, {set: 100%, soak: 1h}]",
        "[{set: {checkout: 10%, search: 10%}}, {set: {checkout: 25%, search: 25%}}, {set: {checkout: 50%, search: 50%}}]",
    )
    .replace("set: off", "set: {checkout: off, search: off}")
)


@pytest.fixture
async def elsewhere(url: str) -> AsyncIterator[Elsewhere]:
    """A rollout at 25 %, whose flag another system holds."""
    async with at_25(url) as here:
        yield here


async def test_a_drift_pages_and_announces_as_every_hold_does(url: str) -> None:
    text = PAGED.replace("rollback:", "communication:\n  - {when: held, to: [team], say: '{{ reason }}'}\nrollback:")
    async with at_25(url, text, lambda: TEAM) as here:
        here.edit(at("60%"))
        await here.world.passes(MINUTE)
        page = await here.world.store.read(lambda tx: tx.pages.get(1))
        assert page is not None
        assert (page.severity, page.subject, page.state) == (Severity.MEDIUM, "rollout:1", PageState.OPEN)
        assert "is held at “Everyone: 25%”: checkout in production was changed in unleash: 25% → 60%" in page.text
        announced = "The new checkout: checkout in production was changed in unleash: 25% → 60%"
        assert (await here.world.said()).count(announced) == 1


async def test_a_rollback_that_does_not_get_through_pages(url: str) -> None:
    async with at_25(url, PAGED, lambda: TEAM) as here:
        here.goes_down()
        await here.world.done("/rollout rollback")
        for _ in range(5):
            await here.world.passes(MINUTE)
        page = await here.world.store.read(lambda tx: tx.pages.get(1))
        assert page is not None
        assert "unleash does not take checkout back: https://unleash.example.org cannot be reached" in page.text
        assert await here.world.store.read(lambda tx: tx.pages.get(2)) is None
        here.comes_back()
        await here.world.passes(10 * SECOND)
        assert not here.held.on


@pytest.mark.parametrize("line", ["/rollout rollback", "/rollout abort"])
async def test_what_was_taken_down_elsewhere_stays_down_when_the_rollout_ends(url: str, line: str) -> None:
    """The level is “back to 10 %”, and before the rollout it was 30 %: neither raises what somebody took down."""
    system = FakeProvider(held={PLACE: at("30%")})
    text = SHARES.replace("set: off", "set: 10%")
    async with world_over(url, plans=WrittenPlans(shares=text), providers={"unleash": system}) as world:
        await world.done("/rollout start shares")
        await world.done("/flag restore")
        await world.done("/rollout resume")
        await world.passes(HOUR)
        await world.done("/rollout 25%")
        for noticed in (False, True):
            system.held[PLACE] = at("2%")
            if noticed:
                await world.passes(MINUTE)
        await world.done(line)
        await world.passes(HOUR)
        assert system.held[PLACE] in {at("2%"), OFF}
        assert (await world.rollout()).settled


async def test_a_raise_that_did_not_arrive_before_the_pause_waits_for_the_resume(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    await world.passes(HOUR)
    elsewhere.goes_down()
    await world.done("/rollout 50%")
    await world.done("/rollout pause")
    elsewhere.comes_back()
    await world.passes(MINUTE)
    assert elsewhere.held == at("25%")
    assert (await world.rollout()).settled
    await world.done("/rollout resume")
    assert elsewhere.held == at("50%")


async def test_restoring_after_such_a_pause_writes_what_was_agreed_and_not_the_raise(elsewhere: Elsewhere) -> None:
    world = elsewhere.world
    await world.passes(HOUR)
    elsewhere.goes_down()
    await world.done("/rollout 50%")
    await world.done("/rollout pause")
    elsewhere.edit(at("5%"))
    elsewhere.comes_back()
    await world.passes(MINUTE)
    assert "5%, and 25% is wanted" in await world.done("/rollout status")
    await world.done("/flag restore")
    assert elsewhere.held == at("25%")


async def test_of_two_flags_one_may_be_restored_and_the_other_adopted(url: str) -> None:
    system = FakeProvider()
    async with world_over(url, plans=WrittenPlans(shares=TWO), providers={"unleash": system}) as world:
        await world.done("/rollout start shares")
        await world.done("/rollout next")
        system.held["checkout", "production"] = at("60%")
        system.held["search", "production"] = at("5%")
        await world.passes(MINUTE)
        said = await world.done("/flag restore checkout because nobody asked for that")
        assert "other flags of it are still not ours" in said
        assert system.held["checkout", "production"] == at("25%")
        assert system.held["search", "production"] == at("5%")
        assert "cannot go on yet" in await world.refused("/rollout resume")
        assert "“checkout” of #1 was not changed elsewhere" in await world.refused("/flag adopt checkout")
        await world.done("/flag adopt search")
        assert system.held["search", "production"] == at("5%")
        assert (await world.rollout()).settled
        actions = [str(it.action) for it in await world.audit()]
        assert actions.count("flag:restore") == 1
        assert actions.count("flag:adopt") == 2, "one of them is the refusal"


async def test_going_down_by_hand_from_what_somebody_set_there_takes_that_down(elsewhere: Elsewhere) -> None:
    """60 % stands there, 25 % is ours: “set it to 30 %” is a way down, and cannot be more than ours."""
    elsewhere.edit(at("60%"))
    await elsewhere.world.passes(MINUTE)
    await elsewhere.world.done("/flag set checkout 30%")
    assert elsewhere.held == at("25%")


async def test_a_flag_is_shown_as_it_is_in_the_system_that_holds_it(elsewhere: Elsewhere) -> None:
    assert "25% in unleash" in await elsewhere.world.done("/flag show checkout")
    assert "production: 25% in unleash" in await elsewhere.world.done("/flag list")
    elsewhere.edit(at("60%"))
    await elsewhere.world.passes(MINUTE)
    assert "60% in unleash" in await elsewhere.world.done("/flag show checkout")


async def test_a_retired_flag_that_another_system_still_holds_is_said_to_be_there(elsewhere: Elsewhere) -> None:
    await elsewhere.world.done("/rollout rollback")
    assert "It still stands in unleash: remove it there." in await elsewhere.world.done("/flag retire checkout")


async def test_a_plan_that_takes_the_flag_home_forgets_where_it_was(url: str) -> None:
    home = SHARES.replace("plan: shares", "plan: home").replace("provider: unleash", "provider: builtin")
    clock, system = MovedClock(), FakeProvider()
    plans = WrittenPlans(shares=SHARES, home=home)
    async with world_over(url, plans=plans, providers={"unleash": system}, clock=clock) as world:
        await world.done("/rollout start shares")
        await world.done("/rollout rollback")
    store = await open_store(url)
    both: dict[str, FlagProvider] = {"unleash": system, "builtin": BuiltinFlags(store, clock)}
    async with world_over(url, plans=plans, providers=both, clock=clock, store=store) as later:
        await later.typed("/rollout start home", request="home")
        assert await later.held("checkout") == at("10%")
        assert "in unleash" not in await later.done("/flag show checkout")


async def test_who_may_adopt_and_restore(url: str) -> None:
    async with at_25(url, SHARES, lambda: TEAM) as here:
        world = here.world
        here.edit(at("5%"))
        await world.passes(MINUTE)
        for verb in ("adopt", "restore"):
            said = await world.refused(f"/flag {verb}", by="vic")
            assert "your role is viewer" in said
        # To write 25 % over 5 % is a way up, and belongs into the environment's channel; to keep 5 % is none.
        await world.refused("/flag restore --rollout 1", by="olu", channel="kitchen")
        await world.done("/flag adopt --rollout 1", by="olu", channel="kitchen")
        assert here.held == at("5%")
        assert (await world.rollout()).status is Status.PAUSED
        assert any("(by an-operator)" in said for said in await world.said())
