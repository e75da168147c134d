"""Answers that programs may ask for again: a repeated request changes nothing and is answered as the first was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import Refused
from bot.domain.kept_answer import KEPT_FOR, KeptAnswer

if TYPE_CHECKING:
    from bot.ports import Clock, Store, Transaction


class KeyReused(Refused):
    """A program's key stands for another request already."""

    code = "key_reused"


@dataclass(frozen=True, slots=True)
class Repeatable:
    """One request that its program may repeat: whose it is, its key, and what tells it from another one."""

    store: Store
    clock: Clock
    token: str
    key: str
    digest: str

    async def kept(self) -> KeptAnswer | None:
        """Return what the request was answered within the last day. Raises KeyReused where the key was another one's."""
        since = self.clock.now() - KEPT_FOR
        found = await self.store.read(lambda tx: tx.answers.get(self.token, self.key, since))
        if found is not None and found.digest != self.digest:
            raise KeyReused(
                f"The key “{self.key[:60]}” stands for another request. Nothing was changed; give each one a key of its own."
            )
        return found

    def keep(self, tx: Transaction, status: int, content: str) -> None:
        """Keep the answer in the transaction that makes it true. Raises AlreadyDone where there is one."""
        now = self.clock.now()
        tx.answers.add(KeptAnswer(self.token, self.key, self.digest, status, content, now), now - KEPT_FOR)
