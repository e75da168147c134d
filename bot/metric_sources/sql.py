"""Figures from a database: one SELECT on a connection that can only read, opened for it and closed after it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.errors import Refused, Unavailable
from bot.domain.metric import Secret, SqlQuery
from bot.domain.quotation import quoted
from bot.metric_sources.numbers import NotANumber, answer_of, number_of
from bot.metric_sources.patience import time_limit
from bot.metric_sources.redaction import Redaction
from bot.metric_sources.sql_statement import check_statement
from bot.metric_sources.sqlite_database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL

    from bot.domain.metric import Answer, Metric
    from bot.metric_sources.sql_database import SqlDatabase

EXAMPLE = "Write it as a SQLAlchemy URL, such as postgresql://reader@db/shop or sqlite:////srv/shop.db."


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a database is. `shown` is what people may see of it."""

    url: URL
    shown: str
    redaction: Redaction


class Sql:
    """Asks SQLite and PostgreSQL."""

    def check(self, metric: Metric) -> None:
        """Raise Refused for what can be known to be wrong without asking."""
        query = _query_of(metric)
        check_statement(query.query)
        _database(_place(query))

    async def ask(self, metric: Metric) -> Answer:
        """Return the first column of the query's first row; the second column, if there is one, counts the samples."""
        query = _query_of(metric)
        check_statement(query.query)
        database = _database(_place(query))
        late = False
        row: Sequence[object] | None = None
        try:
            async with asyncio.timeout(metric.timeout.total_seconds()):
                row = await database.first_row(query.query, metric.timeout)
        except TimeoutError:
            late = True
        if late:
            raise Unavailable(
                f"{database.shown} did not answer within {time_limit(metric.timeout)}.",
                "Make the query quicker, give the metric a longer time limit, or look at what the database is doing.",
            )
        return _answer(row, database.shown)

    async def aclose(self) -> None:
        """Close nothing: a connection does not outlive its question."""


def _query_of(metric: Metric) -> SqlQuery:
    if not isinstance(metric.query, SqlQuery):
        raise Refused(f"The metric {metric.name} is not read from a database.", "Check its source in the team file.")
    return metric.query


def _place(query: SqlQuery) -> _Place:
    """Read a database's address. Raises Refused, with a sentence that shows nothing of it."""
    text = query.url.value if isinstance(query.url, Secret) else query.url
    name = str(query.url) if isinstance(query.url, Secret) else ""
    url = _url(text)
    if url is None:
        raise Refused(f"The database's address{f' in {name}' if name else ''} cannot be read.", EXAMPLE)
    secrets = [url.password or "", *(value for value in url.query.values() if isinstance(value, str))]
    host = f"{url.host or ''}{f':{url.port}' if url.port else ''}/" if url.host else ""
    shown = name or f"{url.get_backend_name()}://{host or '/'}{url.database or ''}"
    return _Place(url, f"The database {shown}", Redaction(secrets))


def _url(text: str) -> URL | None:
    """Read an address; the error would show all of it, with its password, so it goes no further."""
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        return None


def _database(place: _Place) -> SqlDatabase:
    """Return the database at an address. Raises Refused for a kind that is not read here."""
    match place.url.drivername:
        case "sqlite" | "sqlite+aiosqlite" | "sqlite+pysqlite":
            return SqliteDatabase(place.url, place.shown, place.redaction)
        case "postgresql" | "postgresql+asyncpg" | "postgres":
            return _postgresql(place)
        case kind:
            raise Refused(f"Metrics are not read from databases of the kind {quoted(kind)}.", EXAMPLE)


def _postgresql(place: _Place) -> SqlDatabase:
    try:
        from bot.metric_sources.postgresql_database import PostgresqlDatabase
    except ModuleNotFoundError:
        pass
    else:
        return PostgresqlDatabase(place.url, place.shown, place.redaction)
    raise Refused(
        "PostgreSQL's driver is not installed.", "Install Rollcall with it: pip install 'rollcall[postgres]'."
    )


def _answer(row: Sequence[object] | None, shown: str) -> Answer:
    """Read the first two columns. Raises Unavailable where one of them is no number."""
    if not row:
        return answer_of(None, empty="The query finds no row.")
    problem = ""
    try:
        samples = number_of(row[1]) if len(row) > 1 else None
        return answer_of(number_of(row[0]), samples, empty="The query finds nothing: its first column is NULL.")
    except NotANumber as error:
        problem = str(error)
    raise Unavailable(
        f"{shown} answered with {problem}, where a number is wanted.",
        "Turn the query's first two columns into numbers.",
    )
