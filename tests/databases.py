"""Where databases of tests are, and how they begin: in memory, and with their schema."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from bot.storage.store import open_store
from tests.simulation.quick_store import QuickStore

SHARED_MEMORY = Path("/dev/shm")


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Make a folder for as long as it is needed; where a machine keeps none in memory it is on the disk.

    A database is as real there, and a commit costs no trip to a disk.
    """
    with tempfile.TemporaryDirectory(
        prefix="rollcall-", dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    ) as folder:
        yield Path(folder)


@pytest.fixture(name="tmp_path")
def folder_of_a_test() -> Iterator[Path]:
    """Return the test's folder: for the tests of a package whose `conftest.py` names this fixture, it is in memory."""
    with folder_in_memory() as folder:
        yield folder


def begin_with_a_schema(file: Path) -> None:
    """Make a database where there is none; how its schema comes about is what tests of the storage are about."""
    if not file.exists():
        file.write_bytes(_empty_database())


_FREE: list[QuickStore] = []


@contextmanager
def store_in_memory() -> Iterator[QuickStore]:
    """Lend a store with every table and no row: the statements are the real ones, and there is neither a file nor a thread.

    It is for long stories about something else than what is stored. What was prepared for one is at hand for the next.
    """
    store = _FREE.pop() if _FREE else QuickStore()
    with folder_in_memory() as folder:
        begin_with_a_schema(folder / "empty.db")
        store.fill(folder / "empty.db")
    try:
        yield store
    finally:
        _FREE.append(store)


@cache
def _empty_database() -> bytes:
    """Return the file that a database is after its migrations, which are run once in a process."""

    async def make(file: Path) -> None:
        store = await open_store(f"sqlite+aiosqlite:///{file}")
        await store.close()

    # In a thread, because its event loop cannot run within the one of a test.
    with folder_in_memory() as folder, ThreadPoolExecutor(1) as thread:
        file = folder / "empty.db"
        thread.submit(asyncio.run, make(file)).result()
        return file.read_bytes()
