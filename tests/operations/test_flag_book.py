"""Flags in memory are those of the database: at once after a commit of ours, at the next glance after another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, cast

import pytest
import pytest_asyncio

from bot.domain.errors import NotFound, Unavailable
from bot.domain.flag import FlagSetting
from bot.domain.percent import Percent
from bot.domain.sighting import Sighting
from bot.operations.flag_book import GLANCE, BookKeeper, FlagBook
from bot.operations.tokens import TokenBook
from bot.ports import Committed, Store, Transaction
from bot.storage.store import SqlStore, open_store
from tests.scenarios.world import World, world_over

T = TypeVar("T")
HALF = FlagSetting(on=True, percent=Percent(50_000))


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_over(f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}") as made:
        await made.done("/flag create banner")
        yield made


def keeper_of(world: World) -> BookKeeper:
    store = cast("SqlStore", world.store)
    keeper = BookKeeper(FlagBook(store), TokenBook(store, world.clock), world.clock, world.journal, store)
    store.on_commit(keeper.hear)
    return keeper


@asynccontextmanager
async def kept(keeper: BookKeeper) -> AsyncIterator[asyncio.Event]:
    """Keep flags up to date, and give an event that is set whenever they changed."""
    stop, changed = asyncio.Event(), asyncio.Event()
    keeper.flags.on_change(changed.set)
    running = asyncio.create_task(keeper.run(stop))
    await changed.wait()
    changed.clear()
    try:
        yield changed
    finally:
        stop.set()
        await running


async def test_what_this_process_commits_is_seen_without_any_time_passing(world: World) -> None:
    keeper = keeper_of(world)
    async with kept(keeper) as changed:
        await world.done("/flag set banner 50%")
        await changed.wait()
        assert keeper.flags.of("production").flags["banner"].setting == HALF


async def test_what_is_set_here_is_known_before_whoever_set_it_goes_on(world: World) -> None:
    keeper = keeper_of(world)
    await world.done("/flag set banner 5%")
    await keeper.refresh()
    keeper.wake.clear()
    for percent in (10, 20, 30):
        await world.done(f"/flag set banner {percent}%")
        assert keeper.flags.of("production").flags["banner"].setting.percent == Percent.of(percent)
    fresh = keeper_of(world)
    await fresh.refresh()
    assert keeper.flags.of("production") == fresh.flags.of("production")
    assert not keeper.wake.is_set()


async def test_what_others_set_meanwhile_is_not_hidden_by_what_is_set_here(world: World) -> None:
    for line in ("/flag create footer", "/flag set banner 5%", "/flag set footer 5%"):
        await world.done(line)
    keeper = keeper_of(world)
    await keeper.refresh()
    other = await open_store(world.url)
    await other.write(lambda tx: tx.flags.set("footer", "production", HALF, world.clock.now()))
    await world.done("/flag set banner 10%")
    assert keeper.flags.of("production").flags["footer"].setting.percent == Percent.of(5)
    await keeper.refresh()
    assert keeper.flags.of("production").flags["footer"].setting == HALF
    await other.write(lambda tx: tx.flags.set("banner", "production", HALF, world.clock.now()))
    await other.close()
    await world.done("/flag set banner 10%")
    assert keeper.wake.is_set(), "a version between was not seen, so that it is to be read"


async def test_nothing_is_taken_over_while_it_is_being_read(world: World) -> None:
    keeper = keeper_of(world)
    await world.done("/flag set banner 5%")
    await keeper.refresh()
    keeper.wake.clear()
    async with keeper.reading:
        await world.done("/flag set banner 10%")
        assert keeper.flags.of("production").flags["banner"].setting.percent == Percent.of(5)
    assert keeper.wake.is_set()


async def test_who_holds_a_flag_elsewhere_is_known_by_environment(world: World) -> None:
    keeper = keeper_of(world)
    await world.done("/flag set banner 5%")
    await keeper.refresh()
    keeper.wake.clear()
    for seen_at in (None, world.clock.now()):
        held = Sighting("banner", "production", "unleash", HALF, seen_at=seen_at)
        await world.store.write(lambda tx, held=held: tx.sightings.save(held))  # type: ignore[misc]  # It is this turn's.
        assert keeper.wake.is_set() is (seen_at is None), "the same flag in the same place is no news"
        keeper.wake.clear()
        await keeper.refresh()
        assert "banner" not in keeper.flags.of("production").flags
        assert keeper.flags.of("production").elsewhere == {"banner": "unleash"}
        assert "banner" in keeper.flags.of("staging").flags
    with pytest.raises(NotFound, match="held in unleash"):
        keeper.flags.of("production").get("banner")
    await world.store.write(lambda tx: tx.flags.set("banner", "production", HALF, world.clock.now()))
    assert "banner" not in keeper.flags.of("production").flags
    await world.store.write(lambda tx: tx.sightings.forget("banner"))
    assert keeper.wake.is_set()
    await keeper.refresh()
    assert keeper.flags.of("production").get("banner").setting == HALF


async def test_what_is_refused_is_not_taken_over(world: World) -> None:
    keeper = keeper_of(world)
    await world.done("/flag set banner 5%")
    await keeper.refresh()
    keeper.wake.clear()

    def set_and_fail(tx: Transaction) -> None:
        tx.flags.set("banner", "production", HALF, world.clock.now())
        raise Unavailable("the disk is full")

    await asyncio.gather(
        world.store.write(set_and_fail),
        world.store.write(lambda tx: tx.memory.remember("a", "b")),
        return_exceptions=True,
    )
    assert keeper.flags.of("production").flags["banner"].setting.percent == Percent.of(5)
    assert not keeper.wake.is_set()


async def test_what_another_process_commits_is_seen_at_the_next_glance(world: World) -> None:
    keeper = keeper_of(world)
    async with kept(keeper) as changed:
        other = await open_store(world.url)
        await other.write(lambda tx: tx.flags.set("banner", "production", HALF, world.clock.now()))
        await other.close()
        while not changed.is_set():
            world.clock.advance(GLANCE)
            await world.store.read(lambda tx: tx.flags.revision())
        assert keeper.flags.of("production").flags["banner"].setting == HALF


async def test_what_is_made_retired_or_set_for_the_first_time_is_seen_as_well(world: World) -> None:
    keeper, fresh = keeper_of(world), keeper_of(world)
    for line in (
        "/flag set banner 50%",
        "/flag set banner 5% --env staging",
        "/flag create footer",
        "/flag set footer 7%",
    ):
        await keeper.refresh()
        await world.done(line)
    await keeper.refresh()
    await world.agreed("/flag retire banner because it is done")
    await keeper.refresh()
    await fresh.refresh()
    for environment in ("production", "staging"):
        assert keeper.flags.of(environment) == fresh.flags.of(environment)


async def test_a_clock_that_was_set_back_hides_nothing(world: World) -> None:
    keeper = keeper_of(world)
    await world.done("/flag set banner 5%")
    await keeper.refresh()
    an_hour_ago = world.clock.now() - timedelta(hours=1)
    await world.store.write(lambda tx: tx.flags.set("banner", "production", HALF, an_hour_ago))
    await keeper.refresh()
    assert keeper.flags.of("production").flags["banner"].setting == HALF


async def test_what_changes_nothing_about_flags_wakes_nobody(world: World) -> None:
    keeper = keeper_of(world)
    await keeper.refresh()
    heard: list[int] = []
    keeper.flags.on_change(lambda: heard.append(1))
    before = keeper.flags.of("production")
    await world.done("/freeze on because of the holidays")
    await keeper.refresh()
    assert heard == []
    assert keeper.flags.of("production") is before


async def test_of_two_that_read_at_once_the_older_does_not_win(world: World) -> None:
    keeper = keeper_of(world)
    await keeper.refresh()

    async def change(percent: int) -> None:
        await world.done(f"/flag set banner {percent}%")
        await keeper.refresh()

    for percent in range(1, 6):
        await asyncio.gather(change(percent), keeper.refresh(), keeper.refresh())
        assert keeper.flags.of("production").flags["banner"].setting.percent == Percent.of(percent)


async def test_the_etag_is_the_same_for_the_same_flags_in_every_process_and_apart_by_environment(world: World) -> None:
    await world.done("/flag set banner 50%")
    first, second = keeper_of(world), keeper_of(world)
    await first.refresh()
    await second.refresh()
    assert first.flags.of("production").etag == second.flags.of("production").etag
    before = {name: first.flags.of(name).etag for name in ("production", "staging")}
    assert before["production"] != before["staging"]
    await world.done("/flag set banner 5% --env staging")
    await first.refresh()
    assert first.flags.of("production").etag == before["production"]
    assert first.flags.of("staging").etag != before["staging"]


async def test_an_outage_is_noted_once_and_what_was_known_stays_known(world: World) -> None:
    keeper = keeper_of(world)

    class Gone:
        out = False

        async def read(self, work: Callable[[Transaction], T]) -> T:
            if self.out:
                raise Unavailable("The database is in use.")
            return await world.store.read(work)

    gone = Gone()
    keeper.flags.store = cast("Store", gone)
    async with kept(keeper) as changed:
        gone.out = True
        await world.done("/flag set banner 5%")
        await world.done("/flag set banner 50%")
        while not world.journal.events("warning"):
            await world.store.read(lambda tx: tx.flags.revision())
        assert not keeper.flags.of("production").flags["banner"].setting.on
        gone.out = False
        keeper.hear(Committed(more=True))
        await changed.wait()
        assert keeper.flags.of("production").flags["banner"].setting == HALF
    assert world.journal.events().count("flags.outdated") == 1
    assert "flags.recovered" in world.journal.events("info")


async def test_what_could_not_be_read_after_a_commit_of_ours_is_read_at_the_next_glance(world: World) -> None:
    keeper = keeper_of(world)

    class FailingOnce:
        failures = 0

        async def read(self, work: Callable[[Transaction], T]) -> T:
            if self.failures:
                self.failures -= 1
                raise Unavailable("The database is in use.")
            return await world.store.read(work)

    failing = FailingOnce()
    keeper.flags.store = cast("Store", failing)
    async with kept(keeper) as changed:
        for _ in range(3):
            world.clock.advance(GLANCE)
            await cast("SqlStore", world.store).latest()
        failing.failures = 1
        await world.done("/flag set banner 50%")
        while "flags.outdated" not in world.journal.events("warning"):
            await world.store.read(lambda tx: tx.flags.revision())
        for _ in range(20):
            world.clock.advance(GLANCE)
            await world.store.read(lambda tx: tx.flags.revision())
        assert changed.is_set()
        assert keeper.flags.of("production").flags["banner"].setting == HALF


async def test_what_cannot_be_taken_over_is_read(world: World) -> None:
    keeper = keeper_of(world)
    await world.done("/flag set banner 5%")
    await keeper.refresh()
    keeper.wake.clear()

    def fail() -> None:
        raise ValueError("a stream is gone")

    keeper.flags.on_change(fail)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    await world.done("/flag set banner 10%")
    assert keeper.wake.is_set()


async def test_a_key_nobody_knows_is_off_in_an_environment_nobody_set(world: World) -> None:
    keeper = keeper_of(world)
    await keeper.refresh()
    assert not keeper.flags.of("nowhere").flags["banner"].setting.on
    with pytest.raises(KeyError):
        keeper.flags.of("nowhere").flags["nothing"]
