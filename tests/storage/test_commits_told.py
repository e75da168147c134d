"""Whoever keeps something in memory is told of commits: of this process's by the store, of others' by whoever watches."""

from __future__ import annotations

import asyncio
import threading
from typing import NoReturn

import pytest
from sqlalchemy import Connection

from bot.domain.errors import Refused, Unavailable
from bot.ports import Committed, Transaction
from bot.storage.store import SqlStore, open_store
from tests.storage.examples import CHECKOUT
from tests.storage.test_store import count, count_up


@pytest.fixture(autouse=True)
async def _flag(store: SqlStore) -> None:
    await store.write(lambda tx: tx.flags.add(CHECKOUT))


async def test_whoever_watches_sees_every_commit_of_another_store_and_none_of_this_one(
    store: SqlStore, url: str
) -> None:
    at_rest = await store.latest()
    await store.read(count)
    await store.write(count_up)
    await asyncio.gather(*(store.write(count_up) for _ in range(5)))
    assert await store.latest() == at_rest
    other = await open_store(url)
    await other.write(count_up)
    after_theirs = await store.latest()
    assert after_theirs != at_rest
    await store.write(count_up)
    assert await store.latest() == after_theirs
    await other.write(count_up)
    await store.write(count_up)
    await other.close()
    assert await store.latest() not in {at_rest, after_theirs}


async def test_whoever_watches_a_closed_store_is_told_so(url: str) -> None:
    store = await open_store(url)
    await store.close()
    with pytest.raises(Unavailable):
        await store.latest()


async def test_a_listener_that_fails_keeps_nobody_from_what_was_committed(store: SqlStore) -> None:
    heard: list[Committed] = []
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    def fail(_: Committed) -> NoReturn:
        raise ValueError("no such flag here")

    store.on_commit(fail)
    store.on_commit(heard.append)
    assert await asyncio.gather(*(store.write(count_up) for _ in range(3))) == [1, 2, 3]
    assert await store.write(count_up) == 4
    assert sum(len(it.states) for it in heard) == 4
    assert {str(it["exception"]) for it in told} == {"no such flag here"}


async def test_what_is_committed_for_a_caller_that_has_gone_away_is_seen_by_whoever_watches(store: SqlStore) -> None:
    at_rest = await store.latest()
    begun, may_end = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work(tx: Transaction) -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait()
        count_up(tx)

    caller = asyncio.ensure_future(store.write(work))
    await begun.wait()
    caller.cancel()
    await asyncio.wait([caller])
    asked = asyncio.ensure_future(store.latest())
    loop.call_soon(may_end.set)
    assert await asked != at_rest
    assert await store.read(count) == 1


async def test_whoever_watches_sees_what_was_committed_while_the_connection_was_opened_anew(
    store: SqlStore, url: str
) -> None:
    def lose(connection: Connection) -> NoReturn:
        connection.invalidate()
        raise Refused("the connection is of no use any more")

    at_rest = await store.latest()
    other = await open_store(url)
    await other.write(count_up)
    await other.close()
    with pytest.raises(Refused):
        await store._writer.run(lose)
    assert await store.latest() != at_rest
