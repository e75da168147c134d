"""Forgets what nobody asks for any more: requests of which no repeat can come, and messages that left long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.kept_answer import KEPT_FOR

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Clock, Journal, Store, Transaction

KEPT = timedelta(days=30)
"""Platforms repeat a delivery within minutes; a month leaves room for looking back at what was sent."""

EVERY = timedelta(days=1)

AFTER_THE_START = timedelta(hours=1)

AT_ONCE = 1_000
"""So many rows of a kind are forgotten in one transaction, for which the others wait."""


@dataclass(slots=True)
class RetentionKeeper:
    """Forgets once a day what is older than a month, a bounded amount at a time. The audit log is kept for ever."""

    store: Store
    clock: Clock
    journal: Journal
    next_at: datetime | None = None
    name: str = "retention"

    async def step(self) -> int:
        """Forget what is old, where it is time; return how much that was."""
        now = self.clock.now()
        if self.next_at is None:
            # A process that ends after one command has nothing to tidy up.
            self.next_at = now + AFTER_THE_START
        if now < self.next_at:
            return 0

        def work(tx: Transaction) -> tuple[int, int, int]:
            answers = tx.answers.prune(now - KEPT_FOR, AT_ONCE)
            return tx.requests.prune(now - KEPT, AT_ONCE), tx.outbox.prune(now - KEPT, AT_ONCE), answers

        requests, messages, answers = await self.store.write(work)
        if max(requests, messages, answers) < AT_ONCE:
            self.next_at = now + EVERY
        if requests + messages:
            self.journal.info("retention.pruned", requests=requests, messages=messages)
        return requests + messages + answers

    async def next_due(self) -> datetime | None:
        """Return when the next day begins for it."""
        return self.next_at
