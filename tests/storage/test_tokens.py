"""Tokens come back as they were stored, and end once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.token import Scope, Token
from bot.storage.store import SqlStore
from tests.storage.examples import HOUR, NOW

CI = Token("ci", "ab" * 32, (Scope.READ, Scope.WRITE), "production", NOW, "dana", NOW + HOUR)


async def test_a_token_comes_back_as_it_was(store: SqlStore) -> None:
    await store.write(lambda tx: tx.tokens.add(CI))
    assert await store.read(lambda tx: tx.tokens.get("ci")) == CI
    assert await store.read(lambda tx: tx.tokens.all()) == [CI]
    assert await store.read(lambda tx: tx.tokens.get("other")) is None


async def test_no_two_tokens_share_a_name_or_a_secret(store: SqlStore) -> None:
    await store.write(lambda tx: tx.tokens.add(CI))
    for twin in (replace(CI, digest="cd" * 32), replace(CI, name="other")):
        with pytest.raises(IntegrityError):
            await store.write(lambda tx, twin=twin: tx.tokens.add(twin))  # type: ignore[misc]  # Its own each time.


async def test_a_token_ends_once_and_its_uses_are_kept(store: SqlStore) -> None:
    await store.write(lambda tx: tx.tokens.add(CI))
    await store.write(lambda tx: tx.tokens.used("ci", NOW))
    assert await store.write(lambda tx: tx.tokens.revoke("ci", NOW))
    assert not await store.write(lambda tx: tx.tokens.revoke("ci", NOW + HOUR))
    assert await store.read(lambda tx: tx.tokens.get("ci")) == replace(CI, revoked_at=NOW, used_at=NOW)
