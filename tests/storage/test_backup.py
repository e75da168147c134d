"""Copies of the database, taken from a running bot and put back."""

# ruff: noqa: ASYNC240  # Nothing else runs on the loop of a test that looks at a file.

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.errors import NotFound, Refused, Unavailable
from bot.ports import Transaction
from bot.storage.backup import backup, restore
from bot.storage.store import SqlStore, open_store
from tests.storage.examples import CHECKOUT, NOW


async def test_a_backup_of_a_running_bot_holds_everything(store: SqlStore, url: str, tmp_path: Path) -> None:
    await store.write(lambda tx: tx.flags.add(CHECKOUT))
    backup(url, tmp_path / "copy.db")
    copy = await open_store(f"sqlite+aiosqlite:///{tmp_path}/copy.db")
    assert await copy.read(lambda tx: tx.flags.get("checkout")) == CHECKOUT
    await copy.close()
    await store.write(lambda tx: tx.flags.retire("checkout", NOW))
    assert sorted(file.name for file in tmp_path.iterdir() if "unfinished" in file.name) == []


async def test_a_backup_overwrites_nothing(store: SqlStore, url: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(Refused, match="exists already"):
        backup(url, target)
    assert target.read_text() == "precious"


async def test_what_is_restored_is_what_was_backed_up_and_the_old_database_is_kept(
    store: SqlStore, url: str, database: Path, tmp_path: Path
) -> None:
    backup(url, tmp_path / "copy.db")
    await store.write(lambda tx: tx.flags.add(CHECKOUT))
    await store.close()
    kept = restore(url, tmp_path / "copy.db")
    assert kept == tmp_path / "rollcall.db.before-restore-1"
    for file, held in ((database, None), (kept, CHECKOUT)):
        opened = await open_store(f"sqlite+aiosqlite:///{file}")
        assert await opened.read(lambda tx: tx.flags.get("checkout")) == held
        await opened.close()
    assert (tmp_path / "copy.db").is_file()
    assert restore(url, tmp_path / "copy.db") == tmp_path / "rollcall.db.before-restore-2"


async def test_a_restore_where_nothing_was_keeps_nothing(store: SqlStore, url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    assert restore(f"sqlite+aiosqlite:///{tmp_path}/new.db", tmp_path / "copy.db") is None
    assert (tmp_path / "new.db").is_file()


async def test_nothing_is_restored_under_a_running_bot(store: SqlStore, url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    await store.write(lambda tx: tx.flags.add(CHECKOUT))
    with pytest.raises(Refused, match="still has the database open"):
        restore(url, tmp_path / "copy.db")
    assert await store.read(lambda tx: tx.flags.get("checkout")) == CHECKOUT
    assert sorted(file.name for file in tmp_path.iterdir() if "rest" in file.name) == []


async def test_a_damaged_database_can_be_replaced_and_is_kept(
    store: SqlStore, url: str, database: Path, tmp_path: Path
) -> None:
    backup(url, tmp_path / "copy.db")
    await store.close()
    database.write_text("The disk wrote nonsense over it. " * 200)
    Path(f"{database}-shm").write_text("and over what stands beside it")
    kept = restore(url, tmp_path / "copy.db")
    assert kept is not None
    assert kept.read_text().startswith("The disk wrote nonsense")
    assert Path(f"{kept}-shm").is_file()
    await (await open_store(url)).close()


def _bind_many(tx: Transaction) -> None:
    for number in range(500):
        tx.bindings.bind("local", f"channel {number}", "flag", "checkout")


async def test_a_damaged_backup_is_not_restored(store: SqlStore, url: str, database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    await store.write(_bind_many)
    backup(url, copy)
    await store.close()
    whole = copy.read_bytes()
    with closing(sqlite3.connect(copy)) as raw:
        (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'bindings'").fetchone()
    start = (page - 1) * 4096
    copy.write_bytes(whole[:start] + b"\xff" * 100 + whole[start + 100 :])
    before = database.read_bytes()
    with pytest.raises((Refused, Unavailable), match="damaged"):
        restore(url, copy)
    assert database.read_bytes() == before


async def test_a_backup_that_contradicts_itself_is_not_restored(store: SqlStore, url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    await store.write(lambda tx: tx.bindings.bind("local", "the-channel", "flag", "checkout"))
    backup(url, copy)
    await store.close()
    # It stands once in the table and once in the index.
    before, _, after = copy.read_bytes().rpartition(b"the-channel")
    copy.write_bytes(before + b"the-CHANNEL" + after)
    with pytest.raises(Refused, match="damaged"):
        restore(url, copy)


async def test_a_folder_is_not_replaced_by_a_database(store: SqlStore, url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unavailable, match="cannot be opened"):
        restore(f"sqlite+aiosqlite:///{tmp_path}/folder", tmp_path / "copy.db")
    assert (tmp_path / "folder").is_dir()


async def test_another_programs_database_is_not_restored(store: SqlStore, url: str, tmp_path: Path) -> None:
    await store.close()
    with closing(sqlite3.connect(tmp_path / "recipes.db")) as raw, raw:
        raw.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(Refused, match="not a database of Rollcall's"):
        restore(url, tmp_path / "recipes.db")


async def test_a_text_file_is_not_restored(store: SqlStore, url: str, tmp_path: Path) -> None:
    await store.close()
    (tmp_path / "letter.txt").write_text("This is a letter and no database. " * 100)
    with pytest.raises(Unavailable, match="not a database"):
        restore(url, tmp_path / "letter.txt")


def test_what_is_not_there_is_neither_backed_up_nor_restored(url: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        backup(url, tmp_path / "copy.db")
    with pytest.raises(NotFound):
        restore(url, tmp_path / "copy.db")


async def test_a_backup_into_a_missing_folder_is_told(store: SqlStore, url: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened"):
        backup(url, tmp_path / "missing" / "copy.db")
