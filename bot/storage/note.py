"""One short text that a part of the bot keeps over restarts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.ports import Store


@dataclass(frozen=True, slots=True)
class StoredNote:
    """The text under a name: which commands Discord was told of, so that it is told again only when they changed."""

    store: Store
    name: str

    async def recall(self) -> str | None:
        """Return it, or None."""
        return await self.store.read(lambda tx: tx.memory.recall(self.name))

    async def remember(self, value: str) -> None:
        """Keep it in place of what was kept."""
        await self.store.write(lambda tx: tx.memory.remember(self.name, value))
