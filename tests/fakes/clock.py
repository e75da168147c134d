"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning."""


async def turns() -> None:
    """Give every task that can go on its turn, many times over, while no time passes."""
    for _ in range(50):
        turn = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(turn.set_result, None)
        await turn


class MovedClock:
    """The Clock port; time passes by `advance` alone, and whoever waits for a moment is woken when it is reached."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start.astimezone(UTC)
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the time to which the clock was moved, in UTC."""
        return self._now

    async def wait(self, wake: asyncio.Event, until: datetime | None) -> None:
        """Return when `wake` is set or the clock was moved far enough."""
        if wake.is_set() or (until is not None and until <= self._now):
            return
        if until is None:
            await wake.wait()
            return
        sleeper = (until, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        woken = asyncio.ensure_future(wake.wait())
        try:
            await asyncio.wait({sleeper[1], woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            sleeper[1].cancel()
            self._sleepers.remove(sleeper)

    def advance(self, duration: timedelta) -> None:
        """Let time pass; it never goes back."""
        assert duration >= timedelta(0), "time does not go back"
        self.move_to(self._now + duration)

    def move_to(self, moment: datetime) -> None:
        """Move to a moment and wake whoever waits for it or for an earlier one."""
        self._now = moment.astimezone(UTC)
        for until, reached in self._sleepers:
            if until <= self._now and not reached.done():
                reached.set_result(None)

    @property
    def awaited(self) -> datetime | None:
        """The earliest moment that somebody waits for, to which a test may want to move."""
        return min((until for until, _ in self._sleepers), default=None)
