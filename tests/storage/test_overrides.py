"""Overrides come back in the order in which they were made, until they are over or taken back."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.oncall import Override, OverrideKind
from bot.storage.store import SqlStore
from tests.storage.examples import HOUR, NOW

NIGHT = Override("payments", "primary", "Ünal", OverrideKind.REPLACE, NOW, NOW + HOUR, "ana", "he is ill", "emil", 1)
BESIDE = replace(NIGHT, kind=OverrideKind.ADD, end=NOW + 2 * HOUR, instead_of="", id=2)


async def test_overrides_come_back_in_their_order_until_they_are_over(store: SqlStore) -> None:
    added = await store.write(lambda tx: [tx.overrides.add(replace(it, id=0)) for it in (NIGHT, BESIDE)])
    assert added == [NIGHT, BESIDE]
    assert await store.read(lambda tx: tx.overrides.since(NOW - HOUR)) == [NIGHT, BESIDE]
    assert await store.read(lambda tx: tx.overrides.since(NOW + HOUR)) == [BESIDE]


async def test_an_override_is_taken_back_once(store: SqlStore) -> None:
    await store.write(lambda tx: tx.overrides.add(replace(NIGHT, id=0)))
    assert await store.write(lambda tx: tx.overrides.cancel(1, NOW))
    assert not await store.write(lambda tx: tx.overrides.cancel(1, NOW))
    assert await store.read(lambda tx: tx.overrides.since(NOW - HOUR)) == []
