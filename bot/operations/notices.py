"""Puts what people must see into the outbox, in the transaction that made it true."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from bot.domain.outbox import DeliveryKind, NewDelivery

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.message import Message
    from bot.domain.rollout import Rollout
    from bot.ports import Transaction


def card_subject(rollout_id: int) -> str:
    """Return the outbox's name for a rollout: what a card is drawn for."""
    return f"rollout:{rollout_id}"


def redraw(tx: Transaction, rollout: Rollout, now: datetime) -> None:
    """Have the rollout's card drawn anew in each of its channels; what is still waiting to be drawn is one row."""
    occasion = uuid4().hex
    for channel in rollout.channels:
        tx.outbox.add(
            NewDelivery(
                key=f"card:{rollout.id}:{occasion}:{channel.platform}:{channel.channel}",
                kind=DeliveryKind.CARD,
                platform=channel.platform,
                channel=channel.channel,
                subject=card_subject(rollout.id),
                message=None,
                created_at=now,
                due_at=now,
            )
        )


def tell(tx: Transaction, rollout: Rollout, what: str, message: Message, now: datetime) -> None:
    """Post something once in each of the rollout's channels; `what` and the version make it once."""
    for channel in rollout.channels:
        tx.outbox.add(
            NewDelivery(
                key=f"{what}:{rollout.id}:{rollout.version}:{channel.platform}:{channel.channel}",
                kind=DeliveryKind.POST,
                platform=channel.platform,
                channel=channel.channel,
                subject=card_subject(rollout.id),
                message=message,
                created_at=now,
                due_at=now,
            )
        )
