"""A whole plan against a real Unleash server: its own clients see each step, and somebody else's edit is held."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.domain.metric import Secret
from bot.domain.provider import Provider, UnleashServer
from bot.domain.rollout import Status
from bot.flag_providers.catalogue import made
from bot.flag_providers.web_call import Web
from tests.crash.faults import FaultyProvider
from tests.fakes.clock import MovedClock
from tests.fakes.hurried_clock import HurriedClock
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.elsewhere import SHARES, KilledError, once_at
from tests.scenarios.world import HOUR, MINUTE, World, world_over
from tests.unleash_peer import TOKEN, UnleashPeer, running_unleash

USERS = 2000


@pytest.fixture(scope="module")
def unleash() -> Iterator[UnleashPeer]:
    """A real server, where it is installed."""
    with running_unleash(caches=False) as peer:
        yield peer


@asynccontextmanager
async def plan_on(
    unleash: UnleashPeer,
    url: str,
    plan: str = SHARES,
    *,
    at: Callable[[str], None] = lambda _: None,
    clock: MovedClock | None = None,
) -> AsyncIterator[World]:
    """A world that drives the server's flag; `at` is told of each place at which it may be killed."""
    await unleash.ready()
    await unleash.make("checkout")
    await unleash.make("search")
    web = Web(HurriedClock(), httpx.AsyncHTTPTransport(verify=False, trust_env=False))
    system = UnleashServer(unleash.address, Secret("TOKEN", TOKEN))
    provider = FaultyProvider(made(Provider("unleash", system, timeout=timedelta(seconds=30)), web), at)
    async with world_over(url, plans=WrittenPlans(shares=plan), providers={"unleash": provider}, clock=clock) as world:
        yield world
    await web.aclose()


async def _edited_by_somebody_else(unleash: UnleashPeer, world: World, inside: set[int]) -> None:
    """Raise the share in Unleash's own pages: it is held, shown, and restored."""
    await unleash.edit("checkout", "80")
    await world.passes(MINUTE)
    rollout = await world.rollout()
    assert rollout.status is Status.PAUSED
    assert rollout.reason == "checkout in production was changed in unleash: 50% → 80%"
    assert "80%, and 50% is wanted" in await world.done("/rollout status")
    assert len(await unleash.seen("checkout", USERS)) > len(inside)
    await world.done((await world.card_buttons())["Restore ours"].command)
    assert await unleash.seen("checkout", USERS) == inside
    await world.done("/rollout resume")


@pytest.mark.timeout(180)
async def test_four_steps_an_edit_by_somebody_else_and_the_way_back(unleash: UnleashPeer, url: str) -> None:
    async with plan_on(unleash, url) as world:
        assert await unleash.seen("checkout", USERS) == set()
        await world.done("/rollout start shares")
        inside = await unleash.seen("checkout", USERS)
        assert abs(len(inside) / USERS - 0.1) < 0.05
        for percent in (25, 50):
            await world.passes(HOUR)
            await world.done(f"/rollout {percent}%")
            now_inside = await unleash.seen("checkout", USERS)
            assert inside <= now_inside, "whoever is in stays in"
            assert abs(len(now_inside) / USERS - percent / 100) < 0.05
            inside = now_inside
        await _edited_by_somebody_else(unleash, world, inside)
        await world.passes(HOUR)
        await world.done("/rollout 100%")
        assert len(await unleash.seen("checkout", USERS)) == USERS
        await world.done("/rollout rollback")
        assert await unleash.seen("checkout", USERS) == set()
        (strategy,) = await unleash.strategies("checkout")
        assert strategy["parameters"]["groupId"] == "checkout"
        assert await unleash.seen("checkout", USERS) == await unleash.reached("checkout", USERS)


@pytest.mark.timeout(180)
async def test_killed_after_the_write_the_next_life_finds_it_and_records_it_once(
    unleash: UnleashPeer, tmp_path: Path
) -> None:
    url, clock = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}", MovedClock()
    plan = SHARES.replace("checkout: {", "search: {")
    async with plan_on(unleash, url, plan, clock=clock) as world:
        await world.done("/rollout start shares")
        await world.passes(HOUR)
    async with plan_on(unleash, url, plan, clock=clock, at=once_at("after setting search")) as world:
        with pytest.raises(KilledError):
            await world.typed("/rollout 25%", request="the-line")
    inside, written = await unleash.seen("search", USERS), await unleash.changes("search")
    assert abs(len(inside) / USERS - 0.25) < 0.05
    async with plan_on(unleash, url, plan, clock=clock) as world:
        assert not (await world.rollout()).settled
        await world.bot.loop.settle()
        await world.typed("/rollout 25%", request="the-line")
        assert (await world.rollout()).settled
        actions = [str(it.action) for it in await world.audit()]
        assert (actions.count("rollout:raise"), actions.count("rollout:drift")) == (1, 0)
        assert [it for it in await world.said() if "“Everyone: 25%” is in force" in it] != []
    assert await unleash.changes("search") == written, "nothing was written a second time"
    assert await unleash.seen("search", USERS) == inside
