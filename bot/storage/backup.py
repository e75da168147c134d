"""Copies of the database: taken while the bot runs, and put back while it does not."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.errors import NotFound, Refused, Unavailable
from bot.storage.engine import database_url
from bot.storage.failures import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPANIONS = ("-wal", "-shm")
_OURS = {"alembic_version", "audit", "rollouts", "flags"}
_BROKEN = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def backup(url: str, target: Path) -> None:
    """Copy the database as it is now into a new file; the bot may go on writing meanwhile.

    Raises NotFound without a database, Refused where the target exists or the database is not ours or damaged.
    """
    source = Path(str(database_url(url).database))
    _insist_on_file(source)
    if target.exists():
        raise Refused(f"{target} exists already, and a backup does not overwrite anything.", "Name a new file.")
    with _told():
        _copy(source, target)


def restore(url: str, source: Path) -> Path | None:
    """Put a backup in the place of the database; return where the old one was kept, None if there was none.

    Raises NotFound without a backup, Refused where it is no sound database of Rollcall's or the bot still runs.
    """
    target = Path(str(database_url(url).database))
    _insist_on_file(source)
    with _told():
        fresh = _free_name(target, "restoring")
        _copy(source, fresh)
        try:
            kept = _set_aside(target)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    return kept


def _copy(source: Path, target: Path) -> None:
    """Copy a sound database of ours into a new file, whole or not at all."""
    unfinished = _free_name(target, "unfinished")
    try:
        with _opened(source, "ro") as original, _opened(unfinished, "rwc") as copy:
            _insist_on_ours(original, source)
            original.backup(copy)
            # A backup is one file: the write-ahead log is for whoever works with it.
            copy.execute("PRAGMA journal_mode = DELETE")
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise Refused(f"{source} is damaged, so it was not copied.", "Take another backup.")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _set_aside(database: Path) -> Path | None:
    """Rename the database that is replaced, so that nothing is lost; a damaged one goes with its write-ahead log."""
    if not database.exists():
        return None
    try:
        with _opened(database, "rw") as old:
            # Leaving the write-ahead log folds it into the file, and works only when nobody else has the file open.
            old.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise Refused("A bot still has the database open.", "Stop it, then restore again.") from error
        if error.sqlite_errorcode & 0xFF not in _BROKEN:
            raise
    kept = _free_name(database, "before-restore")
    database.rename(kept)
    for companion in _COMPANIONS:
        left = Path(f"{database}{companion}")
        if left.exists():
            left.rename(f"{kept}{companion}")
    return kept


def _insist_on_file(path: Path) -> None:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Check the path.")


def _insist_on_ours(connection: sqlite3.Connection, path: Path) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _OURS:
        raise Refused(f"{path} is not a database of Rollcall's.", "Check the path.")


def _free_name(path: Path, purpose: str) -> Path:
    names = (path.with_name(f"{path.name}.{purpose}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)) as opened:
        yield opened


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        told = FAILURES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if told is None:
            raise
        raise Unavailable(*told) from error
    except OSError as error:
        raise Unavailable(f"{error.filename} could not be written: {error.strerror}.", "Check its folder.") from error
