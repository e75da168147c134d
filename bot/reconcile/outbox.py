"""Keeps the outbox empty: what must leave is sent in order per channel, at least once, and what cannot be is visible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements import rollout_card
from bot.domain.errors import Refused, Unavailable
from bot.domain.outbox import Delivery, DeliveryKind, DeliveryState, Posted
from bot.reconcile.apart import apart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.message import Message
    from bot.operations.circumstances import Circumstances
    from bot.ports import ChatPlatform, Clock, Journal, Store, Transaction

AT_ONCE = 20
"""So many channels are served in one pass."""

SEND_WITHIN = timedelta(seconds=15)
"""A send that has no answer by then is uncertain."""

LONGEST_WAIT = timedelta(minutes=5)
"""Retries come at 1, 2, 4… seconds, and never further apart than this."""

CARD_FOLLOWS = "card:"
"""A card's post is known by this and its subject, so that a channel never gets two cards of one rollout."""


@dataclass(frozen=True, slots=True)
class OutboxKeeper:
    """Claims a row, sends it, and records what came of it, one row per channel at a time."""

    store: Store
    clock: Clock
    platforms: Mapping[str, ChatPlatform]
    circumstances: Circumstances
    journal: Journal
    name: str = "outbox"

    async def step(self) -> int:
        """Send what is due; return how many rows were taken up."""
        now = self.clock.now()
        due = await self.store.read(lambda tx: tx.outbox.due(now, AT_ONCE))
        # What failed stays claimed until its deadline, and is then tried again.
        await apart(due, self._deliver, self.journal, "outbox.delivery.crashed")
        return len(due)

    async def next_due(self) -> datetime | None:
        """Return when a row is due next."""
        return await self.store.read(lambda tx: tx.outbox.next_due())

    async def _deliver(self, delivery: Delivery) -> None:
        now = self.clock.now()
        claim = replace(
            delivery,
            state=DeliveryState.SENDING,
            attempts=delivery.attempts + 1,
            deadline=now + SEND_WITHIN,
            due_at=now + SEND_WITHIN,
        )
        if not await self.store.write(lambda tx: tx.outbox.save(claim, delivery.attempts)):
            return
        try:
            ended = await self._send(claim)
        except Unavailable as problem:
            ended = self._later(claim, problem.sentence)
        except Refused as problem:
            self.journal.error("outbox.delivery.failed", delivery=claim.id, problem=problem.sentence)
            ended = replace(claim, state=DeliveryState.FAILED, due_at=None, deadline=None, error=problem.sentence)
        await self._record(ended)

    async def _send(self, claim: Delivery) -> Delivery:
        platform = self.platforms.get(claim.platform)
        if platform is None:
            raise Refused(f"No {claim.platform} is connected.", "rollcall doctor")
        message = await self._message(claim)
        if message is None:
            return replace(claim, state=DeliveryState.DROPPED, due_at=None, deadline=None, error="nothing to show")
        reference = await self._place(platform, claim, message)
        return replace(claim, state=DeliveryState.SENT, due_at=None, deadline=None, reference=reference, error="")

    async def _place(self, platform: ChatPlatform, claim: Delivery, message: Message) -> str:
        if claim.kind is DeliveryKind.POST:
            return await platform.post(claim.channel, claim.key, message)
        standing = await self.store.read(lambda tx: tx.outbox.posted(claim.subject, claim.platform, claim.channel))
        if standing is not None:
            return await platform.edit(claim.channel, standing.reference, message)
        return await platform.post(claim.channel, CARD_FOLLOWS + claim.subject, message)

    async def _message(self, claim: Delivery) -> Message | None:
        """Return what to send: a post as it was written, a card as the state is now."""
        if claim.kind is DeliveryKind.POST:
            return claim.message
        number = int(claim.subject.partition(":")[2])
        return await self.store.read(lambda tx: self._card(tx, number))

    def _card(self, tx: Transaction, number: int) -> Message | None:
        rollout, now = tx.rollouts.get(number), self.clock.now()
        return (
            rollout_card.render(rollout, now, self.circumstances.of(tx, rollout, now)) if rollout is not None else None
        )

    async def _record(self, ended: Delivery) -> None:
        posted = Posted(ended.subject, ended.platform, ended.channel, ended.reference)
        stands = ended.kind is DeliveryKind.CARD and ended.state is DeliveryState.SENT

        def work(tx: Transaction) -> None:
            if tx.outbox.save(ended, ended.attempts) and stands:
                tx.outbox.remember(posted)

        await self.store.write(work)

    def _later(self, claim: Delivery, problem: str) -> Delivery:
        wait = min(timedelta(seconds=2 ** min(claim.attempts - 1, 20)), LONGEST_WAIT)
        self.journal.warning("outbox.delivery.delayed", delivery=claim.id, attempts=claim.attempts, problem=problem)
        return replace(claim, state=DeliveryState.PENDING, due_at=self.clock.now() + wait, deadline=None, error=problem)
