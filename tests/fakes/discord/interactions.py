"""What a person did with the bot (a command, a press, a form), and what the bot answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from tests.fakes.discord.places import Channel, Person
from tests.fakes.discord.posts import Json, Message, MessageFlag

TIME_TO_ANSWER = timedelta(seconds=3)
TIME_TO_FOLLOW_UP = timedelta(minutes=15)
"""docs.discord.com/developers/interactions/receiving-and-responding."""


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Response(IntEnum):
    """The kinds of a first answer."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list that an autocomplete offers."""

    name: str
    value: str | int | float


@dataclass(slots=True, eq=False, repr=False)
class Modal:
    """A form that stands before a person."""

    custom_id: str
    title: str
    components: list[Json]
    opened_by: Interaction
    open: bool = True

    def __repr__(self) -> str:
        return f"<Modal {self.title} {self.fields}>"

    @property
    def fields(self) -> dict[str, str]:
        """The parts that can be filled in: label by custom_id."""
        return {part["custom_id"]: label for label, part in self.inputs}

    @property
    def inputs(self) -> list[tuple[str, Json]]:
        """Each part that can be filled in, with its label."""
        found = []
        for part in self.components:
            if part.get("component"):
                found.append((part["label"], part["component"]))
            found += [(inner.get("label", ""), inner) for inner in part.get("components", ())]
        return found


@dataclass(slots=True, eq=False, repr=False)
class Interaction:
    """Something that a person did, and everything that the bot answered to it."""

    id: int
    type: InteractionType
    token: str
    person: Person
    channel: Channel
    payload: Json
    """The INTERACTION_CREATE as it was sent, to be sent again by `repeat`."""
    created_at: datetime
    source: Message | None = None
    """The message whose component was used."""
    response: Response | None = None
    """None as long as the bot has not answered."""
    message: Message | None = None
    """The reply, or for an update the message that was edited; None for a modal, a choice list, a deferred update."""
    modal: Modal | None = None
    choices: list[Choice] = field(default_factory=list)
    followups: list[Message] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    """The codes with which further or late answers were refused."""
    option_type: int | None = None
    """The type of the option that is being completed."""
    heard: bool = True
    """Whether any session of the bot was there to receive it."""

    def __repr__(self) -> str:
        came = "no answer" if self.response is None else self.response.name
        return f"<Interaction {self.type.name} of {self.person.name}: {came}, refused {self.refused}, {self.message}>"

    @property
    def original(self) -> Message | None:
        """What `@original` means: the reply, or the message whose component was used."""
        return self.source if self.response is Response.DEFERRED_UPDATE else self.message

    @property
    def loading(self) -> bool:
        """Whether the person still reads that the bot is thinking."""
        reply = self.message
        return reply is not None and not reply.deleted and MessageFlag.LOADING in reply.flags

    @property
    def failed(self) -> bool:
        """Whether the person was told that the application did not respond."""
        return self.response is None

    @property
    def text(self) -> str:
        """What the reply says; AssertionError where there is none."""
        assert not self.failed, f"the application did not respond: refused with {self.refused}"
        assert self.message is not None, f"the answer is no message: {self.response!r}"
        return self.message.text

    @property
    def ephemeral(self) -> bool:
        """Whether only the person sees the reply."""
        return self.message is not None and self.message.is_ephemeral

    def metadata(self) -> Json:
        """Return what a message tells about the interaction that it answers."""
        person: Json = {"id": str(self.person.id), "username": self.person.name, "discriminator": "0", "avatar": None}
        owners: Any = self.payload["authorizing_integration_owners"]
        return {"id": str(self.id), "type": int(self.type), "user": person, "authorizing_integration_owners": owners}


ANSWERS: dict[InteractionType, set[Response]] = {
    InteractionType.COMMAND: {Response.MESSAGE, Response.DEFERRED_MESSAGE, Response.MODAL},
    InteractionType.COMPONENT: set(Response) - {Response.CHOICES},
    InteractionType.AUTOCOMPLETE: {Response.CHOICES},
    InteractionType.MODAL: set(Response) - {Response.CHOICES, Response.MODAL},
}
"""Which first answers each kind takes; a form that was not opened from a component takes no update either."""
