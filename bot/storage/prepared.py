"""SQLAlchemy's statements, compiled once and then handed to the driver itself.

SQLAlchemy takes three times as long to hand a statement over as SQLite takes for the statement, and a command asks for a
dozen of them. What a column's type says about values is kept to in both directions.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Delete, Insert, Select, Update
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

    Statement = Select[Any] | Insert | Update | Delete

Convert = "Callable[[Any], Any]"
"""What a type does to a value on its way in or out."""

NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """What a statement found, fetched already, and how many rows it changed."""

    rows: Sequence[Any]
    rowcount: int

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def all(self) -> Sequence[Any]:
        """Return the rows, each with its columns by name."""
        return self.rows

    def first(self) -> Any:
        """Return the first row, or None."""
        return self.rows[0] if self.rows else None

    def scalar(self) -> Any:
        """Return the first column of the first row, or None where there is none."""
        return self.rows[0][0] if self.rows else None

    def scalar_one(self) -> Any:
        """Return the only value of the only row; anything else is a mistake of ours."""
        (row,) = self.rows
        return row[0]

    def scalars(self) -> Sequence[Any]:
        """Return the first column of every row."""
        return [row[0] for row in self.rows]


class Prepared:
    """A statement that is compiled at its first use. An INSERT without values takes those that it is first run with."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._ready: _Ready | None = None

    def run(self, connection: Connection, values: Mapping[str, object] = NOTHING) -> Found:
        """Execute it with a value for each of its parameters. Raises SQLAlchemy's DBAPIError, ValueError for other names."""
        ready = self._ready
        if ready is None:
            ready = self._ready = _compiled(self._statement, connection, values)
        return ready.run(connection, values)


def execute(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Let the driver execute SQL as it stands; return its cursor. Raises SQLAlchemy's DBAPIError."""
    driver: Any = connection.connection.driver_connection
    try:
        return driver.execute(sql, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _failure(connection, sql, error) from error


def fetched(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> tuple[Sequence[Any], int]:
    """Let the driver execute SQL as it stands; return all rows, and how many it changed. Raises SQLAlchemy's DBAPIError."""
    cursor = execute(connection, sql, parameters)
    try:
        return cursor.fetchall(), cursor.rowcount
    except connection.dialect.loaded_dbapi.Error as error:
        # Every row but the first is looked for only now. A statement that is left in the middle keeps its snapshot open.
        cursor.close()
        raise _failure(connection, sql, error) from error


def _failure(connection: Connection, sql: str, error: Exception) -> BaseException:
    """Return a failure as SQLAlchemy's. The values stay out of it: they are people's words, and it may be logged."""
    return DBAPIError.instance(
        sql, None, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True, dialect=connection.dialect
    )


class _Ready:
    """A compiled statement."""

    def __init__(self, sql: str, parameters: Sequence[_Parameter], columns: Sequence[tuple[str, Any]]) -> None:
        self._sql = sql
        self._parameters = parameters
        self._names = frozenset(it.name for it in parameters if it.wanted)
        self._converted = [(number, convert) for number, (_, convert) in enumerate(columns) if convert is not None]
        self._make = _maker([name for name, _ in columns])

    def run(self, connection: Connection, values: Mapping[str, object]) -> Found:
        if values.keys() != self._names:
            msg = f"the statement takes {sorted(self._names)}, not {sorted(values)}"
            raise ValueError(msg)
        rows, changed = fetched(connection, self._sql, [it.of(values) for it in self._parameters])
        return Found(self._rows(rows), changed)

    def _rows(self, found: Sequence[Sequence[Any]]) -> Sequence[Any]:
        if not self._converted:
            return list(map(self._make, found))
        return [self._make(self._convert(row)) for row in found]

    def _convert(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for number, convert in self._converted:
            values[number] = convert(values[number])
        return values


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter in its place: `wanted` from whoever runs the statement, or a `value` that stands in the statement."""

    name: str
    wanted: bool
    value: Any
    convert: Any

    def of(self, values: Mapping[str, object]) -> Any:
        value = values[self.name] if self.wanted else self.value
        return value if self.convert is None else self.convert(value)


def _maker(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """Return what makes a row whose columns have these names."""
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024  # The names are known now only.
    made: Callable[[Sequence[Any]], Any] = row._make
    return made


def _compiled(statement: Statement, connection: Connection, values: Collection[str]) -> _Ready:
    dialect = connection.dialect
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(values))
    if any(it.expanding or it.literal_execute for it in compiled.binds.values()):
        msg = "what a list holds is not known before the statement runs: let SQLAlchemy execute this one"
        raise TypeError(msg)
    return _Ready(
        compiled.string,
        [_parameter(compiled, name) for name in compiled.positiontup],
        [(str(it.key), _out(it.type, connection)) for it in statement.exported_columns],
    )


def _parameter(compiled: SQLCompiler, name: str) -> _Parameter:
    bind = compiled.binds[name]
    wanted = bool(bind.required)
    convert = bind.type.dialect_impl(compiled.dialect).bind_processor(compiled.dialect)
    return _Parameter(name, wanted, None if wanted else bind.effective_value, convert)


def _out(kind: TypeEngine[Any], connection: Connection) -> Any:
    return kind.dialect_impl(connection.dialect).result_processor(connection.dialect, None)
