"""The bot dies at each send of a page's path and is started again: no page is missed, and at most one comes twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.message import Message
from bot.domain.outbox import IN_CHANNEL, Placing
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.clock import START
from tests.scenarios.paging import PagedWorld, paged_world
from tests.scenarios.world import MINUTE

PATH = {"@U0ENGINEER": 1, "@U0LEAD": 1, "@U0CTO": 1, "@U0CEO": 1}
LIFE = timedelta(minutes=60)
STEP = timedelta(minutes=15)


class Died(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class MortalPlatform(FakePlatform):
    """Kills the bot at one of its calls: before the message was taken, or after, so that nobody heard the answer.

    With `forgets` it does not recognise a repeat.
    """

    dies_at: int = 0
    before: bool = True
    forgets: bool = False

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Post, and perhaps die."""
        self._die(before=True)
        again = f"{key}#{self.calls}" if self.forgets else key
        # Named, because slots make `super()` without a class look for another one.
        reference = await FakePlatform.post(self, channel, again, message, placing)
        self._die(before=False)
        return reference

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Edit, and perhaps die."""
        self._die(before=True)
        found = await FakePlatform.edit(self, channel, reference, message)
        self._die(before=False)
        return found

    def _die(self, *, before: bool) -> None:
        if self.before is before and self.calls + (1 if before else 0) == self.dies_at:
            self.dies_at = 0
            raise Died


async def live(folder: Path, slack: MortalPlatform, start: datetime) -> datetime | None:
    """Live from a moment to the end of the path; return when the bot died, or None where it did not."""
    async with paged_world(folder, start=start, slack=slack) as world:
        try:
            if await world.store.read(lambda tx: tx.pages.get(1)) is None:
                await raised(world)
            await world.bot.loop.settle()
            while world.clock.now() < START + LIFE:
                await world.passes(STEP)
        except Died:
            return world.clock.now()
    return None


async def raised(world: PagedWorld) -> None:
    """Raise the page; where the bot died on the way, the same request is delivered again."""
    await world.done("/escalate high payments fail", by="U0ANA", platform="slack")


async def told(folder: Path, slack: MortalPlatform) -> Counter[str]:
    """Live the whole path, starting again a minute after each death; return how often each person was paged."""
    start: datetime | None = START
    while start is not None:
        died = await live(folder, slack, start)
        start = died + MINUTE if died is not None else None
    assert slack.dies_at == 0, "it died where it was to die"
    return Counter(it.channel for it in slack.said if it.key.startswith("paging:"))


async def calls(folder: Path) -> int:
    """Return how many calls the path takes when nothing goes wrong."""
    slack = MortalPlatform()
    assert await told(folder, slack) == PATH
    return slack.calls


@pytest.mark.parametrize("before", [True, False], ids=["before it was sent", "before the answer was heard"])
async def test_a_death_at_any_send_loses_no_page_and_doubles_none(tmp_path: Path, before: bool) -> None:
    (tmp_path / "calm").mkdir()
    number = await calls(tmp_path / "calm")
    assert number > 8
    for at in range(1, number + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        assert await told(folder, MortalPlatform(dies_at=at, before=before)) == PATH, at


async def test_where_the_platform_forgets_one_page_comes_twice_rather_than_never(tmp_path: Path) -> None:
    (tmp_path / "calm").mkdir()
    for at in range(1, await calls(tmp_path / "calm") + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        found = await told(folder, MortalPlatform(dies_at=at, before=False, forgets=True))
        assert set(found) == set(PATH), at
        assert sum(found.values()) <= len(PATH) + 1, at
