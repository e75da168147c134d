"""Making the schema, finding it made, and leaving alone what is not ours."""

# ruff: noqa: ASYNC221, ASYNC240  # Nothing else runs on the loop of a test that looks at a file.

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateIndex

from bot.domain.errors import Refused
from bot.domain.rollout import Judging
from bot.storage import schema
from bot.storage.engine import database_url, migration_engine
from bot.storage.schema import MIGRATIONS, NEWEST, alembic_config
from bot.storage.store import open_store
from bot.storage.tables import metadata
from tests.storage.examples import CHECKOUT, FULL_ROLLOUT

OPENING_PROCESS = """
import asyncio, sys
from bot.storage.store import open_store

async def main():
    store = await open_store(sys.argv[1])
    await store.close()
    print("alembic" in sys.modules)

asyncio.run(main())
"""


async def inside(url: str, look: Callable[[Connection], Any]) -> Any:
    engine = migration_engine(database_url(url))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


async def open_and_close(url: str) -> None:
    await (await open_store(url)).close()


def test_the_newest_revision_is_the_one_that_the_migrations_end_with() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == NEWEST


async def test_the_migrations_make_exactly_the_tables(url: str) -> None:
    await open_and_close(url)
    await inside(url, lambda connection: command.check(alembic_config(connection)))


async def test_the_indexes_have_the_conditions_that_the_queries_repeat(url: str, database: Path) -> None:
    await open_and_close(url)
    with closing(sqlite3.connect(database)) as raw:
        made = dict(raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'"))
    assert made == {
        index.name: str(CreateIndex(index).compile(dialect=sqlite.dialect()))
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }


async def test_opening_again_changes_nothing(url: str) -> None:
    store = await open_store(url)
    await store.write(lambda tx: tx.flags.add(CHECKOUT))
    await store.close()
    store = await open_store(url)
    assert await store.read(lambda tx: tx.flags.get("checkout")) == CHECKOUT
    await store.close()


async def test_a_database_that_is_up_to_date_is_opened_without_loading_alembic(url: str) -> None:
    outputs = [
        subprocess.run([sys.executable, "-c", OPENING_PROCESS, url], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    assert [output.strip() for output in outputs] == ["True", "False"]


async def test_what_was_stored_before_rollouts_were_judged_is_judged_from_now_on(url: str, database: Path) -> None:
    await inside(url, lambda connection: command.upgrade(alembic_config(connection), "0001"))
    with closing(sqlite3.connect(database)) as raw, raw:
        columns = [row[1] for row in raw.execute("PRAGMA table_info(rollouts)")]
        assert not {"approvals", "judging", "measure_at"} & set(columns)
    source = await open_store(f"{url}.new")
    await source.write(lambda tx: tx.rollouts.add(FULL_ROLLOUT, None))
    await source.close()
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("ATTACH DATABASE ? AS new", (f"{database}.new",))
        raw.execute("INSERT INTO plans SELECT * FROM new.plans")
        raw.execute(f"INSERT INTO rollouts ({', '.join(columns)}) SELECT {', '.join(columns)} FROM new.rollouts")
    store = await open_store(url)
    found = await store.read(lambda tx: tx.rollouts.get(FULL_ROLLOUT.id))
    await store.close()
    with closing(sqlite3.connect(database)) as raw:
        shown = raw.execute("SELECT platform, channel, rollout FROM rollout_channels ORDER BY 1").fetchall()
    assert shown == [("local", "releases", 7), ("slack", "releases", 7)]
    assert found is not None
    assert found.plan == FULL_ROLLOUT.plan
    assert (found.approvals, found.judging, found.measure_at) == ((), Judging(), None)


async def test_processes_that_start_at_once_make_the_schema_once(url: str, database: Path) -> None:
    starting = [await asyncio.create_subprocess_exec(sys.executable, "-c", OPENING_PROCESS, url) for _ in range(4)]
    assert [await process.wait() for process in starting] == [0] * 4
    with closing(sqlite3.connect(database)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]


async def test_stores_that_open_at_once_make_the_schema_once(url: str) -> None:
    stores = await asyncio.gather(*(open_store(url) for _ in range(4)))
    await stores[0].write(lambda tx: tx.flags.add(CHECKOUT))
    for store in stores:
        assert await store.read(lambda tx: tx.flags.get("checkout")) == CHECKOUT
        await store.close()


async def test_a_migration_that_fails_leaves_nothing_behind(url: str, database: Path) -> None:
    def fail_at_the_end(connection: Connection) -> None:
        command.upgrade(alembic_config(connection), "head")
        raise OSError("the power went off")

    with pytest.raises(OSError, match="power"):
        await inside(url, fail_at_the_end)
    with closing(sqlite3.connect(database)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == []
    await open_and_close(url)


async def test_a_database_of_a_newer_version_is_refused(url: str, database: Path) -> None:
    await open_and_close(url)
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Refused, match=r"newer version of Rollcall.*9999") as refusal:
        await open_store(url)
    assert "Install the newer version" in refusal.value.hints[0]


async def test_a_database_of_another_program_is_left_as_it_is(url: str, database: Path) -> None:
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("CREATE TABLE recipes (name TEXT)")
    before = database.read_bytes()
    with pytest.raises(Refused, match="another program"):
        await open_store(url)
    assert database.read_bytes() == before


async def test_a_migration_that_would_leave_rows_without_what_they_refer_to_is_undone(
    url: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_and_close(url)
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("INSERT INTO requests VALUES ('request-1', 99, '')")
    # As if there were one more migration to run.
    monkeypatch.setattr(schema, "NEWEST", "9999")
    with pytest.raises(RuntimeError, match="a row of requests refers to a row of audit that is not there"):
        await open_store(url)


async def test_a_schema_that_somebody_has_bent_is_no_new_database(url: str, database: Path) -> None:
    await open_and_close(url)
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("ALTER TABLE alembic_version RENAME COLUMN version_num TO bent")
    with pytest.raises(OperationalError, match="no such column"):
        await open_store(url)


async def test_there_is_no_way_back_but_a_backup(url: str) -> None:
    await open_and_close(url)
    with pytest.raises(NotImplementedError):
        await inside(url, lambda connection: command.downgrade(alembic_config(connection), "base"))
