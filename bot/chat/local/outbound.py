"""Posting to the local chat: its channels are rows of our own database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.outbox import IN_CHANNEL

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from bot.domain.message import Message
    from bot.domain.outbox import Placing
    from bot.ports import Clock, Store, Transaction

CARD_PREFIX = "card:"
"""Begins the key of a post that is kept up to date; every other post says one thing once."""


class LocalPlatform:
    """The local chat as a place to post to; `posted` is set after each change, so that whoever looks on can look."""

    def __init__(self, store: Store, clock: Clock, posted: asyncio.Event | None = None) -> None:
        self._store = store
        self._clock = clock
        self._posted = posted

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Store a post and return its reference; the same key again returns the same post, unchanged."""
        del placing  # Here is one channel to read, from top to bottom: there are no threads.
        at = self._clock.now()
        return await self._change(lambda tx: tx.posts.put(channel, key, message, at))

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Replace a post in place, or put it anew where the old one is gone."""
        at = self._clock.now()

        def replace(tx: Transaction) -> str:
            if tx.posts.edit(reference, message, at):
                return reference
            # The key names the lost post, so that trying again finds the new one instead of making a third.
            anew = tx.posts.put(channel, f"{CARD_PREFIX}{reference}", message, at)
            tx.posts.edit(anew, message, at)
            return anew

        return await self._change(replace)

    async def _change(self, work: Callable[[Transaction], str]) -> str:
        reference = await self._store.write(work)
        if self._posted is not None:
            self._posted.set()
        return reference
