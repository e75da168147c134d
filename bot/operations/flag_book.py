"""Every flag in memory, so that an application is answered without the database, and what keeps it up to date."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import Unavailable
from bot.domain.flag_set import FlagSet, flag_set

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.flag import Flag, FlagState
    from bot.operations.tokens import TokenBook
    from bot.ports import Changes, Clock, Journal, Store, Transaction

GLANCE = timedelta(seconds=1)
"""Another process may have written: it is asked this often whether one did. What this process writes is seen at once."""


class FlagBook:
    """What every flag holds, as of the last time that something was committed.

    While the database does not answer, what was known stays known: applications are better served by what was true a
    moment ago than by nothing.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._revision = -1
        self._flags: Sequence[Flag] = ()
        self._states: Sequence[FlagState] = ()
        self._sets: dict[str, FlagSet] = {}
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have something called whenever a flag changed."""
        self._listeners.append(listener)

    def of(self, environment: str) -> FlagSet:
        """Return the flags of an environment; in one where nothing was ever set, all of them are off."""
        found = self._sets.get(environment)
        if found is None:
            found = self._sets[environment] = flag_set(environment, self._flags, self._states)
        return found

    @property
    def environments(self) -> frozenset[str]:
        """Return the environments in which something was ever set."""
        return frozenset(state.environment for state in self._states)

    async def refresh(self) -> None:
        """Read the flags where any of them changed. Raises Unavailable."""

        def work(tx: Transaction) -> tuple[int, Sequence[Flag], Sequence[FlagState]] | None:
            revision = tx.flags.revision()
            if revision == self._revision:
                return None
            return revision, tx.flags.all(retired=True), tx.flags.states()

        found = await self.store.read(work)
        # Of two that read at once the one that read first may come back last.
        if found is None or found[0] <= self._revision:
            return
        self._revision, self._flags, self._states = found
        # What was asked for once is put together now, so that no application waits for it.
        self._sets = {name: flag_set(name, self._flags, self._states) for name in {*self._sets, *self.environments}}
        for listener in self._listeners:
            listener()


@dataclass(slots=True)
class BookKeeper:
    """Keeps flags and tokens in memory up to date: a service that is woken by a commit, or glances whether there was one."""

    flags: FlagBook
    tokens: TokenBook
    clock: Clock
    journal: Journal
    changes: Changes
    name: str = "flags"
    ailing: bool = False
    seen: int | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def poke(self) -> None:
        """Say that something was committed."""
        self.wake.set()

    async def refresh(self) -> None:
        """Read what changed. Raises Unavailable."""
        await self.flags.refresh()
        await self.tokens.refresh()

    async def run(self, stop: asyncio.Event) -> None:
        """Keep both up to date until told to stop."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self.wake.set())
        try:
            while not stop.is_set():
                self.wake.clear()
                await self._look()
                await self.clock.wait(self.wake, self.clock.now() + GLANCE)
        finally:
            stopping.cancel()
        await self._look()

    async def _look(self) -> None:
        """Do what is due; an outage is noted when it starts and when it ends."""
        try:
            # Asked before anything is read: what is committed meanwhile makes it another number.
            latest = await self.changes.latest()
            if latest != self.seen:
                await self.refresh()
                self.seen = latest
            await self.tokens.write_uses()
        except Unavailable as problem:
            if not self.ailing:
                self.ailing = True
                self.journal.warning("flags.outdated", problem=problem.sentence)
            return
        if self.ailing:
            self.ailing = False
            self.journal.info("flags.recovered")
