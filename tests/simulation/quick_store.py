"""The Store port over one SQLite database in memory, for living many histories: the real tables without files and threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from bot.storage.documents import PlanCache
from bot.storage.transaction import SqlTransaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.ports import Transaction

T = TypeVar("T")


class Turn:
    """Lets everybody else go on for once, as every question to the real database does."""

    def __await__(self) -> Generator[None, None, None]:
        """Give way."""
        yield


class QuickStore:
    """A database that outlives the bots of one history; `fill` makes it anew for the next."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._engine: Engine = create_engine("sqlite://", creator=lambda: self._database, poolclass=StaticPool)
        event.listen(self._engine, "begin", _begin)
        self._plans = PlanCache()

    def fill(self, template: Path) -> None:
        """Become a copy of a database that has every table."""
        self._database.execute("PRAGMA foreign_keys = OFF")
        with closing(sqlite3.connect(template)) as source:
            source.backup(self._database)
        self._database.execute("PRAGMA foreign_keys = ON")
        self._plans = PlanCache()

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` and undo whatever it did."""
        await Turn()
        with self._engine.connect() as connection, connection.begin() as transaction:
            before = self._database.total_changes
            result = work(SqlTransaction(connection, self._plans))
            assert self._database.total_changes == before, "a reader wrote"
            transaction.rollback()
        await Turn()
        return result

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` alone; an exception undoes all of it."""
        await Turn()
        try:
            with self._engine.begin() as connection:
                result = work(SqlTransaction(connection, self._plans))
        finally:
            await Turn()
        return result

    async def close(self) -> None:
        """Keep everything: the process that ends is the bot's."""


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
