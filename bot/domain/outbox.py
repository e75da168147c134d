"""What must leave the bot: rows written together with the state that explains them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.message import Message


class DeliveryState(StrEnum):
    """How far a row has come. A `sending` row past its deadline is uncertain and is reconciled, never sent blindly."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class DeliveryKind(StrEnum):
    """A post says one thing once; a card is drawn from the state at the moment of sending and edited in place.

    A report is drawn at the moment of sending, too, and posted with its files.
    """

    POST = "post"
    CARD = "card"
    REPORT = "report"


class Place(StrEnum):
    """Where in its channel a post goes: among the others, into its card's thread, or into both."""

    CHANNEL = "channel"
    THREAD = "thread"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Placing:
    """How one post is handed to a platform.

    `thread` is the reference of the card in whose thread it goes; empty means the channel. `broadcast` shows it in the
    channel as well. `again` says that an earlier attempt may have arrived, so that the platform looks before it posts;
    it cannot have arrived before `since`, where that is known.
    """

    thread: str = ""
    broadcast: bool = False
    again: bool = False
    since: datetime | None = None


IN_CHANNEL = Placing()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to be shared: `alt` says in words what a picture shows."""

    name: str
    media_type: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One message for one channel, before it has a number.

    `key` is unique among all rows: it lets a receiver, or us, recognise a repeat. A card has no message: it is drawn
    when it leaves, for the rollout named in `subject`.
    """

    key: str
    kind: DeliveryKind
    platform: str
    channel: str
    subject: str
    message: Message | None
    created_at: datetime
    due_at: datetime
    place: Place = Place.CHANNEL


@dataclass(frozen=True, slots=True)
class Delivery:
    """A stored message on its way; `due_at` is None once it has ended, `deadline` is when a send becomes uncertain."""

    id: int
    key: str
    kind: DeliveryKind
    platform: str
    channel: str
    subject: str
    message: Message | None
    created_at: datetime
    due_at: datetime | None
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    deadline: datetime | None = None
    reference: str = ""
    error: str = ""
    place: Place = Place.CHANNEL


@dataclass(frozen=True, slots=True)
class Posted:
    """A card that stands in a channel: where, and the platform's reference by which it is edited."""

    subject: str
    platform: str
    channel: str
    reference: str


@dataclass(frozen=True, slots=True)
class Post:
    """One post of the local chat; `revision` grows with every post and edit in all of its channels."""

    reference: str
    channel: str
    key: str
    message: Message
    at: datetime
    revision: int
