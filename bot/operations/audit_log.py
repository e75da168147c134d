"""Reading the audit log: searching, showing, verifying, exporting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.audit import Entry, Head, Verification, verify
from bot.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.ports import Store, Transaction


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Everything a person can ask of the log. What goes through all of it is done for one person at a time.

    There are few readers, and a rollout must not wait because several people look something up in a long log.
    """

    store: Store
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def search(self, words: Sequence[str], limit: int = 20) -> Sequence[Entry]:
        """Return the newest entries that hold every word, newest first."""
        async with self.one_at_a_time:
            return await self.store.read(lambda tx: tx.audit.search(words=words, limit=limit))

    async def show(self, seq: int) -> Entry:
        """Return one entry. Raises NotFound."""

        def work(tx: Transaction) -> Entry:
            entry = tx.audit.get(seq)
            if entry is None:
                raise NotFound(f"There is no audit entry {seq}; the last is {tx.audit.head().seq}.", "/audit search")
            return entry

        return await self.store.read(work)

    async def verify(self, published: Head | None = None) -> Verification:
        """Check every entry from the first on; the view does not change while it is read."""
        async with self.one_at_a_time:
            return await self.store.read(lambda tx: verify(tx.audit.walk(), published))

    async def export(self, write: Callable[[bytes], object], start: int = 1) -> int:
        """Hand over every entry as it was hashed, one JSON line each, and return how many there were."""

        def work(tx: Transaction) -> int:
            count = 0
            for entry in tx.audit.walk(start):
                write(entry.body + b"\n")
                count += 1
            return count

        async with self.one_at_a_time:
            return await self.store.read(work)
