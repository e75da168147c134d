"""The links that people made in chat, kept in memory, so that who somebody is can be told without the database."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import Unavailable
from bot.domain.team import linked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.domain.team import Identity, Team
    from bot.ports import Clock, Store

LOOK_AGAIN = timedelta(seconds=2)
"""What another process tied or untied is seen this much later at most."""


class LinkBook:
    """The team in force with every identity that was tied to somebody in it.

    It is read with the first line that somebody says and after every link made here, and glanced at with each line
    later than `LOOK_AGAIN`. While the database does not answer, what was known stays known. `beside`
    is what else of the team is glanced at then.
    """

    def __init__(
        self,
        listed: Callable[[], Team],
        store: Store,
        clock: Clock,
        beside: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.listed = listed
        self.store = store
        self.clock = clock
        self._beside = beside
        # Only ever replaced as a whole.
        self._links: Mapping[Identity, str] = {}
        self._read_at: datetime | None = None
        self._made: tuple[Team, Mapping[Identity, str], Team] | None = None
        """What the team was made of, and the team."""

    def team(self) -> Team:
        """Return the team as its people are known on all platforms."""
        # Work in a transaction asks, too, from another thread: what was made of older parts is recognised by them, and
        # whoever comes late with it does no harm.
        base, links, made = self.listed(), self._links, self._made
        if made is None or made[0] is not base or made[1] is not links:
            made = (base, links, linked(base, links) if links else base)
            self._made = made
        return made[2]

    def name_of(self, identity: Identity) -> str | None:
        """Return to whose name an identity was tied in chat, listed or not."""
        return next((name for known, name in self._links.items() if known.means(identity)), None)

    async def refresh(self) -> None:
        """Read the links. Raises Unavailable."""
        # Stamped before they are read: what changes meanwhile is seen the next time.
        self._read_at = self.clock.now()
        found = await self.store.read(lambda tx: tx.links.all())
        links = {link.identity: link.person for link in found}
        if links != self._links:
            self._links = links

    async def glance(self) -> None:
        """Read the links again where that was not done a moment ago."""
        if self._beside is not None:
            await self._beside()
        now = self.clock.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < LOOK_AGAIN:
            with suppress(Unavailable):
                await self.refresh()
