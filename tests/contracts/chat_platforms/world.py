"""What a contract test needs of a chat platform's world, beside the platform itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.ports import ChatPlatform


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it stands: what it says and, in a thread, where."""

    text: str
    in_thread: bool = False
    in_channel: bool = True


class PlatformWorld(Protocol):
    """One platform with a channel, and the ways in which it can fail."""

    @property
    def platform(self) -> ChatPlatform:
        """Return the platform as the bot has it."""
        ...

    @property
    def channel(self) -> str:
        """Return the channel that is posted to."""
        ...

    @property
    def somebody(self) -> tuple[tuple[str, str], ...]:
        """Return the identity of a person in that channel; empty where the platform knows nobody."""
        ...

    def shown(self) -> list[Seen]:
        """Return every message of the channel and its threads, oldest first."""
        ...

    def pings(self) -> int:
        """Return how many people, groups or channels were notified by mentions."""
        ...

    def lose(self, reference: str) -> None:
        """Let somebody delete a message."""
        ...

    def busy(self) -> timedelta:
        """Let the next post be refused for now; return the time to wait that it is told."""
        ...

    def cut_after(self) -> None:
        """Let the next post arrive, and its answer be lost."""
        ...

    def down(self) -> None:
        """Let nothing be reached any more."""
        ...

    async def fresh(self) -> ChatPlatform:
        """Return the platform as a bot that was started anew would have it."""
        ...
