"""How fast a chat platform may be written to: when the next post in a channel, or the next edit of a card, may leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.outbox import DeliveryKind

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain.outbox import Delivery
    from bot.ports import ChatPlatform

Spot = tuple[str, str, str]
"""Platform, channel and, for a card, its subject."""


@dataclass(slots=True)
class Paces:
    """Remembers in memory when each channel and card is free again: after a restart nobody has written lately."""

    free: dict[Spot, datetime] = field(default_factory=dict)

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """Return when a delivery may leave; now where nothing speaks against it."""
        self.free = {spot: at for spot, at in self.free.items() if at > now}
        spots = [_channel(delivery)]
        if delivery.kind is DeliveryKind.CARD:
            spots.append(_card(delivery))
        return max((self.free.get(spot, now) for spot in spots), default=now)

    def posted(self, platform: ChatPlatform, delivery: Delivery, now: datetime) -> None:
        """Note a post; what follows in the channel waits for it."""
        self._hold(_channel(delivery), getattr(platform, "between_posts", None), now)

    def edited(self, platform: ChatPlatform, delivery: Delivery, now: datetime) -> None:
        """Note an edit; the next one of the same card waits, and shows everything that happened meanwhile."""
        self._hold(_card(delivery), getattr(platform, "between_edits", None), now)

    def _hold(self, spot: Spot, pause: timedelta | None, now: datetime) -> None:
        if pause:
            self.free[spot] = now + pause


def _channel(delivery: Delivery) -> Spot:
    return delivery.platform, delivery.channel, ""


def _card(delivery: Delivery) -> Spot:
    return delivery.platform, delivery.channel, delivery.subject
