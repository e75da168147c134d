"""Keeps pages going: what is due is decided, put on record and handed to the outbox in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.actor import system_actor
from bot.domain.audit import Action, Event, Outcome
from bot.domain.page import WayKind
from bot.domain.paging import Notice, NoticeKind, decide
from bot.domain.reach import Reach
from bot.operations.alarms import page_facts
from bot.operations.page_notices import channel_of, page_subject, redraw_page, tell_notice
from bot.reconcile.apart import apart

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.escalation import TargetKind
    from bot.domain.page import Page
    from bot.domain.plan import ChannelName
    from bot.domain.team import Team
    from bot.ports import Clock, Journal, Store, Transaction

AT_ONCE = 100
"""So many pages are taken up in one pass; the rest are due in the next."""

RETRY = timedelta(seconds=10)
"""A page that could not be decided about is taken up again this much later."""


@dataclass(frozen=True, slots=True)
class EscalationKeeper:
    """Decides and records, for each page that is due.

    `platforms` are the chat platforms that are connected, `pagers` the other kinds of target for which the outbox has
    somebody to hand messages to.
    """

    store: Store
    clock: Clock
    team: Callable[[], Team]
    journal: Journal
    platforms: tuple[str, ...] = ()
    pagers: frozenset[TargetKind] = frozenset()
    name: str = "escalations"

    async def step(self) -> int:
        """Take up what is due; return how many pages were looked at."""
        now = self.clock.now()
        due = await self.store.read(lambda tx: tx.pages.due(now, AT_ONCE))
        for failed in await apart(due, self._keep, self.journal, "page.crashed"):
            await self.store.write(lambda tx, number=failed.id: self._postpone(tx, number))  # type: ignore[misc]  # The number is this turn's.
        return len(due)

    async def next_due(self) -> datetime | None:
        """Return when a page is due next."""
        return await self.store.read(lambda tx: tx.pages.next_due())

    async def _keep(self, page: Page) -> None:
        await self.store.write(lambda tx: self._decide(tx, page.id))

    def _decide(self, tx: Transaction, number: int) -> None:
        """Decide anew from what is stored now: whoever answered meanwhile was first."""
        now, team = self.clock.now(), self.team()
        page = tx.pages.get(number)
        if page is None:
            return
        reach = Reach(team, tuple(tx.overrides.since(now)), self.platforms, now, self.pagers)
        after, notices = decide(page, now, reach.contact)
        if after is page:
            return
        after = replace(after, channels=_channels(after, notices))
        tx.pages.save(after, page.version)
        # The live message goes first: what follows stands in its thread.
        redraw_page(tx, after, now)
        for notice in notices:
            tell_notice(tx, after, notice, team, now)
            if notice.kind is NoticeKind.NOBODY:
                self.journal.error("page.nobody.reached", page=after.id)
        self._record(tx, page, after, notices, now)

    def _record(self, tx: Transaction, before: Page, after: Page, notices: tuple[Notice, ...], now: datetime) -> None:
        reached = [f"{way.kind} {way.platform} {way.person or way.to}" for it in notices for way in it.ways]
        skipped = [f"level {it.level}: {it.why}" for it in notices if it.kind is NoticeKind.SKIPPED]
        facts = {**page_facts(after), "reached": reached, "skipped": skipped, "round": after.round}
        event = Event(
            Action.PAGE_REACH, Outcome.ACCEPTED, page_subject(after.id), before=page_facts(before), after=facts
        )
        tx.audit.append(event, system_actor(f"{page_subject(after.id)}:{before.version}"), now)

    def _postpone(self, tx: Transaction, number: int) -> None:
        page = tx.pages.get(number)
        if page is not None and page.unresolved:
            later = replace(page, due_at=self.clock.now() + RETRY, version=page.version + 1)
            tx.pages.save(later, page.version)


def _channels(page: Page, notices: tuple[Notice, ...]) -> tuple[ChannelName, ...]:
    """Return the page's channels with those that were reached now: its live message stands there from now on."""
    reached = (channel_of(way) for it in notices for way in it.ways if way.kind is WayKind.CHANNEL)
    return tuple(dict.fromkeys((*page.channels, *reached)))
