"""Keeps the outbox empty: what must leave is sent in order per channel, at least once, and what cannot be is visible."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements import page_card, report, rollout_card, undelivered
from bot.domain.errors import Refused, Unavailable, Uncertain
from bot.domain.outbox import Delivery, DeliveryKind, DeliveryState, Place, Placing, Posted
from bot.domain.page import PageState
from bot.operations.alarms import alarm_of_failure
from bot.operations.announcing import try_elsewhere
from bot.operations.notices import CARD_FOLLOWS, tell_of_failure
from bot.operations.page_notices import PAGING, REMINDING, about, page_number
from bot.operations.page_notices import SUBJECT as PAGE
from bot.reconcile.apart import apart
from bot.reconcile.paces import Paces

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from bot.domain.message import Message
    from bot.operations.circumstances import Circumstances
    from bot.operations.reports import Reports
    from bot.ports import Charts, ChatPlatform, Clock, FileSharing, Journal, Store, Transaction

AT_ONCE = 20
"""So many channels are served in one pass."""

SEND_WITHIN = timedelta(seconds=40)
"""A send that has no answer by then is uncertain. Every platform gives up on its own call well before."""

LONGEST_WAIT = timedelta(minutes=5)
"""Retries come at 1, 2, 4… seconds, and never further apart than this, unless the other side asks for more."""

_ONLY_WHILE = {PAGING: PageState.OPEN, REMINDING: PageState.ACKNOWLEDGED}
"""Nobody is paged once somebody has answered, and nobody reminded of an acknowledgement that is over."""


@dataclass(frozen=True, slots=True)
class OutboxKeeper:
    """Claims a row, sends it, and records what came of it, one row per channel at a time.

    `files` are the platforms that carry files; `elsewhere` names those that another process is connected to, whose rows
    are left to it.
    """

    store: Store
    clock: Clock
    platforms: Mapping[str, ChatPlatform]
    circumstances: Circumstances
    journal: Journal
    reports: Reports
    files: Mapping[str, FileSharing] = field(default_factory=dict)
    charts: Charts | None = None
    elsewhere: Collection[str] = ()
    name: str = "outbox"
    paces: Paces = field(default_factory=Paces)

    async def step(self) -> int:
        """Send what is due; return how many rows were taken up."""
        now = self.clock.now()
        due = await self.store.read(lambda tx: tx.outbox.due(now, AT_ONCE, self.elsewhere))
        # What failed stays claimed until its deadline, and is then tried again.
        await apart(due, self._deliver, self.journal, "outbox.delivery.crashed")
        return len(due)

    async def next_due(self) -> datetime | None:
        """Return when a row is due next."""
        return await self.store.read(lambda tx: tx.outbox.next_due(self.elsewhere))

    async def _deliver(self, delivery: Delivery) -> None:
        now = self.clock.now()
        free_at = self.paces.free_at(delivery, now)
        if free_at > now:
            later = replace(delivery, due_at=free_at)
            await self.store.write(lambda tx: tx.outbox.save(later, delivery.attempts))
            return
        claim = replace(
            delivery,
            state=DeliveryState.SENDING,
            attempts=delivery.attempts + 1,
            deadline=now + SEND_WITHIN,
            due_at=now + SEND_WITHIN,
        )
        if not await self.store.write(lambda tx: tx.outbox.save(claim, delivery.attempts)):
            return
        # A row that was being sent already has no known end: it may have arrived.
        await self._record(await self._outcome(claim, again=delivery.state is DeliveryState.SENDING))

    async def _outcome(self, claim: Delivery, *, again: bool) -> Delivery:
        try:
            return await self._send(claim, again=again)
        except Uncertain as problem:
            return self._later(claim, problem, unsure=True)
        except Unavailable as problem:
            return self._later(claim, problem, unsure=again)
        except Refused as problem:
            self.journal.error("outbox.delivery.failed", delivery=claim.id, problem=problem.sentence)
            error = f"{problem.sentence} What helps: {problem.hints[0]}." if problem.hints else problem.sentence
            return replace(claim, state=DeliveryState.FAILED, due_at=None, deadline=None, error=error)

    async def _send(self, claim: Delivery, *, again: bool) -> Delivery:
        platform = self.platforms.get(claim.platform)
        if platform is None:
            raise Refused(f"No {claim.platform} is connected.", "rollcall doctor")
        if claim.kind is DeliveryKind.REPORT:
            return await self._share(claim, again=again)
        message = await self._message(claim)
        if message is None:
            return replace(claim, state=DeliveryState.DROPPED, due_at=None, deadline=None, error="nothing to show")
        reference = await self._place(platform, claim, message, again=again)
        return replace(claim, state=DeliveryState.SENT, due_at=None, deadline=None, reference=reference, error="")

    async def _place(self, platform: ChatPlatform, claim: Delivery, message: Message, *, again: bool) -> str:
        standing = await self.store.read(lambda tx: tx.outbox.posted(claim.subject, claim.platform, claim.channel))
        if claim.kind is not DeliveryKind.CARD:
            placing = _placing(claim, standing, again=again)
            reference = await platform.post(claim.channel, claim.key, message, placing)
            self.paces.posted(platform, claim, self.clock.now())
        elif standing is not None:
            reference = await platform.edit(claim.channel, standing.reference, message)
            self.paces.edited(platform, claim, self.clock.now())
        else:
            placing = Placing(again=again, since=_since(claim, again=again))
            reference = await platform.post(claim.channel, CARD_FOLLOWS + claim.subject, message, placing)
            self.paces.posted(platform, claim, self.clock.now())
        return reference

    async def _share(self, claim: Delivery, *, again: bool) -> Delivery:
        """Post a report with its files, where the platform carries files; elsewhere a command shows it."""
        sharing = self.files.get(claim.platform)
        if sharing is None:
            return replace(claim, state=DeliveryState.DROPPED, due_at=None, deadline=None, error="no files here")
        found = await self.reports.of(_number(claim))
        standing = await self.store.read(lambda tx: tx.outbox.posted(claim.subject, claim.platform, claim.channel))
        files, placing = report.attachments(found), _placing(claim, standing, again=again)
        if self.charts is not None:
            files = (*files, *await self.charts.draw(found))
        reference = await sharing.share(claim.channel, claim.key, report.render_short(found), files, placing)
        self.paces.posted(self.platforms[claim.platform], claim, self.clock.now())
        return replace(claim, state=DeliveryState.SENT, due_at=None, deadline=None, reference=reference, error="")

    async def _message(self, claim: Delivery) -> Message | None:
        """Return what to send: a post as it was written, a card as the state is now."""
        if claim.kind is DeliveryKind.POST:
            wanted = next((state for begin, state in _ONLY_WHILE.items() if claim.key.startswith(begin)), None)
            still = wanted is None or await self.store.read(lambda tx: _is(tx, claim, wanted))
            return claim.message if still else None
        return await self.store.read(lambda tx: self._card(tx, claim))

    def _card(self, tx: Transaction, claim: Delivery) -> Message | None:
        if claim.subject.startswith(PAGE):
            return self._page_card(tx, claim)
        rollout, now = tx.rollouts.get(_number(claim)), self.clock.now()
        return (
            rollout_card.render(rollout, now, self.circumstances.of(tx, rollout, now)) if rollout is not None else None
        )

    def _page_card(self, tx: Transaction, claim: Delivery) -> Message | None:
        page = tx.pages.get(page_number(claim.subject))
        if page is None:
            return None
        policy = self.circumstances.team().escalation.get(page.policy.name)
        return page_card.render(page, about(tx, page), policy_changed=policy != page.policy)

    async def _record(self, ended: Delivery) -> None:
        posted = Posted(ended.subject, ended.platform, ended.channel, ended.reference)
        stands = ended.kind is DeliveryKind.CARD and ended.state is DeliveryState.SENT
        now = self.clock.now()

        def work(tx: Transaction) -> None:
            if not tx.outbox.save(ended, ended.attempts):
                return
            if stands:
                tx.outbox.remember(posted)
            if ended.state is DeliveryState.FAILED:
                tell_of_failure(tx, ended, undelivered.render(ended), now)
                try_elsewhere(tx, ended, now)
                alarm_of_failure(tx, self.circumstances, ended, now)

        await self.store.write(work)

    def _later(self, claim: Delivery, problem: Unavailable, *, unsure: bool) -> Delivery:
        """Try again after a while; what may have arrived stays `sending`, so that it is looked for first."""
        wait = problem.after or min(timedelta(seconds=2 ** min(claim.attempts - 1, 20)), LONGEST_WAIT)
        state = DeliveryState.SENDING if unsure else DeliveryState.PENDING
        self.journal.warning(
            "outbox.delivery.delayed",
            delivery=claim.id,
            attempts=claim.attempts,
            problem=problem.sentence,
            uncertain=unsure,
        )
        at = self.clock.now() + wait
        return replace(claim, state=state, due_at=at, deadline=at if unsure else None, error=problem.sentence)


def _is(tx: Transaction, claim: Delivery, state: PageState) -> bool:
    """Say whether the page that a message is about is still in the only state in which the message is true."""
    page = tx.pages.get(page_number(claim.subject))
    return page is not None and page.state is state


def _number(claim: Delivery) -> int:
    return int(claim.subject.partition(":")[2])


def _placing(claim: Delivery, standing: Posted | None, *, again: bool) -> Placing:
    """Return where a post goes: into its card's thread where there is a card."""
    since = _since(claim, again=again)
    if claim.place is Place.CHANNEL or standing is None:
        return Placing(again=again, since=since)
    return Placing(standing.reference, broadcast=claim.place is Place.BOTH, again=again, since=since)


def _since(claim: Delivery, *, again: bool) -> datetime | None:
    """Return before when an earlier attempt cannot have arrived; None where there was none."""
    return claim.created_at if again else None
