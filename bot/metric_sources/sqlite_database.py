"""A SQLite file that is only read: opened so, told so, and every act but reading refused while the query is compiled."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.domain.errors import Refused
from bot.metric_sources.sql_database import cannot_run, failed, would_write

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import URL

    from bot.domain.errors import RollcallError
    from bot.metric_sources.redaction import Redaction

MOST_BYTES = 1_000_000
"""Of one text or blob."""

_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_STEPS = 1000
"""After so many steps of its virtual machine SQLite asks whether to go on; that is a fraction of a millisecond."""

_TRY_AGAIN = "Try again later; if it goes on, find out who else has the file open."
_FAILURES: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "Check the path, and that the bot's user may read it and its folder.",
    ),
    sqlite3.SQLITE_PERM: ("may not be read", "Give the bot's user the right to read it."),
    sqlite3.SQLITE_BUSY: ("is locked by somebody else", _TRY_AGAIN),
    sqlite3.SQLITE_LOCKED: ("is locked by somebody else", _TRY_AGAIN),
    sqlite3.SQLITE_IOERR: ("could not be read from its disk", "Check the disk."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from a backup."),
    sqlite3.SQLITE_NOTADB: ("is not a SQLite database", "Check the path."),
    sqlite3.SQLITE_NOMEM: ("needs more memory for the query than there is", "Make the query smaller."),
    sqlite3.SQLITE_TOOBIG: ("answered with more than 1 MB", "Ask for less."),
}
"""By SQLite's primary result codes (https://www.sqlite.org/rescode.html)."""


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """A file, read in a thread of its own."""

    url: URL
    shown: str
    redaction: Redaction

    def __post_init__(self) -> None:
        if not self.url.database or ":memory:" in self.url.database or self.url.query:
            raise Refused(
                "A SQLite metric reads a file, and its address ends with the file's path.",
                "Such as sqlite:////srv/shop.db.",
            )

    async def first_row(self, statement: str, limit: timedelta) -> tuple[object, ...] | None:
        """Read in a thread, which stops soon after its time is up or nobody waits for it any more."""
        stop = threading.Event()
        try:
            outcome = await asyncio.to_thread(self._read, statement, limit.total_seconds(), stop)
        finally:
            stop.set()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _read(self, statement: str, seconds: float, stop: threading.Event) -> tuple[object, ...] | Exception | None:
        """Return the first row, or what to raise: raised here, it would carry the database's own words with it."""
        deadline = time.monotonic() + seconds
        try:
            with closing(self._open(seconds)) as connection:
                connection.set_progress_handler(lambda: stop.is_set() or time.monotonic() > deadline, _STEPS)
                row: tuple[object, ...] | None = connection.execute(statement).fetchone()
                return row
        except (sqlite3.Error, sqlite3.Warning) as error:
            return self._failure(error)

    def _open(self, seconds: float) -> sqlite3.Connection:
        # As an address, in which a path's own `?`, `#` and `%` are spelled out.
        path = quote(str(Path(str(self.url.database)).absolute()))
        connection = sqlite3.connect(
            f"file:{path}?mode=ro", uri=True, timeout=seconds, isolation_level=None, cached_statements=0
        )
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        connection.set_authorizer(_only_reading)
        return connection

    def _failure(self, error: sqlite3.Error | sqlite3.Warning) -> RollcallError | TimeoutError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            return TimeoutError()
        if code in {sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY}:
            return would_write()
        if code in _FAILURES:
            return failed(self.shown, *_FAILURES[code])
        return cannot_run(self.shown, self.redaction.shown(str(error)).rstrip("."))


def _only_reading(action: int, *_details: object) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY
