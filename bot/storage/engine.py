"""Engines: how a connection is set up and how a transaction begins, the one place where databases differ.

The driver must not begin transactions by itself: a deferred BEGIN lets two writers read the same row and lose one of
their changes, so a writer says BEGIN IMMEDIATE. One process has one writer connection, because SQLite before 3.51.3 can
rarely corrupt a file when several connections checkpoint it at once.
"""

from __future__ import annotations

import sqlite3
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.errors import Refused
from bot.storage.prepared import execute
from bot.storage.threaded import ThreadedEngine

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

READERS = 4
STATEMENTS = 512
"""So many statements the driver keeps ready for each connection: all that are used often."""

PATIENCE = 10
"""How many seconds a connection waits for another process's writer."""

OPENED = "opened"
"""Under this name a writer's connection knows the how manieth of this process it is: no two have the same number."""

_ATTEMPTS = 5
_NUMBERS = count(1)
PRAGMAS = (
    f"PRAGMA busy_timeout = {PATIENCE * 1000}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
)


def database_url(text: str) -> URL:
    """Read a database's address. Raises Refused for what Rollcall cannot keep its state in."""
    example = "Set ROLLCALL_DATABASE_URL to a file, such as sqlite+aiosqlite:///rollcall.db."
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Refused("The database's address cannot be read.", example) from error
    if url.drivername in {"sqlite", "sqlite+pysqlite"}:
        url = url.set(drivername="sqlite+aiosqlite")
    if url.drivername != "sqlite+aiosqlite":
        raise Refused(f"Rollcall cannot keep its state in {url.drivername} yet.", example)
    if not url.database or ":memory:" in url.database or url.query.get("mode") == "memory":
        raise Refused("A database in memory would forget everything at the end.", example)
    return url


def writer_engine(url: URL) -> ThreadedEngine:
    """Return the engine of the only writer."""
    engine = _engine(url, 1)
    event.listen(engine, "connect", _set_up_writer)
    event.listen(engine, "begin", _begin_writing)
    return ThreadedEngine(engine, 1)


def reader_engine(url: URL) -> ThreadedEngine:
    """Return the engine of those who only read, each from a consistent snapshot."""
    engine = _engine(url, READERS)
    event.listen(engine, "connect", _set_up_reader)
    event.listen(engine, "begin", _begin_reading)
    return ThreadedEngine(engine, READERS)


def migration_engine(url: URL) -> AsyncEngine:
    """Return an engine for changing the schema: alone with the file, and with foreign keys off.

    Changing a table on SQLite means making it anew, and dropping the old one would delete the rows that refer to it.
    """
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(
        url, pool_size=1, max_overflow=0, connect_args={"timeout": PATIENCE, "isolation_level": None}
    )
    event.listen(engine.sync_engine, "connect", _set_up_migration)
    event.listen(engine.sync_engine, "begin", _begin_migrating)
    return engine


def _engine(url: URL, connections: int) -> Engine:
    # No isolation level: transactions begin when we say so. Any thread may close what another one opened.
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            str(url.database),
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
        )

    return create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=connections, max_overflow=0)


def _set_up_writer(connection: Any, record: Any) -> None:
    record.info[OPENED] = next(_NUMBERS)
    cursor = connection.cursor()
    write_ahead(cursor)
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _set_up_reader(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (*PRAGMAS, "PRAGMA query_only = ON"):
        cursor.execute(pragma)
    cursor.close()


def _set_up_migration(connection: Any, record: object) -> None:
    _set_up_writer(connection, record)
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()


def write_ahead(cursor: Any) -> None:
    """Switch the file to a write-ahead log, which it remembers.

    The switch does not wait for another process that is just doing the same; taking the write lock does.
    """
    for attempt in range(_ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if attempt == _ATTEMPTS - 1 or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("COMMIT")


def _begin_writing(connection: Connection) -> None:
    execute(connection, "BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    execute(connection, "BEGIN")


def _begin_migrating(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN EXCLUSIVE")
