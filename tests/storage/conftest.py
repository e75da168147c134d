"""A database of its own for each test, in a real file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.storage.store import SqlStore, open_store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return where the test's database is, or will be."""
    return tmp_path / "rollcall.db"


@pytest.fixture
def url(database: Path) -> str:
    """Return the address of the test's database."""
    return f"sqlite+aiosqlite:///{database}"


@pytest_asyncio.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    """Return the opened database."""
    opened = await open_store(url)
    yield opened
    await opened.close()
