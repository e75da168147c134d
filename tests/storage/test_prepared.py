"""Statements that are compiled once: what goes in and comes out is what the columns say, and mistakes are seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, bindparam, create_engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from bot.storage.prepared import Prepared, execute
from bot.storage.tables import flags, memory, metadata
from tests.storage.examples import NOW

VALUES = {
    "key": "checkout",
    "salt": "checkout",
    "unit": "user",
    "description": "",
    "owner": "",
    "created_at": NOW,
    "retired_at": None,
    "hash_version": 1,
}


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Return a connection to an empty database with all tables."""
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        metadata.create_all(opened)
        yield opened
    engine.dispose()


def test_what_goes_in_comes_out_as_its_column_says(connection: Connection) -> None:
    Prepared(insert(flags)).run(connection, VALUES)
    row = Prepared(select(flags)).run(connection).first()
    assert row._asdict() == VALUES
    assert row.created_at.utcoffset() == timedelta(0)


def test_it_finds_what_sqlalchemy_finds(connection: Connection) -> None:
    add = Prepared(insert(memory))
    for name in ("a", "b", "c"):
        add.run(connection, {"name": name, "value": name * 2})
    statement = (
        select(memory).where(memory.c.name > bindparam("after")).order_by(memory.c.name).limit(bindparam("most"))
    )
    prepared, values = Prepared(statement), {"after": "a", "most": 5}
    theirs = connection.execute(statement, values).all()
    assert [tuple(row) for row in prepared.run(connection, values)] == [tuple(row) for row in theirs]
    assert prepared.run(connection, values).scalars() == ["b", "c"]
    assert prepared.run(connection, {"after": "c", "most": 5}).first() is None
    assert prepared.run(connection, {"after": "c", "most": 5}).scalar() is None


def test_it_says_how_many_rows_it_changed(connection: Connection) -> None:
    Prepared(insert(memory)).run(connection, {"name": "a", "value": "1"})
    change = Prepared(update(memory).where(memory.c.name == bindparam("of")).values(value=bindparam("value")))
    assert change.run(connection, {"of": "a", "value": "2"}).rowcount == 1
    assert change.run(connection, {"of": "b", "value": "2"}).rowcount == 0
    assert Prepared(delete(memory)).run(connection).rowcount == 1


def test_another_name_than_the_statement_takes_is_a_mistake(connection: Connection) -> None:
    get = Prepared(select(memory).where(memory.c.name == bindparam("of")))
    for values in ({}, {"if": "a"}, {"of": "a", "more": "b"}):
        with pytest.raises(ValueError, match="takes"):
            get.run(connection, values)


def test_a_moment_without_a_zone_is_refused_as_by_sqlalchemy(connection: Connection) -> None:
    bad = {**VALUES, "created_at": NOW.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="no time zone"):
        Prepared(insert(flags)).run(connection, bad)
    with pytest.raises(StatementError, match="no time zone"):
        connection.execute(insert(flags), bad)


def test_a_list_whose_length_is_not_known_is_left_to_sqlalchemy(connection: Connection) -> None:
    among = Prepared(select(memory).where(memory.c.name.in_(bindparam("names", expanding=True))))
    with pytest.raises(TypeError, match="list"):
        among.run(connection, {"names": ["a"]})


def test_a_failure_is_sqlalchemys_and_tells_no_values(connection: Connection) -> None:
    add = Prepared(insert(memory))
    add.run(connection, {"name": "a", "value": "said in private"})
    with pytest.raises(IntegrityError) as failed:
        add.run(connection, {"name": "a", "value": "said in private"})
    assert "said in private" not in str(failed.value)
    with pytest.raises(OperationalError):
        execute(connection, "SELECT nothing FROM nowhere")


def test_a_row_that_cannot_be_read_is_a_failure_like_any_other_and_keeps_no_snapshot(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'rollcall.db'}", connect_args={"isolation_level": None})
    every = Prepared(select(memory).order_by(memory.c.name))
    with engine.connect() as reader, engine.connect() as writer:
        execute(writer, "PRAGMA journal_mode = WAL")
        metadata.create_all(writer)
        execute(writer, "INSERT INTO memory (name, value) VALUES ('a', 'fine'), ('b', CAST(x'ff' AS TEXT)), ('c', '')")
        execute(reader, "BEGIN")
        with pytest.raises(OperationalError) as failed:
            every.run(reader)
        execute(reader, "ROLLBACK")
        execute(writer, "UPDATE memory SET value = 'mended'")
        execute(reader, "BEGIN")
        # The failure is still held here, as it is by whoever hears of it elsewhere.
        assert every.run(reader).first().value == "mended"
        assert "decode" in str(failed.value)
    engine.dispose()
