"""Work that goes on after Slack was answered: kept until it is done, and waited for when the bot stops."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.ports import Journal


class UnderWay:
    """Tasks that run by themselves; the event loop alone would not keep them alive."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[object, object, None], what: str) -> None:
        """Let `work` run; an exception is told to the operator as trouble with `what`, and goes no further."""
        task = asyncio.create_task(self._guarded(work, what), name=f"slack {what}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Return when everything is done, what was started meanwhile included."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _guarded(self, work: Coroutine[object, object, None], what: str) -> None:
        try:
            await work
        except Exception as problem:  # noqa: BLE001  # Nobody awaits this task: the log is the only place to tell.
            self._journal.error("slack.crashed", what=what, problem=type(problem).__name__, exc_info=problem)
