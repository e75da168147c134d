"""Flags and what they hold, environment by environment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.flag import OFF, Flag, FlagState
from bot.ports import Transaction
from bot.storage.store import SqlStore
from tests.storage.examples import CHECKOUT, HOUR, NOW, TEN

SEARCH = Flag("search", "search-salt", unit="server", hash_version=1)


def add_both(tx: Transaction) -> None:
    tx.flags.add(SEARCH)
    tx.flags.add(CHECKOUT)


async def test_a_flag_comes_back_as_it_was(store: SqlStore) -> None:
    await store.write(add_both)
    assert await store.read(lambda tx: tx.flags.get("checkout")) == CHECKOUT
    assert await store.read(lambda tx: tx.flags.all()) == [CHECKOUT, SEARCH]
    assert await store.read(lambda tx: tx.flags.get("missing")) is None


async def test_a_flag_is_made_once(store: SqlStore) -> None:
    await store.write(lambda tx: tx.flags.add(CHECKOUT))
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: tx.flags.add(CHECKOUT))


async def test_a_retired_flag_is_kept_and_shown_only_when_asked_for(store: SqlStore) -> None:
    await store.write(add_both)
    await store.write(lambda tx: tx.flags.retire("checkout", NOW + HOUR))
    retired = await store.read(lambda tx: tx.flags.get("checkout"))
    assert retired is not None
    assert retired.retired_at == NOW + HOUR
    assert await store.read(lambda tx: tx.flags.all()) == [SEARCH]
    assert await store.read(lambda tx: tx.flags.all(retired=True)) == [retired, SEARCH]


async def test_each_change_makes_a_new_version(store: SqlStore) -> None:
    await store.write(lambda tx: tx.flags.add(CHECKOUT))
    first = await store.write(lambda tx: tx.flags.set("checkout", "production", TEN, NOW))
    second = await store.write(lambda tx: tx.flags.set("checkout", "production", OFF, NOW + HOUR))
    assert first == FlagState("checkout", "production", TEN, 1, NOW)
    assert second == FlagState("checkout", "production", OFF, 2, NOW + HOUR)
    assert await store.read(lambda tx: tx.flags.state("checkout", "production")) == second


async def test_environments_are_apart(store: SqlStore) -> None:
    await store.write(add_both)
    staging = await store.write(lambda tx: tx.flags.set("checkout", "staging", TEN, NOW))
    other = await store.write(lambda tx: tx.flags.set("search", "production", TEN, NOW))
    assert await store.read(lambda tx: tx.flags.state("checkout", "production")) is None
    assert await store.read(lambda tx: tx.flags.states("checkout")) == [staging]
    assert await store.read(lambda tx: tx.flags.states()) == [staging, other]


async def test_what_was_never_made_holds_nothing(store: SqlStore) -> None:
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: tx.flags.set("missing", "production", TEN, NOW))


async def test_the_revision_grows_with_whatever_changes_an_evaluation_and_with_nothing_else(store: SqlStore) -> None:
    seen = [await store.read(lambda tx: tx.flags.revision())]

    async def after(work: Callable[[Transaction], object]) -> None:
        await store.write(work)
        seen.append(await store.read(lambda tx: tx.flags.revision()))

    await after(add_both)
    await after(lambda tx: tx.flags.set("checkout", "production", TEN, NOW))
    await after(lambda tx: tx.flags.set("checkout", "staging", TEN, NOW))
    await after(lambda tx: tx.flags.set("checkout", "production", OFF, NOW))
    await after(lambda tx: tx.flags.retire("checkout", NOW))
    assert seen == sorted(set(seen))
    await after(lambda tx: tx.flags.describe("checkout", "Another sentence"))
    assert seen[-1] == seen[-2]
    described = await store.read(lambda tx: tx.flags.get("checkout"))
    assert described is not None
    assert described.description == "Another sentence"
