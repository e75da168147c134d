"""A request that comes twice is recognised."""

from __future__ import annotations

import pytest

from bot.domain.errors import AlreadyDone
from bot.ports import Transaction
from bot.storage.store import SqlStore
from tests.storage.examples import ENGINEER, NOW, event


def handle(tx: Transaction) -> int:
    entry = tx.audit.append(event(), ENGINEER, NOW)
    tx.requests.add("request-1", entry.seq, NOW)
    return entry.seq


async def test_a_new_request_was_not_seen(store: SqlStore) -> None:
    assert await store.read(lambda tx: tx.requests.seen("request-1")) is None


async def test_a_handled_request_names_what_it_did(store: SqlStore) -> None:
    seq = await store.write(handle)
    assert await store.read(lambda tx: tx.requests.seen("request-1")) == seq


async def test_whoever_forgets_to_ask_is_undone(store: SqlStore) -> None:
    await store.write(handle)
    with pytest.raises(AlreadyDone):
        await store.write(handle)
    assert (await store.read(lambda tx: tx.audit.head())).seq == 1
