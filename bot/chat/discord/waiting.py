"""Waiting for work by our own clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime, timedelta

    from bot.ports import Clock

T = TypeVar("T")


async def done_by(work: asyncio.Future[T], clock: Clock, until: datetime) -> bool:
    """Wait for work until a moment, and say whether it is done; it goes on where it is not."""
    done = asyncio.Event()

    def wake(_: asyncio.Future[T]) -> None:
        done.set()

    work.add_done_callback(wake)
    try:
        await clock.wait(done, until)
    finally:
        work.remove_done_callback(wake)
    return work.done()


async def unless(stop: asyncio.Event, work: Coroutine[object, object, T]) -> T | None:
    """Do some work, or end it where `stop` is set before it is done, and return None."""
    doing = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        doing.cancel()
        stopping.cancel()
        await asyncio.wait({doing, stopping})


async def settled(tasks: set[asyncio.Task[None]], clock: Clock, limit: timedelta) -> int:
    """Wait until tasks are done, and cancel those that are not by then; return how many."""
    left = set(tasks)
    if left and not await done_by(asyncio.ensure_future(asyncio.wait(left)), clock, clock.now() + limit):
        late = {task for task in left if not task.done()}
        for task in late:
            task.cancel()
        await asyncio.wait(left)
        return len(late)
    return 0
