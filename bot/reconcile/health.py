"""Looks at the loop and at what is due, for those who watch the bot from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import Unavailable
from bot.domain.health import Health, Overdue

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bot.ports import Clock, Store, Transaction
    from bot.reconcile.loop import Loop

GRACE = timedelta(minutes=1)
"""What is late by less than this is on its way."""


@dataclass(frozen=True, slots=True)
class Physician:
    """Answers how the bot is. `down` holds the names of the services that are not up."""

    store: Store
    clock: Clock
    loop: Loop
    elsewhere: Collection[str] = ()
    down: set[str] = field(default_factory=set)

    async def look(self) -> Health:
        """Return how the bot is now; a database that does not answer is the worst that can be."""
        now = self.clock.now()
        runs, ailing, down = self.loop.running, tuple(sorted(self.loop.ailing)), tuple(sorted(self.down))
        try:
            due, failed = await self.store.read(self._due)
        except Unavailable:
            return Health(now, runs, (*ailing, "database"), (), down)
        overdue = tuple(Overdue(what, since) for what, since in due if since is not None and since < now - GRACE)
        return Health(now, runs, ailing, overdue, down, failed)

    def _due(self, tx: Transaction) -> tuple[tuple[tuple[str, datetime | None], ...], int]:
        due = (
            ("rollouts", tx.rollouts.next_due()),
            ("measurements", tx.rollouts.next_measurement()),
            ("pages", tx.pages.next_due()),
            ("announcements", tx.announcements.next_due()),
            ("reminders", tx.tasks.next_due()),
            ("outbox", tx.outbox.next_due(self.elsewhere)),
        )
        return due, tx.outbox.failures()
