"""Writes the head of the audit log to the operator's log, where the bot cannot edit it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.audit import Head

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Journal, Store


@dataclass(slots=True)
class AuditHeadKeeper:
    """Notes each new head once; a log that was rewritten whole shows only against such a note."""

    store: Store
    journal: Journal
    noted: Head = field(default_factory=Head)
    name: str = "audit_head"

    async def step(self) -> int:
        """Note the head if it is a new one. That is never a reason for another pass, so it counts for nothing."""
        head = await self.store.read(lambda tx: tx.audit.head())
        if head != self.noted:
            self.noted = head
            self.journal.info("audit.head", head=str(head))
        return 0

    async def next_due(self) -> datetime | None:
        """Return nothing: whatever changes the log wakes the loop, or is noted with its next round."""
        return None
