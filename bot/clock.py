"""The machine's clock: the only module that asks what time it is, and the only one that waits for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """The Clock port over the machine's own clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    async def wait(self, wake: asyncio.Event, until: datetime | None) -> None:
        """Return when `wake` is set or the time has come; `None` waits for `wake` alone.

        The clock may be set while we wait, and timers count seconds whatever the clock says, so that a long wait is
        cut into pieces.
        """
        if until is None:
            await wake.wait()
            return
        while not wake.is_set() and (left := (until - self.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(min(left, _LONGEST_PIECE)):
                    await wake.wait()
            except TimeoutError:
                continue


_LONGEST_PIECE = 60.0
"""In seconds."""
