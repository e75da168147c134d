"""The Store port over SQLAlchemy: one writer that commits in groups, and a few readers."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError

from bot.domain.errors import Unavailable
from bot.ports import Committed
from bot.storage.documents import PlanCache
from bot.storage.engine import OPENED, database_url, reader_engine, writer_engine
from bot.storage.failures import failure_of, translated
from bot.storage.prepared import execute, fetched
from bot.storage.schema import lacks_migrations, migrate
from bot.storage.transaction import SqlTransaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, Connection

    from bot.domain.audit import Head
    from bot.ports import Transaction

T = TypeVar("T")
Running = TypeVar("Running", bound="asyncio.Future[Any]")

LARGEST_GROUP = 64
"""How many writes share one commit at most."""


NOTHING = Committed()


@dataclass(slots=True)
class _Wish:
    """A write that waits for its turn, and how it came out until the commit."""

    work: Callable[[Transaction], Any]
    answer: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None
    committed: Committed = NOTHING

    def resolve(self) -> None:
        """Tell the caller, unless it has gone away."""
        if self.error is not None:
            self.fail(self.error)
        elif not self.answer.done():
            self.answer.set_result(self.result)

    def fail(self, error: BaseException) -> None:
        """Tell the caller that nothing of its work was stored."""
        if not self.answer.done():
            # A future cannot carry this one, and in a coroutine it is a mistake anyway.
            self.answer.set_exception(
                RuntimeError("work raised StopIteration") if isinstance(error, StopIteration) else error
            )
            # A caller that goes away in this very moment is no reason to report the error as forgotten.
            self.answer.exception()


async def open_store(url: str) -> SqlStore:
    """Open a database, made or brought up to date as needed.

    Raises Unavailable where it cannot be opened, Refused where it is no database of ours or of a newer Rollcall.
    """
    store = SqlStore(database_url(url))
    try:
        with translated():
            await store.bring_up_to_date()
    except BaseException:
        await store.close()
        raise
    return store


class SqlStore:
    """The database. Make it with `open_store`, and close it before the event loop ends.

    Work runs in the database's thread, a whole transaction at a time, while the event loop goes on: it must not touch
    what belongs to the loop, and what it shares with the loop must bear being read by both.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._writer = writer_engine(url)
        self._readers = reader_engine(url)
        self._plans = PlanCache()
        self._waiting: deque[_Wish] = deque()
        self._running: set[asyncio.Future[Any]] = set()
        self._writing: asyncio.Task[None] | None = None
        self._closed = False
        self._gone_away = 0
        self._listeners: list[Callable[[Committed], None]] = []

    def on_commit(self, listener: Callable[[Committed], None]) -> None:
        """Have something called in the event loop after each commit of this process that changed flags or tokens."""
        self._listeners.append(listener)

    async def bring_up_to_date(self) -> None:
        """Run the migrations that the database lacks."""
        if await self._readers.run(lacks_migrations):
            await migrate(self._url)

    async def close(self) -> None:
        """Finish what was begun and let go of the file."""
        self._closed = True
        here = asyncio.get_running_loop()
        # What was begun in a loop that is gone is ended by the threads, which nobody tells it of any more.
        while mine := {it for it in self._running if it.get_loop() is here}:
            await asyncio.wait(mine)
        await self._readers.dispose()
        await self._writer.dispose()

    async def read(self, work: Callable[[Transaction], T]) -> T:
        self._insist_on_open()
        with translated(reading=True):
            # Whoever is cancelled goes away, and the transaction ends by itself.
            return await asyncio.shield(
                self._keep(self._readers.start(lambda connection: self._look(connection, work)))
            )

    async def latest(self) -> int:
        """Return a number that is another one as soon as another process has committed something.

        It is the writer's connection that is asked: SQLite counts for each connection what was not committed on it.
        What may have been committed for a caller that has gone away counts as another's: nobody else tells of it.
        """
        self._insist_on_open()
        # Taken before the writer is asked, who answers once what was begun for them is done.
        gone_away = self._gone_away
        with translated():
            return (gone_away << 96) + await asyncio.shield(self._keep(self._writer.start(_data_version)))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        self._insist_on_open()
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Wish(work, answer))
        if self._writing is None:
            self._writing = self._keep(asyncio.create_task(self._write_all(), name="storage writer"))
        try:
            return await answer
        except asyncio.CancelledError:
            self._gone_away += 1
            raise

    def _insist_on_open(self) -> None:
        if self._closed:
            raise Unavailable("Rollcall is shutting down; nothing was changed.", "Try again in a moment.")

    def _keep(self, running: Running) -> Running:
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    def _look(self, connection: Connection, work: Callable[[Transaction], T]) -> T:
        with connection.begin() as snapshot:
            try:
                return work(SqlTransaction(connection, self._plans))
            finally:
                snapshot.rollback()

    async def _write_all(self) -> None:
        """Serve waiting writes in order until none is left."""
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_GROUP))]
                # Work whose caller went away before it began is not begun.
                wanted = [wish for wish in group if not wish.answer.done()]
                if wanted:
                    await self._write_group(wanted)
        except BaseException as error:
            # The loop is being torn down: nobody is left waiting for a writer that is gone.
            for wish in self._waiting:
                wish.fail(error)
            self._waiting.clear()
            raise
        finally:
            self._writing = None

    async def _write_group(self, group: list[_Wish]) -> None:
        """Do several writes in one transaction; tell their callers once it is on the disk."""
        try:
            await self._writer.run(lambda connection: self._work_on(connection, group))
        except BaseException as error:
            told = (failure_of(error) or error) if isinstance(error, DBAPIError) else error
            for wish in group:
                wish.fail(told)
            if not isinstance(error, Exception):
                raise
        else:
            # Whoever keeps something in memory hears of it before whoever wrote goes on.
            self._tell(group)
            for wish in group:
                wish.resolve()

    def _tell(self, group: list[_Wish]) -> None:
        states = tuple(state for wish in group for state in wish.committed.states)
        committed = Committed(states, any(wish.committed.more for wish in group))
        if committed == NOTHING:
            return
        for listener in self._listeners:
            try:
                listener(committed)
            except Exception as problem:  # noqa: BLE001  # It is committed: whoever wrote must hear so, and the others go on.
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "what listens to commits failed", "exception": problem}
                )

    def _work_on(self, connection: Connection, group: list[_Wish]) -> None:
        with connection.begin():
            if len(group) == 1:
                # Alone in its transaction, a write needs no savepoint: its error undoes the whole.
                tx = SqlTransaction(connection, self._plans)
                group[0].result = group[0].work(tx)
                group[0].committed = tx.committed
                return
            head: Head | None = None
            for wish in group:
                head = self._work_apart(connection, wish, head)

    def _work_apart(self, connection: Connection, wish: _Wish, head: Head | None) -> Head | None:
        """Do one of several writes so that its error undoes its own changes only; return the audit log's head, if known."""
        execute(connection, "SAVEPOINT wish")
        tx = SqlTransaction(connection, self._plans, head)
        try:
            wish.result = wish.work(tx)
        except Exception as error:  # noqa: BLE001  # Whatever it is, it belongs to the caller of this one write.
            try:
                execute(connection, "ROLLBACK TO wish")
            except DBAPIError:
                # The database has undone the whole transaction by itself, as it does when the disk is full.
                raise error from None
            failure = failure_of(error) if isinstance(error, DBAPIError) else None
            wish.error = failure or error
        else:
            head = tx.audit.known_head
            wish.committed = tx.committed
        execute(connection, "RELEASE wish")
        return head


def _data_version(connection: Connection) -> int:
    """Return SQLite's count of what others committed, which begins anew with each connection that is opened."""
    ((version,),), _ = fetched(connection, "PRAGMA data_version")
    return (int(connection.info[OPENED]) << 32) + int(version)
