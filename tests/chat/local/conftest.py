"""A database, a clock and a platform for the local chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.local.outbound import LocalPlatform
from bot.storage.store import SqlStore, open_store
from tests.fakes.clock import MovedClock


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path}/chat.db")
    yield store
    await store.close()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def posted() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def platform(store: SqlStore, clock: MovedClock, posted: asyncio.Event) -> LocalPlatform:
    return LocalPlatform(store, clock, posted)
