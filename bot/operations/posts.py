"""Puts one thing for one channel into the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.outbox import DeliveryKind, NewDelivery, Place

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.announcement import Destination
    from bot.domain.message import Message
    from bot.domain.plan import ChannelName
    from bot.ports import Transaction

LONGEST_KEY = 200
"""Characters that the outbox keeps of a key."""


def post(
    tx: Transaction,
    channel: ChannelName | Destination,
    subject: str,
    key: str,
    now: datetime,
    *,
    kind: DeliveryKind = DeliveryKind.POST,
    message: Message | None = None,
    place: Place = Place.CHANNEL,
) -> None:
    """Have something leave for a channel at once; `key` makes it once there, however often this runs."""
    tx.outbox.add(
        NewDelivery(
            key=f"{key}:{channel.platform}:{channel.channel}"[:LONGEST_KEY],
            kind=kind,
            platform=channel.platform,
            channel=channel.channel,
            subject=subject,
            message=message,
            created_at=now,
            due_at=now,
            place=place,
        )
    )
