"""Keeps schedules of PagerDuty known: each is asked again on an interval, and the last answer is kept for when it is down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import RollcallError
from bot.domain.roster import Roster
from bot.operations.rosters import remember

if TYPE_CHECKING:
    from datetime import datetime

    from bot.operations.rosters import RosterBook
    from bot.ports import Clock, Journal, ScheduleSource, Store

EVERY = timedelta(minutes=5)
"""So often a schedule is asked; who is on call changes a few times a day."""

RETRY = timedelta(minutes=1)
BEFORE, AHEAD = timedelta(hours=1), timedelta(days=30)
"""What is asked for: enough to go on for weeks without an answer. PagerDuty answers for three months at most."""


@dataclass(frozen=True, slots=True)
class RosterKeeper:
    """Asks outside of any transaction, and keeps what it was told; an outage is said once at its start and its end."""

    book: RosterBook
    store: Store
    clock: Clock
    journal: Journal
    source: ScheduleSource
    name: str = "rosters"
    asked: dict[str, datetime] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    async def step(self) -> int:
        """Ask what is due; return how many schedules changed."""
        sources = self.book.sources()
        if not sources:
            return 0
        await self.book.refresh()
        now = self.clock.now()
        return sum([await self._ask(it, now) for it in sources if self._due(it, now) <= now])

    async def next_due(self) -> datetime | None:
        """Return when a schedule is asked next."""
        now = self.clock.now()
        return min((self._due(it, now) for it in self.book.sources()), default=None)

    def _due(self, source: str, now: datetime) -> datetime:
        """Return when to ask: some time after the last answer, whoever asked, and a little after one that did not come."""
        kept = self.book.answer(source)
        answered = kept.asked_at + EVERY if kept is not None and kept.asked_at is not None else now
        return max(answered, self.asked[source] + RETRY) if source in self.asked else answered

    async def _ask(self, source: str, now: datetime) -> int:
        self.asked[source] = now
        try:
            stints = await self.source.stints(source, now - BEFORE, now + AHEAD)
        except RollcallError as problem:
            if source not in self.silent:
                self.silent.add(source)
                self.journal.warning("oncall.schedule.unavailable", schedule=source, problem=problem.sentence)
            return 0
        if source in self.silent:
            self.silent.discard(source)
            self.journal.info("oncall.schedule.recovered", schedule=source)
        told = Roster(source, stints, now)
        await self.store.write(lambda tx: remember(tx, told))
        return int(self.book.keep({source: told}))
