"""The loop: woken by a poke or by the clock, it lets each concern do what is due, and sleeps until the next due time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from bot.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from bot.ports import Changes, Clock, Journal

GLANCE = timedelta(seconds=1)
"""Another process (`rollcall say`) may have written: it is asked this often whether one did."""

ROUND = timedelta(minutes=1)
"""Whoever writes in this process pokes; should a poke ever be forgotten, everybody looks this often all the same."""

BREATH = timedelta(milliseconds=20)
"""Between waking one concern and the next after a glance: all at once they would keep whoever types waiting."""

PATIENCE = timedelta(seconds=0.1)
"""The least time between a pass that did nothing and the next one."""

RETRY = timedelta(seconds=5)
"""A concern that could not do its work is asked again this much later."""


@runtime_checkable
class Lasting(Protocol):
    """The extra ability of a concern of which some work outlasts its step."""

    def begin(self, poke: Callable[[], None]) -> None:
        """Be ready; `poke` wakes every concern when such work has changed something."""
        ...

    async def end(self) -> None:
        """Leave off what is still under way."""
        ...


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
    """Runs the concerns, each in a task of its own: a metrics server that hangs must not hold up a rollback.

    Their order is the pipeline in which `tick` asks them: what one makes true the next one tells.

    `changes` tells whether anything was written by another process; without it every glance wakes everybody.
    """

    concerns: Sequence[Concern]
    clock: Clock
    journal: Journal
    changes: Changes | None = None
    seen: int | None = None
    stopping: bool = False
    running: bool = False
    wakes: dict[str, asyncio.Event] = field(default_factory=dict)
    watching: asyncio.Event = field(default_factory=asyncio.Event)
    ailing: set[str] = field(default_factory=set)
    blind: bool = False
    failed: bool = False
    since: dict[str, datetime] = field(default_factory=dict)

    def poke(self) -> None:
        """Wake every concern: something was committed that it may have to act on."""
        for wake in self.wakes.values():
            wake.set()

    def stop(self) -> None:
        """Let `run` return after the passes it is in."""
        self.stopping = True
        self.watching.set()
        self.poke()

    async def run(self) -> None:
        """Keep things true until stopped."""
        self.wakes = {concern.name: asyncio.Event() for concern in self.concerns}
        lasting = [concern for concern in self.concerns if isinstance(concern, Lasting)]
        for concern in lasting:
            concern.begin(self.poke)
        self.running = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch(), name="loop watch")
                for each in self.concerns:
                    tasks.create_task(self._keep(each), name=f"loop {each.name}")
        finally:
            self.running = False
            for concern in lasting:
                await concern.end()

    async def _keep(self, concern: Concern) -> None:
        wake = self.wakes[concern.name]
        while not self.stopping:
            wake.clear()
            self.since[concern.name] = self.clock.now()
            done = await self._guarded(concern)
            del self.since[concern.name]
            if done:
                # What one concern did may be due for the others at once.
                self.poke()
            elif not self.stopping:
                await self.clock.wait(wake, await self._next_due(concern))

    async def _next_due(self, concern: Concern) -> datetime | None:
        """Return when a concern has something to do; None where it waits to be woken."""
        now = self.clock.now()
        if concern.name in self.ailing:
            return now + RETRY
        try:
            due = await concern.next_due()
        except Unavailable:
            # The next pass says what is wrong.
            return now + RETRY
        except Exception as problem:  # noqa: BLE001  # As with a step: it must not take the way back from all.
            self._note_crash(concern, problem)
            return now + RETRY
        # What is due although the pass just made did nothing about it is in another process's hand, and waits a moment.
        return None if due is None else max(due, now + PATIENCE)

    async def _watch(self) -> None:
        """Wake everybody, one after the other, when another process has written something, and now and then."""
        last = self.clock.now()
        while not self.stopping:
            await self.clock.wait(self.watching, self.clock.now() + GLANCE)
            changed = not self.stopping and await self._changed()
            partly = self._partly_done()
            if changed or self.clock.now() - last >= ROUND:
                await self._wake_in_turn(self.wakes)
                last = self.clock.now()
            elif partly:
                await self._wake_in_turn([name for name in self.wakes if name not in self.ailing])

    def _partly_done(self) -> bool:
        """Say whether a step may have done something that nobody was told of: it failed, or has lasted for long."""
        failed, self.failed = self.failed, False
        now = self.clock.now()
        return failed or any(now - since >= GLANCE for since in self.since.values())

    async def _wake_in_turn(self, names: Collection[str]) -> None:
        for number, name in enumerate(names):
            if number > 0:
                await self.clock.wait(self.watching, self.clock.now() + BREATH)
            self.wakes[name].set()

    async def _changed(self) -> bool:
        """Say whether another process has written anything since the last glance."""
        if self.changes is None:
            return True
        try:
            latest = await self.changes.latest()
        except Unavailable:
            return True
        except Exception as problem:  # noqa: BLE001  # Not to know whether to look is no reason to leave off looking.
            if not self.blind:
                self.journal.error("loop.watch.crashed", problem=repr(problem), exc_info=problem)
            self.blind = True
            return True
        self.blind = False
        changed, self.seen = latest != self.seen, latest
        return changed

    async def tick(self) -> int:
        """Let every concern do what is due once, in order; return how many things were done."""
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
            self.failed = True
            if concern.name not in self.ailing:
                self.ailing.add(concern.name)
                self.journal.warning("loop.concern.unavailable", concern=concern.name, problem=problem.sentence)
            return 0
        except Exception as problem:  # noqa: BLE001  # A mistake in one concern must not take the way back from all.
            self.failed = True
            self._note_crash(concern, problem)
            return 0
        if concern.name in self.ailing:
            self.ailing.discard(concern.name)
            self.journal.info("loop.concern.recovered", concern=concern.name)
        return done

    def _note_crash(self, concern: Concern, problem: Exception) -> None:
        self.ailing.add(concern.name)
        self.journal.error("loop.concern.crashed", concern=concern.name, problem=repr(problem), exc_info=problem)
