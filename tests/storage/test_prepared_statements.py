"""Every statement that is prepared says and finds what SQLAlchemy would have it say and find, whatever the values."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Insert,
    Integer,
    LargeBinary,
    StaticPool,
    create_engine,
    event,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, StatementError

from bot import storage
from bot.storage.columns import Moment, moment_text
from bot.storage.prepared import Prepared
from bot.storage.tables import metadata

LARGEST = 2**63 - 1
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def statements() -> dict[str, Prepared]:
    """Return every prepared statement of the storage by its name."""
    modules = [importlib.import_module(f"bot.storage.{it.name}") for it in pkgutil.iter_modules(storage.__path__)]
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Prepared)
    }


ALL = statements()
_AGAIN: dict[str, Prepared] = {}
"""What was prepared once, and is run with other values."""


def _in_zone(moment: datetime, zone: timezone | None) -> datetime:
    return moment.replace(tzinfo=zone)


def values_of(kind: object) -> st.SearchStrategy[object]:
    """Draw what a column of a type is asked to hold: what is there already, anything else, and what it cannot hold."""
    match kind:
        case Moment():
            zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), None])
            earliest, latest = datetime(1970, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001  # The zone is drawn apart.
            return st.sampled_from([NOON, NOON, None]) | st.builds(_in_zone, st.datetimes(earliest, latest), zones)
        case Boolean():
            return st.sampled_from([True, False, None, 0, 1, 2, "yes"])
        case Integer():
            return st.sampled_from([1, 1, 2, 0, -1, None, LARGEST, LARGEST + 1, -LARGEST - 2, True, 1.5, "2"])
        case Float():
            return st.floats(allow_nan=False) | st.sampled_from([None, 1, LARGEST])
        case LargeBinary():
            return st.sampled_from([b"", b"\0\xff", None])
        case _:
            texts = st.sampled_from(["a", "a", "b", "running", "", "%", "\0", "\ud800", "[]", None, 7, b"a"])
            return texts | st.text(max_size=5)


def held(kind: object, number: int) -> object:
    """Return what a row that is there already holds, as it is stored."""
    match kind:
        case Moment():
            return moment_text(NOON)
        case Boolean() | Integer() | Float():
            return number
        case _:
            return "ab"[number - 1]


@cache
def wanted(name: str) -> dict[str, object]:
    """Return what a statement takes, each with its type; an INSERT without values takes every column."""
    statement: Any = ALL[name]._statement
    names = [it.name for it in statement.table.columns] if isinstance(statement, Insert) else []
    if isinstance(statement, Insert) and statement.select is not None:
        names = []
    compiled = statement.compile(dialect=sqlite.dialect(), column_keys=names)
    return {it: bind.type for it, bind in compiled.binds.items() if bind.required}


def manual(connection: Any, _record: object) -> None:
    """Let nothing but the statements themselves decide what is done."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = OFF")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return a database with two rows in each table."""
    made = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(made, "connect", manual)
    with made.connect() as connection:
        metadata.create_all(connection)
        driver: Any = connection.connection.driver_connection
        for table in metadata.sorted_tables:
            for number in (1, 2):
                row = [held(column.type, number) for column in table.columns]
                # Some tables want more than two rows alike to be no two.
                driver.execute(f"INSERT OR IGNORE INTO {table.name} VALUES ({', '.join('?' * len(row))})", row)
    yield made
    made.dispose()


def came_of(connection: Connection, work: Callable[[], object], table: str) -> tuple[object, ...]:
    """Do something and undo it: what the driver was told, what came of it, and what the table held then."""
    driver: Any = connection.connection.driver_connection
    said: list[str] = []
    driver.execute("BEGIN")
    driver.set_trace_callback(said.append)
    try:
        result = work()
    except Exception as error:  # noqa: BLE001  # A failure is to be the same one.
        # Whoever began the transaction undoes it then; SQLAlchemy does so by itself for some mistakes.
        said, table, result = [], "", failure(error)
    driver.set_trace_callback(None)
    left = driver.execute(f"SELECT * FROM {table}").fetchall() if table else []
    if driver.in_transaction:
        driver.execute("ROLLBACK")
    connection.rollback()
    return said, result, left


def failure(error: Exception) -> object:
    """Return what a failure is, without SQLAlchemy's words around a mistake in a value."""
    if isinstance(error, StatementError) and not isinstance(error, DBAPIError):
        error = error.orig if isinstance(error.orig, Exception) else error
    return type(error), str(error.orig) if isinstance(error, DBAPIError) else str(error)


def shown(rows: Any, statement: Any) -> list[object]:
    """Return rows as what can be compared: each name with its value and the value's type."""
    # What has no name in the statement is asked for by its place.
    named = [it.name if isinstance(it, Column) else None for it in statement.exported_columns]
    return [
        [(name, value, type(value)) for name, value in zip(named, row, strict=True)]
        + [getattr(row, name) for name in named if name is not None]
        for row in rows
    ]


def test_the_statements_are_found() -> None:
    assert len(ALL) > 60


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=15)
@given(data=st.data())
def test_a_prepared_statement_does_what_sqlalchemy_does(engine: Engine, name: str, data: st.DataObject) -> None:
    statement: Any = ALL[name]._statement
    table = statement.table.name if statement.is_dml else ""
    with engine.connect() as connection:
        values = {it: data.draw(values_of(kind)) for it, kind in wanted(name).items()}
        prepared = _AGAIN.setdefault(name, Prepared(statement))

        def ours() -> object:
            found = prepared.run(connection, values)
            return shown(found, statement), found.rowcount if not found.rows else None

        def theirs() -> object:
            found = connection.execute(statement, values)
            rows = shown(found, statement) if found.returns_rows else []
            # SQLAlchemy counts before what is returned was fetched, which is too early.
            return rows, found.rowcount if not rows else None

        assert came_of(connection, ours, table) == came_of(connection, theirs, table)
