"""Who types, and in which channel."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from bot.chat.conversation import Origin

PLATFORM = "local"


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in a channel of the local chat."""

    person: str
    channel: str

    def origin(self) -> Origin:
        """Return where the next line comes from; each line is a request of its own."""
        return Origin(PLATFORM, self.channel, self.person, uuid4().hex)
