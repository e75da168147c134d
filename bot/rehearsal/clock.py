"""The virtual clock: time passes only when the rehearsal moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime


class VirtualClock:
    """The Clock port over a moment that is moved by hand, and never back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time to which the clock was moved, in UTC."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Let time pass until a moment; one that has passed changes nothing."""
        self._now = max(self._now, moment)

    async def wait(self, wake: asyncio.Event, until: datetime | None) -> None:
        """Jump to the moment that is waited for: in a rehearsal nothing else passes the time."""
        if wake.is_set():
            return
        if until is None:
            await wake.wait()
        else:
            self.move_to(until)
