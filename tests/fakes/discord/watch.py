"""Waiting for something to become true on the server, without sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 10.0
"""In seconds: how long a test waits for the bot before it fails; a bot that works is far quicker."""
GLANCE = 0.01
"""In seconds: how often whoever waits looks again where nothing happened here, but perhaps elsewhere."""
QUIET_TURNS, MOST_TURNS = 20, 400
"""Turns of the event loop in which an answer reaches a client of the same loop, and when to stop counting them."""


class Watch:
    """Whoever waits here looks again each time that something happened."""

    def __init__(self) -> None:
        self.patience = PATIENCE
        self.under_way = 0
        """Requests that are not answered yet."""
        self._happened = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Say that something happened."""
        self._happened += 1
        for one in self._waiting:
            if not one.done():
                one.set_result(None)

    async def until(self, true: Callable[[], object], what: str) -> None:
        """Return when `true` says so; raise AssertionError with `what` where it does not within the patience."""
        try:
            async with asyncio.timeout(self.patience):
                while not true():
                    await self._next()
        except TimeoutError:
            raise AssertionError(f"within {self.patience:g} s there was no {what}") from None

    async def settle(self) -> None:
        """Return when what was sent last has had time to arrive, as it has where a person goes on to do something."""
        quiet = 0
        for _ in range(MOST_TURNS):
            before = self._happened
            await _turn()
            quiet = 0 if self.under_way or self._happened != before else quiet + 1
            if quiet == QUIET_TURNS:
                break

    async def _next(self) -> None:
        happened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(happened)
        try:
            await asyncio.wait([happened], timeout=GLANCE)
        finally:
            self._waiting.discard(happened)


async def _turn() -> None:
    loop = asyncio.get_running_loop()
    turned: asyncio.Future[None] = loop.create_future()
    loop.call_soon(turned.set_result, None)
    await turned
