"""Every flag in memory, so that an application is answered without the database, and what keeps it up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import Unavailable
from bot.domain.flag import FlagState
from bot.domain.flag_set import FlagSet, flag_set, renewed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.domain.flag import Flag
    from bot.operations.tokens import TokenBook
    from bot.ports import Changes, Clock, Committed, Journal, Store, Transaction

GLANCE = timedelta(seconds=1)
"""Another process may have written: it is asked this often whether one did. What this process writes is seen at once."""


@dataclass(frozen=True, slots=True)
class _Known:
    """All flags and states at one revision; `newest` is when a state changed last, `environments` where any was set."""

    revision: int = -1
    flags: Sequence[Flag] = ()
    states: Mapping[tuple[str, str], FlagState] = field(default_factory=dict)
    newest: datetime | None = None
    environments: frozenset[str] = frozenset()
    elsewhere: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def with_newer(self, tx: Transaction, revision: int, elsewhere: Mapping[tuple[str, str], str]) -> Difference | None:
        """Return what is known at a later revision and the states that are new; None where other things changed, too.

        No version ever falls, so that the sums agree only where each of their parts does.
        """
        if elsewhere != self.elsewhere:
            return None
        asked = tx.flags.states_since(self.newest) if self.newest is not None else ()
        newer = [it for it in asked if it.version != self._version(it)]
        gained = sum(it.version - self._version(it) for it in newer)
        if self.revision + gained != revision:
            return None
        newest = max((it.updated_at for it in newer), default=self.newest)
        states = {**self.states, **{(it.flag, it.environment): it for it in newer}}
        environments = self.environments | {it.environment for it in newer}
        return _Known(revision, self.flags, states, newest, environments, elsewhere), newer

    def with_set(self, newer: Sequence[FlagState]) -> _Known | None:
        """Return what is known once these were set, one after the other; None where one does not follow what is known."""
        states = dict(self.states)
        for state in newer:
            before = states.get((state.flag, state.environment))
            if before is None or state.version != before.version + 1:
                return None
            states[state.flag, state.environment] = state
        moments = [*filter(None, (self.newest,)), *(it.updated_at for it in newer)]
        revision = self.revision + len(newer)
        return replace(self, revision=revision, states=states, newest=max(moments))

    def _version(self, state: FlagState) -> int:
        known = self.states.get((state.flag, state.environment))
        return 0 if known is None else known.version


Difference = tuple[_Known, Sequence[FlagState] | None]
"""What is known at a later revision, and the states that are new; None where more than states changed."""


def _everything(tx: Transaction, revision: int, elsewhere: Mapping[tuple[str, str], str]) -> _Known:
    found = tx.flags.states()
    states = {(it.flag, it.environment): it for it in found}
    newest = max((it.updated_at for it in found), default=None)
    environments = frozenset(it.environment for it in found)
    return _Known(revision, tx.flags.all(retired=True), states, newest, environments, elsewhere)


class FlagBook:
    """What every flag holds, as of the last time that something was committed.

    While the database does not answer, what was known stays known: applications are better served by what was true a
    moment ago than by nothing.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known = _Known()
        self._sets: dict[str, FlagSet] = {}
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have something called whenever a flag changed."""
        self._listeners.append(listener)

    def of(self, environment: str) -> FlagSet:
        """Return the flags of an environment; in one where nothing was ever set, all of them are off."""
        found = self._sets.get(environment)
        if found is None:
            found = self._sets[environment] = self._put_together(environment)
        return found

    @property
    def environments(self) -> frozenset[str]:
        """Return the environments in which something was ever set."""
        return self._known.environments

    def learn(self, newer: Sequence[FlagState]) -> bool:
        """Take over states that were just set; return False where they do not follow what is known: then it is to be read."""
        found = self._known.with_set(newer)
        if found is not None:
            self.take((found, newer))
        return found is not None

    def look(self, tx: Transaction) -> Difference | None:
        """Return what changed since the last time, None where nothing did."""
        known = self._known
        revision, elsewhere = tx.flags.revision(), tx.sightings.providers()
        if revision == known.revision and elsewhere == known.elsewhere:
            return None
        return known.with_newer(tx, revision, elsewhere) or (_everything(tx, revision, elsewhere), None)

    def take(self, found: Difference | None) -> None:
        """Keep what `look` found, and tell whoever listens."""
        # Of two that read at once the one that read first may come back last.
        if found is None or found[0].revision < self._known.revision:
            return
        self._known, newer = found
        # What was asked for once is put together now, so that no application waits for it.
        touched = {*self._sets, *self.environments} if newer is None else {it.environment for it in newer}
        made = {name: self._renewed(name, newer) for name in touched}
        self._sets = {**self._sets, **made}
        for listener in self._listeners:
            listener()

    def _renewed(self, environment: str, newer: Sequence[FlagState] | None) -> FlagSet:
        known = self._sets.get(environment)
        return self._put_together(environment) if newer is None or known is None else renewed(known, newer)

    def _put_together(self, environment: str) -> FlagSet:
        known = self._known
        elsewhere = {flag: provider for (flag, where), provider in known.elsewhere.items() if where == environment}
        return flag_set(environment, known.flags, known.states.values(), elsewhere)


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
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def hear(self, committed: Committed) -> None:
        """Take over what was just committed here; what does not follow what is known is read.

        Nothing is taken over while something is being read: what is read may be older.
        """
        learnt = False
        try:
            learnt = not committed.more and not self.reading.locked() and self.flags.learn(committed.states)
        finally:
            if not learnt:
                self.wake.set()

    async def refresh(self) -> None:
        """Read what changed. Raises Unavailable."""
        # One after the other: of two that read at once, the one that read first could come back last.
        async with self.reading:
            flags, tokens = await self.flags.store.read(lambda tx: (self.flags.look(tx), self.tokens.look(tx)))
            self.flags.take(flags)
            self.tokens.take(tokens)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep both up to date until told to stop."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self.wake.set())
        try:
            while not stop.is_set():
                committed = self.wake.is_set()
                self.wake.clear()
                await self._look(committed=committed)
                await self.clock.wait(self.wake, self.clock.now() + GLANCE)
        finally:
            stopping.cancel()
        await self._look()

    async def _look(self, *, committed: bool = False) -> None:
        """Do what is due, after a commit of ours at once; an outage is noted when it starts and when it ends."""
        try:
            if committed:
                await self._catch_up()
            else:
                await self._glance()
            await self.tokens.write_uses()
        except Unavailable as problem:
            if not self.ailing:
                self.ailing = True
                self.journal.warning("flags.outdated", problem=problem.sentence)
            return
        if self.ailing:
            self.ailing = False
            self.journal.info("flags.recovered")

    async def _catch_up(self) -> None:
        # The number tells of others' commits alone: should reading ours fail now, the next glance reads whatever it is.
        seen, self.seen = self.seen, None
        await self.refresh()
        self.seen = seen

    async def _glance(self) -> None:
        # Asked before anything is read: what is committed meanwhile makes it another number.
        latest = await self.changes.latest()
        if latest != self.seen:
            await self.refresh()
            self.seen = latest
