"""Freezes stand from when they were declared until they end or somebody lifts them, and are kept afterwards."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.freeze import Freeze
from bot.ports import Transaction
from bot.storage.store import SqlStore
from tests.storage.examples import HOUR, NOW

EVERYWHERE = Freeze(None, "the payment provider “hangs”", "emil", NOW)
STAGING = Freeze("staging", "tests", "Ünal", NOW, NOW + HOUR)
PRODUCTION = Freeze("production", "the sale", "emil", NOW - HOUR)


async def declare(store: SqlStore, *freezes: Freeze) -> None:
    def add(tx: Transaction) -> None:
        for freeze in freezes:
            tx.freezes.add(freeze)

    await store.write(add)


async def test_freezes_come_back_as_they_were_declared_oldest_first(store: SqlStore) -> None:
    await declare(store, EVERYWHERE, STAGING, PRODUCTION)
    assert await store.read(lambda tx: tx.freezes.standing(NOW)) == [PRODUCTION, EVERYWHERE, STAGING]


async def test_a_freeze_stands_from_its_beginning_up_to_its_end(store: SqlStore) -> None:
    await declare(store, STAGING)
    assert await store.read(lambda tx: tx.freezes.standing(NOW - HOUR)) == []
    assert await store.read(lambda tx: tx.freezes.standing(NOW)) == [STAGING]
    assert await store.read(lambda tx: tx.freezes.standing(NOW + HOUR)) == []


async def test_lifting_ends_those_of_one_environment_or_those_of_all(store: SqlStore) -> None:
    await declare(store, EVERYWHERE, STAGING, PRODUCTION)
    assert await store.write(lambda tx: tx.freezes.lift("production", NOW)) == 1
    assert await store.read(lambda tx: tx.freezes.standing(NOW)) == [EVERYWHERE, STAGING]
    assert await store.write(lambda tx: tx.freezes.lift(None, NOW)) == 1
    assert await store.read(lambda tx: tx.freezes.standing(NOW)) == [STAGING]


async def test_what_is_over_cannot_be_lifted_again(store: SqlStore) -> None:
    await declare(store, STAGING, EVERYWHERE)
    assert await store.write(lambda tx: tx.freezes.lift("staging", NOW + HOUR)) == 0
    assert await store.write(lambda tx: tx.freezes.lift(None, NOW + HOUR)) == 1
    assert await store.write(lambda tx: tx.freezes.lift(None, NOW + HOUR)) == 0


async def test_what_was_lifted_is_kept_with_its_end(store: SqlStore) -> None:
    await declare(store, EVERYWHERE)
    await store.write(lambda tx: tx.freezes.lift(None, NOW + HOUR))
    assert await store.read(lambda tx: tx.freezes.standing(NOW)) == [replace(EVERYWHERE, until=NOW + HOUR)]
