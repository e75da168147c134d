"""What people are shown of announcements: previews, and each announcement with the state of its deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.announcement import Announcement, Destination
    from bot.domain.message import Message
    from bot.domain.outbox import Delivery


@dataclass(frozen=True, slots=True)
class Previewed:
    """One message as it will be: when it is due, where that is known; its places; and on which platforms nobody is.

    `unknown` are audiences that the team file does not have, so that nobody is told anything. `looks` is what people see of it on each platform that its audiences are on, by the platform's name, as text.
    """

    said: Announcement
    due: datetime | None
    message: Message | None
    problem: str
    places: tuple[Destination, ...]
    lacking: tuple[tuple[str, str], ...] = ()
    looks: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracked:
    """An announcement with what became of it at each of its places."""

    said: Announcement
    deliveries: tuple[tuple[Destination, Delivery | None], ...] = ()
