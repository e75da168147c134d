"""A chat platform in memory, which fails when a test wants it to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.errors import Uncertain
from bot.domain.outbox import IN_CHANNEL

if TYPE_CHECKING:
    from bot.domain.message import Message
    from bot.domain.outbox import Placing


@dataclass(slots=True)
class Said:
    """One post as it stands now; `edits` counts how often it was replaced."""

    channel: str
    key: str
    message: Message
    edits: int = 0
    placing: Placing = IN_CHANNEL


@dataclass(slots=True)
class FakePlatform:
    """The ChatPlatform port over a list; a post's reference is its place in it.

    Each call takes the first of `failures` and raises it, where it is one; `None` lets the call pass. `refusing` holds
    for a channel what its next post raises: which channel's turn is first is chance.
    """

    said: list[Said] = field(default_factory=list)
    failures: deque[Exception | None] = field(default_factory=deque)
    refusing: dict[str, Exception] = field(default_factory=dict)
    calls: int = 0
    lost: set[int] = field(default_factory=set)
    cut_after: bool = False

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Keep a post; a key that is there already changes nothing."""
        self._fail()
        if channel in self.refusing:
            raise self.refusing.pop(channel)
        for place, known in enumerate(self.said):
            if (known.channel, known.key) == (channel, key):
                return str(place)
        self.said.append(Said(channel, key, message, placing=placing))
        if self.cut_after:
            self.cut_after = False
            raise Uncertain("The answer was lost.")
        return str(len(self.said) - 1)

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Replace a post."""
        self._fail()
        if int(reference) in self.lost:
            return await self._anew(channel, int(reference), message)
        known = self.said[int(reference)]
        assert known.channel == channel
        known.message = message
        known.edits += 1
        return reference

    async def _anew(self, channel: str, reference: int, message: Message) -> str:
        """Post a message in the place of one that somebody deleted."""
        return await self.post(channel, f"anew:{reference}", message)

    def summaries(self, channel: str) -> list[str]:
        """Return what a channel shows, in the order in which it was posted."""
        return [it.message.summary for it in self.said if it.channel == channel]

    def _fail(self) -> None:
        self.calls += 1
        failure = self.failures.popleft() if self.failures else None
        if failure is not None:
            raise failure
