"""The world around the bot, which breaks when a history wants it to, and the points at which a process may die."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.errors import Unavailable
from bot.domain.outbox import IN_CHANNEL
from tests.simulation.steps import Health

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.flag import FlagSetting, FlagTarget
    from bot.domain.message import Message
    from bot.domain.outbox import Placing
    from bot.ports import Clock, FlagProvider


class Killed(BaseException):
    """The process died; no error boundary may catch that."""


@dataclass(slots=True)
class Death:
    """Counts the points at which a process may die, down to the one at which it does."""

    left: int | None = None

    def at(self, point: str) -> None:
        """Pass a fault point, or die there."""
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Killed(point)


@dataclass(slots=True)
class ForgetfulChat:
    """The ChatPlatform port without any memory of keys: what comes twice is there twice, and is counted.

    `unsure` counts, for each key, the sends of which the bot cannot know that they came through.
    """

    clock: Clock
    death: Death
    health: Health = Health.UP
    failed_at: datetime | None = None
    posts: Counter[tuple[str, str]] = field(default_factory=Counter)
    unsure: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Post, whatever was posted before."""
        assert message.summary
        self.death.at("before a post")
        self._answer(Health.DOWN)
        self.posts[channel, key] += 1
        self.unsure[channel, key] += 1
        self.places.append(channel)
        reference = str(len(self.places) - 1)
        self.death.at("after a post")
        self._answer(Health.UNHEARD)
        self.unsure[channel, key] -= 1
        return reference

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Replace a post that is there."""
        assert message.summary
        self._answer(Health.DOWN)
        assert self.places[int(reference)] == channel
        self._answer(Health.UNHEARD)
        return reference

    def doubles(self) -> list[tuple[str, str]]:
        """Return the keys that were posted more often than uncertainty explains."""
        return [place for place, count in self.posts.items() if count > 1 + self.unsure[place]]

    def _answer(self, failure: Health) -> None:
        if self.health is failure:
            self.failed_at = self.clock.now()
            raise Unavailable("The chat does not answer.", "Wait.")


@dataclass(slots=True)
class FragileFlags:
    """The FlagProvider port over the real one."""

    provider: FlagProvider
    clock: Clock
    death: Death
    health: Health = Health.UP
    failed_at: datetime | None = None

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what the flag holds there."""
        self._answer(Health.DOWN)
        return await self.provider.read(flag, environment)

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Make the flag hold the target."""
        self._answer(Health.DOWN)
        self.death.at("before a flag is written")
        await self.provider.write(target, cause)
        self.death.at("after a flag was written")
        self._answer(Health.UNHEARD)

    def _answer(self, failure: Health) -> None:
        if self.health is failure:
            self.failed_at = self.clock.now()
            raise Unavailable("The flags do not answer.", "Wait.")
