"""The loop: woken by a poke or by the clock, it lets each concern do what is due, and sleeps until the next due time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bot.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.ports import Changes, Clock, Journal

GLANCE = timedelta(seconds=1)
"""Another process (`rollcall say`) may have written: it is asked this often whether one did."""

RETRY = timedelta(seconds=5)
"""After a failure of the loop itself it tries again this much later."""


class Concern(Protocol):
    """One kind of thing that is kept true."""

    @property
    def name(self) -> str:
        """Return what the log calls it."""
        ...

    async def step(self) -> int:
        """Do what is due now, a bounded amount of it, and return how many things were done."""
        ...

    async def next_due(self) -> datetime | None:
        """Return when there is something to do next."""
        ...


@dataclass(slots=True)
class Loop:
    """Runs the concerns in their order, which is a pipeline: what one makes true the next one tells.

    `changes` tells whether anything was written; without it every glance is a whole pass.
    """

    concerns: Sequence[Concern]
    clock: Clock
    journal: Journal
    changes: Changes | None = None
    seen: int | None = None
    stopping: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    ailing: set[str] = field(default_factory=set)

    def poke(self) -> None:
        """Wake the loop: something was committed that it may have to act on."""
        self.wake.set()

    def stop(self) -> None:
        """Let `run` return after the pass it is in."""
        self.stopping = True
        self.wake.set()

    async def run(self) -> None:
        """Keep things true until stopped."""
        while not self.stopping:
            self.wake.clear()
            done = await self.tick()
            if not done and not self.stopping:
                await self._rest()

    async def tick(self) -> int:
        """Let every concern do what is due once; return how many things were done."""
        return sum([await self._guarded(concern) for concern in self.concerns])

    async def settle(self, passes: int = 100) -> None:
        """Run until nothing more is due, for a process that ends after one command."""
        for _ in range(passes):
            if not await self.tick():
                return

    async def _guarded(self, concern: Concern) -> int:
        """Keep one failing concern from stopping the others; an outage is logged when it starts and when it ends."""
        try:
            done = await concern.step()
        except Unavailable as problem:
            if concern.name not in self.ailing:
                self.ailing.add(concern.name)
                self.journal.warning("loop.concern.unavailable", concern=concern.name, problem=problem.sentence)
            return 0
        if concern.name in self.ailing:
            self.ailing.discard(concern.name)
            self.journal.info("loop.concern.recovered", concern=concern.name)
        return done

    async def _rest(self) -> None:
        """Wait for a poke, for the next due time, or until another process has written something."""
        if self.ailing:
            await self.clock.wait(self.wake, self.clock.now() + RETRY)
            return
        due = await self._next_due()
        while True:
            glance = self.clock.now() + GLANCE
            await self.clock.wait(self.wake, glance if due is None else min(due, glance))
            if self.wake.is_set() or (due is not None and due <= self.clock.now()) or await self._changed():
                return

    async def _next_due(self) -> datetime | None:
        try:
            moments = [await concern.next_due() for concern in self.concerns]
        except Unavailable:
            # The next pass says what is wrong.
            return self.clock.now() + RETRY
        return min((moment for moment in moments if moment is not None), default=None)

    async def _changed(self) -> bool:
        """Say whether anything was written since the last glance, by whomever."""
        if self.changes is None:
            return True
        try:
            latest = await self.changes.latest()
        except Unavailable:
            return True
        changed, self.seen = latest != self.seen, latest
        return changed
