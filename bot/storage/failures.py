"""What a person is told when the database itself fails: one sentence and one advice for each kind of failure."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from bot.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILURES: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_PERM: (
        "The database's file may not be opened.",
        "Give the bot's user the right to read and write it and its folder.",
    ),
    sqlite3.SQLITE_BUSY: (
        "Another process kept the database locked for too long; nothing was changed.",
        "Try again; if it goes on, find out who else has the file open.",
    ),
    sqlite3.SQLITE_LOCKED: (
        "Another connection kept the database locked; nothing was changed.",
        "Try again; if it goes on, find out who else has the file open.",
    ),
    sqlite3.SQLITE_READONLY: (
        "The database's file cannot be written; nothing was changed.",
        "Give the bot's user the right to write the file and its folder, and check that the disk is not read-only.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk failed while the database was read or written.",
        "Check the disk, then restore the latest backup with `rollcall db restore FILE` if needed.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "The database is damaged.",
        "Stop the bot and restore the latest backup with `rollcall db restore FILE`.",
    ),
    sqlite3.SQLITE_FULL: (
        "The disk is full; nothing was changed.",
        "Free some space where the database is, then try again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The database's file cannot be opened.",
        "Check ROLLCALL_DATABASE_URL: its folder must exist, and the path must not be a folder itself.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "The file is not a database.",
        "Check ROLLCALL_DATABASE_URL, or restore a backup with `rollcall db restore FILE`.",
    ),
}
"""By SQLite's primary result codes (https://www.sqlite.org/rescode.html); every other code means a mistake of ours."""


def failure_of(error: DBAPIError) -> Unavailable | None:
    """Return what a person is told, or None where the mistake is ours and must be seen as it is."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return None
    told = FAILURES.get(code & 0xFF)
    return None if told is None else Unavailable(*told)


class WroteWhileReading(RuntimeError):
    """Work that was given to `Store.read` tried to write: a mistake of ours."""


@contextmanager
def translated(*, reading: bool = False) -> Iterator[None]:
    """Turn a failure of the database into Unavailable; `reading` says that an attempt to write is a mistake."""
    try:
        yield
    except DBAPIError as error:
        if reading and getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY:
            raise WroteWhileReading("what is given to Store.read must not write; give it to Store.write") from error
        failure = failure_of(error)
        if failure is None:
            raise
        raise failure from error
