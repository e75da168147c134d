"""A conversation that keeps what it was told and answers as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.chat.conversation import NOTHING_GIVEN, Origin, Outcome, Reply
from bot.domain.form import Form
from bot.domain.message import Message, say
from commands.completion import Candidate

DONE = Reply(say("Done."), Outcome.DONE)


@dataclass(frozen=True, slots=True)
class Heard:
    """One line that was handled."""

    line: str
    origin: Origin
    given: Mapping[str, str]


@dataclass(slots=True)
class Listening:
    """The Conversation port; `open` is a gate that a test may close to make the work take long."""

    reply: Reply = DONE
    form: Form | Reply | None = None
    candidates: tuple[Candidate, ...] = ()
    failing: Exception | None = None
    heard: list[Heard] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def handle(self, text: str, origin: Origin, given: Mapping[str, str] = NOTHING_GIVEN) -> Reply:
        """Keep the line, and answer when the gate is open."""
        self.heard.append(Heard(text, origin, dict(given)))
        await self.open.wait()
        self._fail()
        return self.reply

    async def ask(self, text: str, origin: Origin) -> Form | Reply | None:
        """Return the form that a test wants."""
        self.asked.append(text)
        await self.open.wait()
        self._fail()
        return self.form

    def knows(self, origin: Origin) -> bool:
        """Know those whom a test lists."""
        return origin.platform_id in self.listed

    async def home(self, origin: Origin) -> Message:
        """Return nothing of interest: Discord has no such page."""
        return self.reply.message

    async def complete(self, text: str, origin: Origin) -> tuple[Candidate, ...]:
        """Return the candidates that a test wants."""
        self.completed.append(text)
        await self.open.wait()
        self._fail()
        return self.candidates

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing
