"""One writer that commits in groups, readers beside it, and what happens when callers, work or the process die."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import NoReturn

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import Refused, Unavailable
from bot.domain.flag import FlagSetting
from bot.domain.percent import Percent
from bot.ports import Store, Transaction
from bot.storage.failures import WroteWhileReading
from bot.storage.store import LARGEST_GROUP, SqlStore, open_store
from tests.storage.examples import CHECKOUT, NOW

ANOTHER_PROCESS = """
import asyncio, sys
from tests.storage.test_store import count_up, open_store

async def main():
    store = await open_store(sys.argv[1])
    await asyncio.gather(*(store.write(count_up) for _ in range(int(sys.argv[2]))))
    await store.close()

asyncio.run(main())
"""

DYING_PROCESS = """
import asyncio, os, sys
from tests.storage.test_store import count_up, open_store

def die(tx):
    count_up(tx)
    os._exit(9)

async def main():
    store = await open_store(sys.argv[1])
    await store.write(count_up)
    await store.write(die)

asyncio.run(main())
"""


def count_up(tx: Transaction) -> int:
    """Read a number and write the next one, as two writers at once would to lose one of them."""
    state = tx.flags.state("checkout", "production")
    milli = 0 if state is None else state.setting.percent.milli
    tx.flags.set("checkout", "production", FlagSetting(percent=Percent(milli + 1)), NOW)
    return milli + 1


def count(tx: Transaction) -> int:
    state = tx.flags.state("checkout", "production")
    return 0 if state is None else state.setting.percent.milli


def count_up_and_fail(tx: Transaction) -> NoReturn:
    count_up(tx)
    raise Refused("not like this")


@pytest.fixture(autouse=True)
async def _flag(store: SqlStore) -> None:
    await store.write(lambda tx: tx.flags.add(CHECKOUT))


def test_the_store_is_what_the_core_asks_for(store: SqlStore) -> None:
    port: Store = store
    assert port is store


@pytest.mark.parametrize("writers", [50, 200])
async def test_of_many_changes_at_once_none_is_lost(store: SqlStore, writers: int) -> None:
    counted = await asyncio.gather(*(store.write(count_up) for _ in range(writers)))
    assert counted == list(range(1, writers + 1))
    assert await store.read(count) == writers


async def test_two_stores_on_one_file_lose_nothing(store: SqlStore, url: str) -> None:
    other = await open_store(url)
    stores = [store, other] * 50
    await asyncio.gather(*(each.write(count_up) for each in stores))
    assert await other.read(count) == 100
    await other.close()


async def test_two_processes_on_one_file_lose_nothing(store: SqlStore, url: str) -> None:
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", ANOTHER_PROCESS, url, "100")
    for _ in range(100):
        await store.write(count_up)
    assert await other.wait() == 0
    assert await store.read(count) == 200


async def test_an_exception_undoes_the_work_that_raised_it(store: SqlStore) -> None:
    with pytest.raises(Refused, match="not like this"):
        await store.write(count_up_and_fail)
    assert await store.read(count) == 0
    assert await store.write(count_up) == 1


async def test_an_exception_undoes_nothing_of_those_who_share_the_commit(store: SqlStore) -> None:
    works = [count_up, count_up_and_fail, count_up] * 30
    results = await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)
    assert [type(result) for result in results] == [int, Refused, int] * 30
    assert await store.read(count) == 60


async def test_what_the_database_refuses_is_undone_alone(store: SqlStore) -> None:
    def twice(tx: Transaction) -> None:
        count_up(tx)
        tx.flags.add(CHECKOUT)

    results = await asyncio.gather(store.write(count_up), store.write(twice), return_exceptions=True)
    assert isinstance(results[1], IntegrityError)
    assert await store.read(count) == 1


async def test_a_group_has_a_limit(store: SqlStore) -> None:
    await asyncio.gather(*(store.write(count_up) for _ in range(LARGEST_GROUP * 2 + 1)))
    assert await store.read(count) == LARGEST_GROUP * 2 + 1


def execute(tx: Transaction, sql: str) -> None:
    """Do to the database what no operation does."""
    tx.flags._connection.exec_driver_sql(sql)  # type: ignore[attr-defined]


async def test_a_full_disk_is_told_to_the_one_who_meets_it(store: SqlStore) -> None:
    def fill(tx: Transaction) -> None:
        # From here on the file must not grow.
        execute(tx, "PRAGMA max_page_count = 1")
        for number in range(50):
            tx.bindings.bind("local", f"channel {number}", "flag", "checkout" * 100)

    results = await asyncio.gather(*(store.write(work) for work in (count_up, fill, count_up)), return_exceptions=True)
    assert [type(result) for result in results] == [int, Unavailable, int]
    assert "disk is full" in str(results[1])
    assert await store.read(lambda tx: tx.bindings.subjects("local", "channel 0", "flag")) == []


async def test_a_commit_that_fails_fails_everybody_in_the_group(store: SqlStore) -> None:
    def contradict(tx: Transaction) -> None:
        # What refers to nothing is then noticed by the commit only.
        execute(tx, "PRAGMA defer_foreign_keys = ON")
        tx.requests.add("request-1", 99, NOW)

    works = (count_up, contradict, count_up)
    results = await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)
    assert [type(result) for result in results] == [IntegrityError] * 3
    assert await store.read(count) == 0
    assert await store.write(count_up) == 1


async def test_a_transaction_that_the_database_gives_up_fails_everybody_in_the_group(store: SqlStore) -> None:
    def lose(tx: Transaction) -> NoReturn:
        execute(tx, "ROLLBACK")
        raise Refused("the disk is gone")

    results = await asyncio.gather(*(store.write(work) for work in (count_up, lose)), return_exceptions=True)
    assert [str(result) for result in results] == ["the disk is gone"] * 2
    assert await store.read(count) == 0
    assert await store.write(count_up) == 1


async def test_a_caller_that_goes_away_harms_nobody(store: SqlStore) -> None:
    callers = [asyncio.ensure_future(store.write(count_up)) for _ in range(40)]
    await asyncio.wait(callers[:1], return_when=asyncio.FIRST_COMPLETED)
    for caller in callers[1::2]:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    done = sum(not caller.cancelled() for caller in callers)
    assert done >= 20
    assert await store.write(count_up) >= done


async def test_work_that_has_begun_is_finished_for_a_caller_that_has_gone_away(store: SqlStore) -> None:
    begun = asyncio.Event()

    def work(tx: Transaction) -> int:
        begun.set()
        return count_up(tx)

    caller = asyncio.ensure_future(store.write(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await store.write(count) == 1


async def test_work_that_has_not_begun_is_not_done_for_a_caller_that_has_gone_away(store: SqlStore) -> None:
    caller = asyncio.ensure_future(store.write(count_up))
    asyncio.get_running_loop().call_soon(caller.cancel)
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await store.write(count) == 0


async def test_a_reader_that_goes_away_leaves_the_database_free(store: SqlStore) -> None:
    readers = [asyncio.ensure_future(store.read(count)) for _ in range(20)]
    begun = asyncio.Event()
    asyncio.get_running_loop().call_soon(begun.set)
    await begun.wait()
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    assert await store.write(count_up) == 1
    assert await store.read(count) == 1


async def test_reading_sees_one_state_whatever_is_written_meanwhile(store: SqlStore, url: str) -> None:
    other = await open_store(url)
    await store.write(count_up)
    seen: list[int] = []

    def look_twice(tx: Transaction) -> None:
        seen.append(count(tx))
        write = subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, url, "1"], check=False)
        assert write.returncode == 0
        seen.append(count(tx))

    await other.read(look_twice)
    await other.close()
    assert seen == [1, 1]
    assert await store.read(count) == 2


async def test_reading_does_not_write(store: SqlStore) -> None:
    with pytest.raises(WroteWhileReading):
        await store.read(count_up)
    assert await store.read(count) == 0


async def test_a_process_that_dies_before_the_commit_has_stored_nothing(store: SqlStore, url: str) -> None:
    dying = await asyncio.create_subprocess_exec(sys.executable, "-c", DYING_PROCESS, url)
    assert await dying.wait() == 9
    assert await store.read(count) == 1
    assert await store.write(count_up) == 2


async def test_closing_finishes_what_was_begun(url: str, store: SqlStore) -> None:
    other = await open_store(url)
    writes = [asyncio.ensure_future(other.write(count_up)) for _ in range(10)]
    asyncio.get_running_loop().call_soon(lambda: None)
    await asyncio.wait(writes, return_when=asyncio.FIRST_COMPLETED)
    await other.close()
    assert all(write.done() for write in writes)
    with pytest.raises(Unavailable, match="shutting down"):
        await other.write(count_up)
    with pytest.raises(Unavailable, match="shutting down"):
        await other.read(count)
    assert await store.read(count) == 10


async def test_work_that_raises_stop_iteration_is_reported_and_not_waited_for(store: SqlStore) -> None:
    def stop(_tx: Transaction) -> NoReturn:
        raise StopIteration

    for result in await asyncio.gather(store.write(stop), store.write(stop), return_exceptions=True):
        assert isinstance(result, RuntimeError)
    with pytest.raises(RuntimeError):
        await store.write(stop)


def test_a_loop_that_ends_in_the_middle_of_a_write_leaves_the_database_free(url: str) -> None:
    async def abandon() -> SqlStore:
        store = await open_store(url)
        begun = asyncio.Event()

        def work(tx: Transaction) -> None:
            begun.set()
            count_up(tx)

        abandoned = [asyncio.ensure_future(store.write(each)) for each in (work, count_up)]
        await begun.wait()
        assert not any(write.done() for write in abandoned)
        return store

    async def go_on() -> int:
        store = await open_store(url)
        try:
            return await store.write(count_up)
        finally:
            await store.close()

    abandoned = asyncio.run(abandon())
    assert asyncio.run(go_on()) >= 1
    asyncio.run(abandoned.close())


def test_a_store_can_be_closed_although_a_loop_ended_in_the_middle_of_a_read(url: str) -> None:
    may_end = threading.Event()

    async def abandon() -> SqlStore:
        store = await open_store(url)
        begun, loop = asyncio.Event(), asyncio.get_running_loop()

        def work(tx: Transaction) -> int:
            loop.call_soon_threadsafe(begun.set)
            may_end.wait()
            return count(tx)

        reading = asyncio.ensure_future(store.read(work))
        await begun.wait()
        assert not reading.done()
        return store

    async def close(store: SqlStore) -> None:
        closing = asyncio.ensure_future(store.close())
        asyncio.get_running_loop().call_soon(may_end.set)
        async with asyncio.timeout(30):
            await closing

    asyncio.run(close(asyncio.run(abandon())))
