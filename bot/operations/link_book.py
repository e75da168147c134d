"""The links that people made in chat, kept in memory, so that who somebody is can be told without the database."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import Unavailable
from bot.domain.team import linked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
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
        self._links: dict[Identity, str] = {}
        self._read_at: datetime | None = None
        self._base: Team | None = None
        self._team: Team | None = None

    def team(self) -> Team:
        """Return the team as its people are known on all platforms."""
        base = self.listed()
        # Work in a transaction asks, too, from another thread, so that no attribute is read twice.
        team = self._team
        if team is None or self._base is not base:
            team = linked(base, self._links) if self._links else base
            self._base, self._team = base, team
        return team

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
            self._links, self._team = links, None

    async def glance(self) -> None:
        """Read the links again where that was not done a moment ago."""
        if self._beside is not None:
            await self._beside()
        now = self.clock.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < LOOK_AGAIN:
            with suppress(Unavailable):
                await self.refresh()
