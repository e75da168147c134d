"""What every clock does, the machine's and the one that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, timedelta

import pytest

from bot.clock import SystemClock
from bot.ports import Clock
from tests.fakes.clock import MovedClock

CLOCKS: tuple[Callable[[], Clock], ...] = (SystemClock, MovedClock)


@pytest.fixture(params=CLOCKS, ids=lambda clock: clock.__name__)
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


def test_the_time_is_in_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_time_does_not_go_back(clock: Clock) -> None:
    assert clock.now() <= clock.now()


async def test_a_moment_that_has_passed_is_not_waited_for(clock: Clock) -> None:
    await clock.wait(asyncio.Event(), clock.now() - timedelta(seconds=1))


async def test_now_is_not_waited_for(clock: Clock) -> None:
    await clock.wait(asyncio.Event(), clock.now())


async def test_what_is_set_already_is_not_waited_for(clock: Clock) -> None:
    wake = asyncio.Event()
    wake.set()
    await clock.wait(wake, None)
    await clock.wait(wake, clock.now() + timedelta(days=1))


async def test_a_wake_up_ends_the_wait_before_its_time(clock: Clock) -> None:
    wake = asyncio.Event()
    waiting = asyncio.gather(clock.wait(wake, clock.now() + timedelta(days=1)), clock.wait(wake, None))
    asyncio.get_running_loop().call_soon(wake.set)
    await waiting


async def test_a_moment_ends_the_wait_without_a_wake_up(clock: Clock) -> None:
    wake, moment = asyncio.Event(), clock.now() + timedelta(milliseconds=20)
    if isinstance(clock, MovedClock):
        asyncio.get_running_loop().call_soon(clock.advance, timedelta(milliseconds=20))
    await clock.wait(wake, moment)
    assert clock.now() >= moment
    assert not wake.is_set()


async def test_a_cancelled_wait_leaves_nothing_behind(clock: Clock) -> None:
    waiting = asyncio.ensure_future(clock.wait(asyncio.Event(), clock.now() + timedelta(days=1)))
    asyncio.get_running_loop().call_soon(waiting.cancel)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_moved_clock_wakes_only_those_whose_time_has_come() -> None:
    clock = MovedClock()
    soon, late = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    first = asyncio.ensure_future(clock.wait(asyncio.Event(), soon))
    second = asyncio.ensure_future(clock.wait(asyncio.Event(), late))
    asyncio.get_running_loop().call_soon(clock.move_to, soon)
    await first
    assert not second.done()
    assert clock.awaited == late
    clock.advance(timedelta(hours=1))
    await second
    assert clock.awaited is None
