"""A clock on which every wait is over at once, because the time it waits for is simply reached."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from tests.fakes.clock import START, MovedClock


class HurriedClock(MovedClock):
    """The Clock port; `pauses` holds how long each wait would have been."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__(start)
        self.pauses: list[timedelta] = []

    async def wait(self, wake: asyncio.Event, until: datetime | None) -> None:
        """Move to `until` and return."""
        if until is not None:
            self.pauses.append(until - self.now())
            self.move_to(max(until, self.now()))
