"""A journal and a clock for which a test can wait."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal, Noted

PATIENCE = 5.0
"""In seconds."""


class WatchedJournal(KeptJournal):
    """A journal for whose lines one can wait."""

    def __init__(self) -> None:
        super().__init__()
        self._written = asyncio.Event()

    def _note(self, level: str, event: str, facts: dict[str, object]) -> object:
        self._written.set()
        return super()._note(level, event, facts)

    async def until(self, event: str, times: int = 1) -> Noted:
        """Wait until there are so many lines about an event, and return the last of them."""
        async with asyncio.timeout(PATIENCE):
            while len(found := [line for line in self.lines if line.event == event]) < times:
                self._written.clear()
                await self._written.wait()
        return found[times - 1]


class WatchedClock(MovedClock):
    """A clock for whose sleepers one can wait."""

    def __init__(self) -> None:
        super().__init__()
        self._begun: asyncio.Queue[datetime] = asyncio.Queue()

    async def wait(self, wake: asyncio.Event, until: datetime | None) -> None:
        """Return when `wake` is set or the clock was moved far enough."""
        if until is not None and until > self.now() and not wake.is_set():
            self._begun.put_nowait(until)
        await super().wait(wake, until)

    async def pause(self) -> timedelta:
        """Wait until somebody waits for the clock, let that time pass, and return how long it was."""
        async with asyncio.timeout(PATIENCE):
            while (until := await self._begun.get()) not in [moment for moment, _ in self._sleepers]:
                continue
        pause = until - self.now()
        self.move_to(until)
        return pause
