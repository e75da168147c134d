"""A PostgreSQL database that is only read: the session is told so before its first statement, and so is the transaction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-untyped]  # It comes without types.

from bot.domain.errors import Refused, RollcallError
from bot.metric_sources.sql_database import cannot_run, failed, would_write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from sqlalchemy import URL

    from bot.metric_sources.redaction import Redaction

_OPTIONS = frozenset({"host", "ssl", "sslmode"})
_CLOSING = 1.0
"""How many seconds a connection gets to say goodbye."""

_NOT_READING = frozenset({"25001", "25006"})
"""A statement would write, or would make the transaction one that may."""

_STOPPED = "57014"
_CLASSES: dict[str, tuple[str, str]] = {
    "28": ("does not let the metric's user in", "Check the user and the password of the database's address."),
    "3D": ("does not exist on its server", "Check the name at the end of the database's address."),
    "53": ("has no room for another question at the moment", "Try again later, or raise its limit of connections."),
    "55": ("is locked by somebody else", "Try again later."),
    "57": ("is starting or stopping", "Try again later."),
}
"""By the first two letters of PostgreSQL's codes (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_NOT_UNDERSTOOD = frozenset({"0A", "22", "42"})
"""Features, values and statements that are wrong in themselves."""


@dataclass(frozen=True, slots=True)
class PostgresqlDatabase:
    """A database of a PostgreSQL server; each question has a connection of its own."""

    url: URL
    shown: str
    redaction: Redaction

    def __post_init__(self) -> None:
        unknown = sorted(set(self.url.query) - _OPTIONS)
        if unknown:
            raise Refused(
                f"The database's address has options that are not known here: {', '.join(unknown)[:100]}.",
                f"Known are {', '.join(sorted(_OPTIONS))}.",
            )

    async def first_row(self, statement: str, limit: timedelta) -> Sequence[object] | None:
        """Read in a transaction that the server itself stops when its time is up."""
        failure: RollcallError | None = None
        try:
            return await self._read(statement, limit)
        except asyncpg.DivisionByZeroError:
            # Other sources, and SQLite, have no value for it; PostgreSQL stops.
            return (math.nan,)
        except asyncpg.PostgresError as error:
            failure = self._failure(error.sqlstate or "", str(error))
        except (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            failure = failed(self.shown, "cannot be reached", "Check the address, and that the server runs.")
        if failure is None:
            raise TimeoutError
        raise failure

    async def _read(self, statement: str, limit: timedelta) -> Sequence[object] | None:
        connection = await self._connect(limit)
        try:
            async with connection.transaction(readonly=True):
                # Through a cursor, so that no more than one row is sent; a prepared statement is always a single one.
                cursor = await connection.cursor(statement)
                row: Sequence[object] | None = await cursor.fetchrow()
            await connection.close(timeout=_CLOSING)
            return row
        finally:
            # Does nothing where it is closed, and does not wait where it is not.
            connection.terminate()

    async def _connect(self, limit: timedelta) -> Any:
        url, options = self.url, self.url.query
        milliseconds = str(max(1, round(limit.total_seconds() * 1000)))
        return await asyncpg.connect(
            host=url.host or options.get("host"),
            port=url.port,
            user=url.username,
            password=url.password,
            database=url.database,
            ssl=options.get("ssl", options.get("sslmode")),
            timeout=limit.total_seconds(),
            statement_cache_size=0,
            server_settings={
                "application_name": "rollcall metrics",
                "default_transaction_read_only": "on",
                "statement_timeout": milliseconds,
                "lock_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
            },
        )

    def _failure(self, code: str, said: str) -> RollcallError | None:
        """Return what a failure of the server means; None where the time was up."""
        if code == _STOPPED:
            return None
        if code in _NOT_READING:
            return would_write()
        if code[:2] in _NOT_UNDERSTOOD:
            return cannot_run(self.shown, self.redaction.shown(said).rstrip("."))
        what, hint = _CLASSES.get(code[:2], ("could not answer", "Look into the database's own log."))
        return failed(self.shown, what, hint)
