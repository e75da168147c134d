"""Messages and files as they stand on the server, and what a person reads in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag
from typing import Any

from tests.fakes.discord.places import Channel, Person

Json = dict[str, Any]


class MessageFlag(IntFlag):
    """docs.discord.com/developers/resources/message, those that a bot meets."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


class ComponentType(IntEnum):
    """docs.discord.com/developers/components/reference."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO = 21
    CHECKBOXES = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {
        ComponentType.STRING_SELECT,
        ComponentType.USER_SELECT,
        ComponentType.ROLE_SELECT,
        ComponentType.MENTIONABLE_SELECT,
        ComponentType.CHANNEL_SELECT,
    }
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody sends it."""

    filename: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it hangs on a message."""

    id: int
    filename: str
    content: bytes
    content_type: str
    url: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Pings:
    """Whom a message notifies, by their names."""

    people: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    everyone: frozenset[str] = frozenset()
    """`@everyone` and `@here`."""

    def __len__(self) -> int:
        return len(self.people) + len(self.roles) + len(self.everyone)


NOBODY = Pings()


@dataclass(slots=True, eq=False, repr=False)
class Message:
    """A post, as its last edit left it."""

    id: int
    channel: Channel
    author: Person
    created_at: datetime
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    flags: MessageFlag = NO_FLAGS
    attachments: list[Attachment] = field(default_factory=list)
    nonce: str | int | None = None
    edited_at: datetime | None = None
    edits: int = 0
    thread: Channel | None = None
    """The thread that was started from this message."""
    ephemeral_to: Person | None = None
    """The only person who sees it; None for a message to everyone."""
    reply_to: Message | None = None
    interaction: Json | None = None
    """What the interaction was that this message answers."""
    pings: Pings = NOBODY
    """Whom the message, as it stands, notifies."""
    all_pings: list[Pings] = field(default_factory=list)
    """Whom it notified when it was posted and at each edit, where that was anybody."""
    deleted: bool = False

    def __repr__(self) -> str:
        return f"<Message {self.id} by {self.author.name}: {self.text!r}>"

    @property
    def text(self) -> str:
        """Everything that is written in it, a line for each piece: content, embeds, text displays."""
        pieces = [self.content, *self._embed_texts()]
        pieces += [part["content"] for part in walk(self.components) if part["type"] == ComponentType.TEXT]
        return "\n".join(piece for piece in pieces if piece)

    def _embed_texts(self) -> Iterator[str]:
        for embed in self.embeds:
            yield embed.get("author", {}).get("name", "")
            yield embed.get("title", "")
            yield embed.get("description", "")
            for piece in embed.get("fields", ()):
                yield f"{piece['name']}: {piece['value']}"
            yield embed.get("footer", {}).get("text", "")

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons that can be pressed."""
        return [
            part.get("label") or (part.get("emoji") or {}).get("name") or ""
            for part in walk(self.components)
            if part["type"] == ComponentType.BUTTON and not part.get("disabled")
        ]

    @property
    def is_ephemeral(self) -> bool:
        """Whether one person alone sees it."""
        return MessageFlag.EPHEMERAL in self.flags

    @property
    def has_layout(self) -> bool:
        """Whether it is made of components of the second version."""
        return MessageFlag.IS_COMPONENTS_V2 in self.flags


def walk(components: list[Json]) -> Iterator[Json]:
    """Yield components and whatever is in them, as they are read from the top."""
    for part in components:
        yield part
        yield from walk(part.get("components") or [])
        yield from walk([inner for inner in (part.get("accessory"), part.get("component")) if inner])
