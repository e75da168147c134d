"""Killed between another system's write and our record, the next life finds the same state and records it once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.operations.audit_log import AuditLog
from tests.crash.faults import FaultyProvider
from tests.fakes.clock import START, MovedClock
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.elsewhere import PLACE, SHARES, KilledError, at, once_at
from tests.scenarios.world import HOUR, world_over

PLACES = (
    "before reading checkout",
    "after reading checkout",
    "before setting checkout",
    "after setting checkout",
)


async def _lived(url: str, system: FakeProvider, line: str, place: str) -> None:
    """Type a line in a life that is killed at a place, and live on, with the line delivered again."""
    clock = MovedClock(START + HOUR)
    dying = {"unleash": FaultyProvider(system, once_at(place))}
    async with world_over(url, plans=WrittenPlans(shares=SHARES), providers=dying, clock=clock) as world:
        with pytest.raises(KilledError):
            await world.typed(line, request="the-line")
    async with world_over(url, plans=WrittenPlans(shares=SHARES), providers={"unleash": system}, clock=clock) as world:
        await world.bot.loop.settle()
        await world.typed(line, request="the-line")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("line", ["/rollout 25%", "/rollout rollback"])
async def test_the_next_life_makes_it_true_and_says_it_once(tmp_path: Path, line: str, place: str) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    system = FakeProvider()
    async with world_over(url, plans=WrittenPlans(shares=SHARES), providers={"unleash": system}) as world:
        await world.done("/rollout start shares")
        await world.passes(HOUR)
    system.writes.clear()

    await _lived(url, system, line, place)

    wanted = at("25%") if "25%" in line else None
    assert system.held[PLACE] == wanted or (wanted is None and not system.held[PLACE].on)
    # What was written before the end is found, and not written again.
    assert len(system.writes) == 1
    async with world_over(url, plans=WrittenPlans(shares=SHARES), providers={"unleash": system}) as world:
        rollout = await world.rollout()
        assert rollout.settled
        actions = [str(it.action) for it in await world.audit()]
        assert actions.count("rollout:raise" if wanted else "rollout:rollback") == 1
        assert "rollout:drift" not in actions
        said = [it for it in await world.said() if ("“Everyone: 25%” is in force" if wanted else "rolled back") in it]
        assert len(said) == len(set(said)) == 1
        assert (await AuditLog(world.store).verify()).valid


async def test_what_was_killed_while_it_was_written_is_not_taken_for_somebody_elses(tmp_path: Path) -> None:
    """Written, not recorded, and then wished otherwise: what stands there is still ours."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    system = FakeProvider()
    clock = MovedClock()
    plans = WrittenPlans(shares=SHARES)
    async with world_over(url, plans=plans, providers={"unleash": system}, clock=clock) as world:
        await world.done("/rollout start shares")
        await world.passes(HOUR)
        await world.done("/rollout 25%")
    dying = {"unleash": FaultyProvider(system, once_at("after setting checkout"))}
    async with world_over(url, plans=plans, providers=dying, clock=clock) as world:
        with pytest.raises(KilledError):
            await world.typed("/rollout 5%", request="down")
    assert system.held[PLACE] == at("5%")
    async with world_over(url, plans=plans, providers={"unleash": system}, clock=clock) as world:
        # The wish goes back up before the loop has seen what was written.
        await world.typed("/rollout resume", request="up")
        assert system.held[PLACE] in {at("10%"), at("25%")}
        assert (await world.rollout()).settled
        assert "rollout:drift" not in [str(it.action) for it in await world.audit()]


async def test_our_own_store_needs_no_sighting(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    text = SHARES.replace("provider: unleash", "provider: builtin")
    async with world_over(url, plans=WrittenPlans(shares=text)) as world:
        await world.done("/rollout start shares")
        assert await world.store.read(lambda tx: tx.sightings.get(*PLACE)) is None
