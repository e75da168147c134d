"""How many histories are lived: some with every run, many more or a single one where an option asks for it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.store import open_store
from tests.simulation.living import Lives

MEMORY = Path("/dev/shm")  # Where there is one, a database is as real there and no disk is worn.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; they are known where this folder is named on the command line."""
    group = parser.getgroup("simulation")
    group.addoption("--seed", type=int, default=None, help="live the random history of this seed alone")
    group.addoption("--histories", type=int, default=None, help="live so many random histories")
    group.addoption("--first-seed", type=int, default=0, help="begin with this seed")


@pytest.fixture(scope="session")
def lives() -> Iterator[Lives]:
    """Return where histories are lived."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        template = Path(folder) / "template.db"
        asyncio.run(_make(template))
        yield Lives(template, Path(folder))


async def _make(template: Path) -> None:
    store = await open_store(f"sqlite+aiosqlite:///{template}")
    await store.close()
