"""The virtual clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.rehearsal.clock import VirtualClock
from tests.rehearsal.plans_for_tests import MONDAY

HOUR = timedelta(hours=1)


async def test_waiting_for_a_moment_jumps_there_unless_somebody_is_woken_before() -> None:
    clock, wake = VirtualClock(MONDAY), asyncio.Event()
    await clock.wait(wake, MONDAY + HOUR)
    assert clock.now() == MONDAY + HOUR
    wake.set()
    await clock.wait(wake, MONDAY + 2 * HOUR)
    await clock.wait(wake, None)
    assert clock.now() == MONDAY + HOUR


def test_time_does_not_go_back() -> None:
    clock = VirtualClock(MONDAY)
    clock.move_to(MONDAY - HOUR)
    assert clock.now() == MONDAY
