"""What is connected stays connected: a part that ends is started again, and an outage is said once."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from bot.domain.errors import Refused, Unavailable
from bot.supervision import Supervisor
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass
class Part:
    """A service that fails as it is told to, and then runs until it is stopped."""

    failures: deque[Exception | None] = field(default_factory=deque)
    name: str = "part"
    starts: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        self.starts += 1
        if self.failures:
            failure = self.failures.popleft()
            if failure is not None:
                raise failure
            return
        await stop.wait()


@dataclass
class Watch:
    """A supervisor over parts, on a clock that is moved."""

    parts: tuple[Part, ...]
    clock: MovedClock = field(default_factory=MovedClock)
    journal: KeptJournal = field(default_factory=KeptJournal)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.parts, self.clock, self.journal)

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.supervisor.run(self.stop))
        await settled()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.task

    async def passes(self, time: timedelta) -> None:
        self.clock.advance(time)
        await settled()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)  # noqa: TID251  # Lets the tasks run; no time passes.


async def test_a_part_that_crashed_is_started_again_after_one_two_four_seconds() -> None:
    part = Part(deque([ValueError("odd"), ValueError("odd"), ValueError("odd")]))
    async with Watch((part,)) as watch:
        starts = []
        for pause in (1, 2, 4):
            await watch.passes((pause * SECOND) - timedelta(milliseconds=1))
            starts.append(part.starts)
            await watch.passes(timedelta(milliseconds=1))
        assert [*starts, part.starts] == [1, 2, 3, 4]


async def test_an_outage_is_said_once_when_it_starts_and_once_when_it_ends() -> None:
    part = Part(deque([Unavailable("No answer."), Unavailable("No answer."), None]))
    async with Watch((part,)) as watch:
        for _ in range(5):
            await watch.passes(10 * SECOND)
        assert watch.supervisor.down == {"part"}
        await watch.passes(MINUTE)
        assert watch.supervisor.down == set()
        assert watch.journal.events() == ["service.lost", "service.recovered"]


async def test_the_other_side_says_when_to_come_again() -> None:
    part = Part(deque([Unavailable("Busy.", after=30 * SECOND)]))
    async with Watch((part,)) as watch:
        await watch.passes(29 * SECOND)
        assert part.starts == 1
        await watch.passes(SECOND)
        assert part.starts == 2


async def test_wrong_settings_are_told_with_what_to_do_and_tried_again_later() -> None:
    part = Part(deque([Refused("The token is not valid.", "make a new one")]))
    async with Watch((part,)) as watch:
        (told,) = watch.journal.lines
        assert (told.facts["problem"], told.facts["hints"]) == ("The token is not valid.", ["make a new one"])
        await watch.passes(4 * MINUTE)
        assert part.starts == 1
        await watch.passes(MINUTE)
        assert part.starts == 2


async def test_one_part_does_not_take_another_with_it() -> None:
    broken, sound = Part(deque([ValueError("odd")] * 20), "broken"), Part(name="sound")
    async with Watch((broken, sound)) as watch:
        for _ in range(8):
            await watch.passes(MINUTE)
        assert sound.starts == 1
        assert watch.supervisor.down == {"broken"}


async def test_a_stop_ends_every_part_and_every_wait() -> None:
    async with Watch((Part(deque([ValueError("odd")])), Part())):
        pass
    assert asyncio.all_tasks() == {asyncio.current_task()}
