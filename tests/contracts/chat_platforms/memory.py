"""The fake that other tests use, so that it keeps the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.errors import Unavailable
from tests.contracts.chat_platforms.world import Seen
from tests.fakes.chat_platform import FakePlatform


@dataclass
class MemoryWorld:
    """A channel in memory."""

    platform: FakePlatform = field(default_factory=FakePlatform)
    channel: str = "releases"
    somebody: tuple[tuple[str, str], ...] = ()

    def shown(self) -> list[Seen]:
        return [
            Seen(it.message.summary, bool(it.placing.thread), it.placing.broadcast or not it.placing.thread)
            for place, it in enumerate(self.platform.said)
            if place not in self.platform.lost
        ]

    def pings(self) -> int:
        return 0

    def lose(self, reference: str) -> None:
        self.platform.lost.add(int(reference))

    def busy(self) -> timedelta:
        self.platform.failures.append(Unavailable("It is busy.", after=timedelta(seconds=7)))
        return timedelta(seconds=7)

    def cut_after(self) -> None:
        self.platform.cut_after = True

    def down(self) -> None:
        self.platform.failures.extend([Unavailable("It is down.")] * 9)

    async def fresh(self) -> FakePlatform:
        return self.platform


@asynccontextmanager
async def memory_world() -> AsyncIterator[MemoryWorld]:
    yield MemoryWorld()
