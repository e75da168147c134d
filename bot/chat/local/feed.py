"""What a channel shows: cards that are kept up to date, and posts that are said once."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat.local.outbound import CARD_PREFIX
from bot.domain.errors import Unavailable

if TYPE_CHECKING:
    from bot.domain.outbox import Post
    from bot.ports import Clock, Store

POLL = timedelta(seconds=2)
"""How long a post by another process may stay unseen."""

_PAGE = 200


class Feed:
    """One channel as it is read: how far we have read it, and the cards that stand in it."""

    def __init__(self, store: Store, channel: str) -> None:
        self.channel = channel
        self._store = store
        self._revision = 0
        self._cards: dict[str, Post] = {}
        self._turn = asyncio.Lock()

    @property
    def cards(self) -> tuple[Post, ...]:
        """Return the cards of the channel, the latest change first."""
        return tuple(sorted(self._cards.values(), key=lambda post: -post.revision))

    async def news(self) -> tuple[Post, ...]:
        """Return what was posted or edited since the last call, oldest first; the cards are kept as well.

        While the database cannot be read there is no news; nothing is missed, the next call returns it.
        """
        async with self._turn:
            fresh: list[Post] = []
            with contextlib.suppress(Unavailable):
                while page := await self._page():
                    fresh.extend(page)
                    self._revision = page[-1].revision
            self._cards |= {post.reference: post for post in fresh if is_card(post)}
            return tuple(fresh)

    async def _page(self) -> tuple[Post, ...]:
        channel, revision = self.channel, self._revision
        return tuple(await self._store.read(lambda tx: tx.posts.since(channel, revision, _PAGE)))


def is_card(post: Post) -> bool:
    """Say whether a post is kept up to date instead of being said once."""
    return post.key.startswith(CARD_PREFIX)


async def until_poked(posted: asyncio.Event, clock: Clock) -> None:
    """Return when something was posted in this process, or when it is time to look for another process's posts."""
    await clock.wait(posted, clock.now() + POLL)
    posted.clear()
