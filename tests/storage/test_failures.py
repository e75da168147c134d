"""What a person is told when the database cannot be used."""

# ruff: noqa: ASYNC240  # Nothing else runs on the loop of a test that looks at a file.

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.domain.errors import Refused, Unavailable
from bot.ports import Transaction
from bot.storage import engine
from bot.storage.failures import FAILURES, translated
from bot.storage.store import SqlStore, open_store
from tests.storage.examples import CHECKOUT


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened") as failure:
        await open_store(f"sqlite+aiosqlite:///{tmp_path}")
    assert "must not be a folder" in failure.value.hints[0]


async def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened") as failure:
        await open_store(f"sqlite+aiosqlite:///{tmp_path}/missing/rollcall.db")
    assert "folder must exist" in failure.value.hints[0]


async def test_a_text_file_is_no_database(database: Path, url: str) -> None:
    database.write_text("This is a letter and no database. " * 100)
    with pytest.raises(Unavailable, match="not a database"):
        await open_store(url)
    assert database.read_text().startswith("This is a letter")


async def test_a_damaged_database_is_told(database: Path, url: str, store: SqlStore) -> None:
    await store.close()
    whole = database.read_bytes()
    database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(Unavailable, match="damaged"):
        await open_store(url)


async def test_a_page_that_is_damaged_is_told_by_whoever_comes_to_it(database: Path, url: str, store: SqlStore) -> None:
    def fill(tx: Transaction) -> None:
        for number in range(200):
            tx.flags.add(replace(CHECKOUT, key=f"flag-{number:03}", description=f"what {number:03} does " * 30))

    await store.write(fill)
    await store.close()
    whole = bytearray(database.read_bytes())
    page = whole.index(b"what 150 does") // 4096 * 4096
    whole[page : page + 100] = bytes(100)
    database.write_bytes(whole)
    damaged = await open_store(url)
    with pytest.raises(Unavailable, match="damaged"):
        await damaged.read(lambda tx: tx.flags.all())
    with pytest.raises(Unavailable, match="damaged"):
        await damaged.write(lambda tx: tx.flags.all())
    assert await damaged.read(lambda tx: tx.flags.get("flag-001")) is not None
    await damaged.close()


async def test_a_lock_that_is_not_released_is_told(database: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await open_store(url)).close()
    # Nobody waits ten seconds for a test.
    monkeypatch.setattr(engine, "PRAGMAS", ("PRAGMA busy_timeout = 1", *engine.PRAGMAS[1:]))
    store = await open_store(url)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="kept the database locked"):
            await store.write(lambda tx: tx.rollouts.next_id())
        assert await store.read(lambda tx: tx.rollouts.next_id()) == 1
    assert await store.write(lambda tx: tx.rollouts.next_id()) == 1
    await store.close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("nonsense", "cannot be read"),
        ("postgresql+asyncpg://localhost/rollcall", "cannot keep its state in postgresql"),
        ("sqlite+aiosqlite://", "in memory"),
        ("sqlite+aiosqlite:///:memory:", "in memory"),
    ],
)
async def test_an_address_of_no_use_is_refused_with_an_example(address: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refusal:
        await open_store(address)
    assert "sqlite+aiosqlite:///rollcall.db" in refusal.value.hints[0]


async def test_a_plain_sqlite_address_will_do(database: Path) -> None:
    await (await open_store(f"sqlite:///{database}")).close()
    assert database.is_file()


@pytest.mark.parametrize("code", FAILURES)
def test_each_kind_of_failure_has_a_sentence_and_an_advice(code: int) -> None:
    error = sqlite3.OperationalError("something")
    # The extended code says more in its upper bits.
    error.sqlite_errorcode = code | 0x300
    with pytest.raises(Unavailable) as failure, translated():
        raise OperationalError("SELECT 1", None, error)
    assert (failure.value.sentence, *failure.value.hints) == FAILURES[code]


@pytest.mark.parametrize("code", [None, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISUSE])
def test_a_mistake_of_ours_is_not_dressed_up(code: int | None) -> None:
    error = sqlite3.OperationalError("no such column: percnt")
    if code is not None:
        error.sqlite_errorcode = code
    with pytest.raises(OperationalError), translated():
        raise OperationalError("SELECT percnt", None, error)


def test_every_failure_that_sqlite_blames_on_the_outside_is_in_the_table() -> None:
    outside = {"PERM", "BUSY", "LOCKED", "READONLY", "IOERR", "CORRUPT", "FULL", "CANTOPEN", "NOTADB"}
    assert set(FAILURES) == {getattr(sqlite3, f"SQLITE_{name}") for name in outside}
