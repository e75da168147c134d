"""An engine whose connections are used in threads of its own: a whole transaction at a time, while the event loop goes on.

SQLAlchemy's asyncio layer changes threads for each statement, and that costs more than most statements do.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

T = TypeVar("T")


class ThreadedEngine:
    """Does work on connections of an engine, in as many threads as it has connections; each waits for its turn.

    A thread keeps its connection as long as all goes well: taking one from the pool and giving it back costs as much as
    several statements. After a failure it goes back, because the pool undoes whatever a failure left open.
    """

    def __init__(self, engine: Engine, connections: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="storage")
        self._mine = threading.local()
        self._held: set[Connection] = set()

    def start(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Let `work` have a connection to itself; it must not touch what belongs to the event loop.

        What was started goes on to its end. A failure that nobody waits for is reported to nobody.
        """
        ended = asyncio.get_running_loop().run_in_executor(self._threads, self._on_connection, work)
        ended.add_done_callback(_heard)
        return ended

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Start `work` and return what it returns.

        Whoever is cancelled meanwhile waits for its end all the same: nothing is left half-done behind anybody's back.
        """
        ended = self.start(work)
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            while not ended.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([ended])
            raise

    async def dispose(self) -> None:
        """Let the threads end and close every connection; the last one to be closed writes the log back to the file."""
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._threads.shutdown()
        for connection in self._held:
            connection.close()
        self._engine.dispose()

    def _on_connection(self, work: Callable[[Connection], T]) -> T:
        connection = self._connection()
        try:
            result = work(connection)
        except StopIteration as error:
            self._give_back(connection)
            # No future can carry this one, and in a coroutine it is a mistake anyway.
            msg = "work raised StopIteration"
            raise RuntimeError(msg) from error
        except BaseException:
            self._give_back(connection)
            raise
        if connection.in_transaction():
            self._give_back(connection)
        return result

    def _connection(self) -> Connection:
        held: Connection | None = getattr(self._mine, "connection", None)
        if held is None:
            held = self._mine.connection = self._engine.connect()
            self._held.add(held)
        return held

    def _give_back(self, connection: Connection) -> None:
        self._mine.connection = None
        self._held.discard(connection)
        connection.close()


def _heard(ended: asyncio.Future[Any]) -> None:
    """Ask for a failure, so that asyncio does not report it as one that nobody heard of."""
    if not ended.cancelled():
        ended.exception()
