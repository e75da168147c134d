"""Work has a connection to itself, in a thread that waits for nobody, and is never left half-done."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.storage.engine import database_url, reader_engine, writer_engine


def pragmas(connection: Connection) -> list[object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema", "query_only")
    return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]


async def test_every_connection_is_set_up_and_every_commit_is_on_the_disk(url: str, database: Path) -> None:
    writer, reader = writer_engine(database_url(url)), reader_engine(database_url(url))
    assert await writer.run(pragmas) == ["wal", 2, 1, 10_000, 0, 0]
    assert await reader.run(pragmas) == ["wal", 2, 1, 10_000, 0, 1]
    file = await writer.run(lambda it: it.exec_driver_sql("PRAGMA database_list").one().file)
    assert file == str(database)
    await reader.dispose()
    await writer.dispose()


async def test_the_loop_goes_on_while_work_is_done_and_whoever_gives_up_waits_for_its_end(url: str) -> None:
    writer = writer_engine(database_url(url))
    begun, may_end, ended = asyncio.Event(), threading.Event(), []
    loop = asyncio.get_running_loop()

    def work(_: Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait()
        ended.append(True)

    task = asyncio.create_task(writer.run(work))
    await begun.wait()
    task.cancel()
    loop.call_soon(may_end.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended
    await writer.dispose()


async def test_closing_twice_does_no_harm(url: str) -> None:
    writer = writer_engine(database_url(url))
    await writer.run(pragmas)
    await writer.dispose()
    await writer.dispose()
