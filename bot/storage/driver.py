"""aiosqlite with one trip to its thread for each statement, where its own cursor makes four, or for a whole transaction.

Making the cursor, executing, fetching and closing are a trip each, and a trip costs more than most statements. All of
them are done in one here; what SQLAlchemy asks of a cursor afterwards is already at hand. Work that waits for nothing
but the database goes to the thread as a whole, and every statement of it is executed right there.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


async def in_one_trip(connection: AsyncConnection, work: Callable[[Connection], T]) -> T:
    """Do what `AsyncConnection.run_sync` does, in the thread of the database, so that `work` makes one trip in all.

    The event loop goes on meanwhile: `work` must not touch what belongs to it.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    if isinstance(driver, OneTripConnection):
        return await driver.drive(connection.run_sync(work))
    return await connection.run_sync(work)


class OneTripConnection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors hold the whole outcome of a statement."""

    def __init__(self, path: str, patience: float) -> None:
        # No isolation level: transactions begin when we say so, and not when the driver guesses.
        super().__init__(lambda: sqlite3.connect(path, timeout=patience, isolation_level=None), iter_chunk_size=64)
        # A store that nobody closed must not keep the process from ending.
        self._thread.daemon = True
        self._stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        """Let the thread end, and remember by what we are told that it did."""
        self._stopped = super().stop()
        return self._stopped

    async def _connect(self) -> Self:
        """Open the file. Where that fails the thread has a last word, which it must have said before the loop closes."""
        try:
            return await super()._connect()  # type: ignore[return-value]  # It is this very connection.
        except BaseException:
            if self._stopped is not None:
                await self._stopped
            raise

    def cursor(self) -> OneTripCursor:  # type: ignore[override]  # SQLAlchemy enters it, as it does with aiosqlite's.
        """Return a cursor; nothing is asked of the thread yet."""
        return OneTripCursor(self)

    async def drive(self, whole: Coroutine[Any, Any, T]) -> T:
        """Let a coroutine that waits for nothing but this connection run to its end in the thread.

        Whoever is cancelled meanwhile waits for that end all the same: nobody else may have the connection before.
        """
        ended: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((ended, partial(_driven, whole)))
        cancelled: asyncio.CancelledError | None = None
        while not ended.done():
            try:
                await asyncio.wait([ended])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled
        return ended.result()

    async def rollback(self) -> None:
        """Undo what was begun. SQLAlchemy asks for it at the end of everything, and mostly there is nothing to undo."""
        if self._conn.in_transaction:
            await super().rollback()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function in the thread: at once where we are in it already, and in its turn otherwise."""
        if threading.get_ident() == self._thread.ident:
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite has no types here.

    async def outcome(self, sql: str, parameters: Iterable[Any], *, many: bool = False) -> Outcome:
        """Execute a statement in the thread and return everything that came of it."""
        return await self._execute(_run, self._conn, sql, parameters, many)  # type: ignore[no-any-return]  # It returns what `_run` does.


class OneTripCursor:
    """What SQLAlchemy uses of an aiosqlite cursor, over the outcome of the last statement."""

    arraysize = 1

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Be ready, which it is from the beginning."""
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute a statement and keep its outcome."""
        return self._keep(await self._connection.outcome(sql, parameters))

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        """Execute a statement once for each set of parameters."""
        return self._keep(await self._connection.outcome(sql, parameters, many=True))

    async def fetchall(self) -> list[Any]:
        """Return the rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Do nothing: the real cursor was closed in the thread."""

    def _keep(self, outcome: Outcome) -> Self:
        self._rows, self.description, self.rowcount, self.lastrowid = outcome
        return self


Outcome = tuple[list[Any], Any, int, int | None]
"""The rows, the description of their columns, the count of changed rows, and the number of the last new row."""


def _driven(whole: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never has to wait, without an event loop."""
    try:
        whole.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # It is what the coroutine returned.
    whole.close()
    msg = "work in a transaction waited for something else than the database"
    raise RuntimeError(msg)


def _run(connection: sqlite3.Connection, sql: str, parameters: Any, many: bool) -> Outcome:
    cursor = connection.cursor()
    try:
        if many:
            cursor.executemany(sql, parameters)
        else:
            cursor.execute(sql, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return rows, cursor.description, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()
