"""The driver's shorter way gives SQLAlchemy what the long one does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage.engine import database_url, writer_engine
from bot.storage.tables import flags, metadata, posts
from tests.storage.examples import NOW

ENGINES: tuple[Callable[[str], AsyncEngine], ...] = (
    lambda url: writer_engine(database_url(url)),
    create_async_engine,
)
FLAG = {"salt": "s", "unit": "user", "description": "", "owner": "", "hash_version": 1}


@pytest_asyncio.fixture(params=ENGINES, ids=["ours", "stock"])
async def engine(request: pytest.FixtureRequest, url: str) -> AsyncIterator[AsyncEngine]:
    """Return an engine over our connections, and one over aiosqlite's own to compare with."""
    made: AsyncEngine = request.param(url)
    yield made
    await made.dispose()


def everything(connection: Connection) -> list[object]:
    metadata.create_all(connection)
    many = connection.execute(insert(flags), [{"key": "a", **FLAG}, {"key": "b", **FLAG}])
    post = {"channel": "c", "message": "m", "at": NOW, "key": "k", "revision": 1}
    returned = connection.execute(text("INSERT INTO cards VALUES ('1', 'l', 'c', 'r') RETURNING reference"))
    found = connection.execute(select(flags.c.key, flags.c.owner).order_by(flags.c.key))
    changed = connection.execute(text("UPDATE flags SET owner = 'x'"))
    one_by_one = connection.execute(text("SELECT 1 UNION SELECT 2 UNION SELECT 3"))
    return [
        many.rowcount,
        returned.scalar_one(),
        list(found.keys()),
        found.all(),
        changed.rowcount,
        changed.returns_rows,
        one_by_one.fetchone(),
        one_by_one.fetchmany(1),
        one_by_one.all(),
        connection.execute(text("SELECT 1 WHERE 0")).first(),
        connection.execute(insert(posts).values(post)).inserted_primary_key,
    ]


async def test_results_are_the_same(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        assert await connection.run_sync(everything) == [
            2,
            "r",
            ["key", "owner"],
            [("a", ""), ("b", "")],
            2,
            False,
            (1,),
            [(2,)],
            [(3,)],
            None,
            (1,),
        ]


async def test_errors_are_the_same(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with engine.connect() as connection:
        await connection.execute(insert(flags).values(key="a", **FLAG))
        with pytest.raises(IntegrityError):
            await connection.execute(insert(flags).values(key="a", **FLAG))
        with pytest.raises(OperationalError, match="no such table"):
            await connection.execute(text("SELECT * FROM missing"))
        assert (await connection.execute(select(flags.c.key))).all() == [("a",)]


async def test_a_file_is_made_where_the_address_says(url: str, database: Path) -> None:
    engine = writer_engine(database_url(url))
    async with engine.begin() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        for pragma, value in (("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000), ("trusted_schema", 0)):
            assert (await connection.execute(text(f"PRAGMA {pragma}"))).scalar() == value
        assert (await connection.execute(text("PRAGMA database_list"))).one().file == str(database)
    await engine.dispose()
