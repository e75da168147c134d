"""The loop: woken by a poke or by the clock, and not ended by a concern that fails."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.domain.errors import Unavailable
from bot.reconcile.loop import BREATH, ROUND, Loop
from tests.fakes.clock import MovedClock, turns
from tests.fakes.journal import KeptJournal

FAILURE = Unavailable("The disk is full.", "free some space")


@dataclass
class Worker:
    """A concern with so many things to do; `failing` lets it fail."""

    name: str = "worker"
    waiting: int = 0
    done: int = 0
    due: datetime | None = None
    failing: Exception | None = None
    worked: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self) -> int:
        self.worked.set()
        if self.failing:
            raise self.failing
        now, self.waiting = self.waiting, 0
        self.done += now
        return now

    async def next_due(self) -> datetime | None:
        return self.due


@dataclass
class Hanging(Worker):
    """A concern whose step does not end before `may_end` is set."""

    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self) -> int:
        self.worked.set()
        await self.may_end.wait()
        return 0


def loop_of(*workers: Worker) -> tuple[Loop, MovedClock, KeptJournal]:
    clock, journal = MovedClock(), KeptJournal()
    return Loop(workers, clock, journal), clock, journal


async def waits(clock: MovedClock) -> None:
    """Give the loop its turn until it waits for a moment to come."""
    while clock.awaited is None or clock.awaited <= clock.now():
        turn = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(turn.set_result, None)
        await turn


async def test_a_failing_concern_does_not_stop_the_others() -> None:
    broken, sound = Worker("broken", failing=FAILURE), Worker("sound", waiting=1)
    loop, _, _ = loop_of(broken, sound)
    assert await loop.tick() == 1
    assert sound.done == 1


async def test_an_outage_is_noted_when_it_begins_and_when_it_ends() -> None:
    worker = Worker(failing=FAILURE)
    loop, _, journal = loop_of(worker)
    for _ in range(5):
        await loop.tick()
    worker.failing = None
    for _ in range(5):
        await loop.tick()
    assert journal.events() == ["loop.concern.unavailable", "loop.concern.recovered"]


async def test_after_a_failure_the_loop_tries_again_in_five_seconds() -> None:
    worker, quiet = Worker(failing=FAILURE), Written()
    clock = MovedClock()
    loop = Loop((worker,), clock, KeptJournal(), quiet)
    running = asyncio.create_task(loop.run())
    await waits(clock)
    await glances(clock, quiet)
    await turns()
    worker.failing, worker.waiting = None, 1
    clock.advance(timedelta(seconds=4))
    await turns()
    assert worker.done == 0
    clock.advance(timedelta(seconds=1))
    await turns()
    assert worker.done == 1
    loop.stop()
    await running


async def test_a_concern_is_woken_at_its_due_time() -> None:
    worker, quiet = Worker(), Written()
    clock = MovedClock()
    worker.due = clock.now() + timedelta(milliseconds=300)
    loop = Loop((worker,), clock, KeptJournal(), quiet)
    running = asyncio.create_task(loop.run())
    await waits(clock)
    await turns()
    assert clock.awaited == worker.due
    worker.due, worker.waiting = None, 1
    clock.advance(timedelta(milliseconds=300))
    await turns()
    assert worker.done == 1
    loop.stop()
    await running


async def test_a_concern_that_hangs_holds_up_no_other() -> None:
    stuck, sound = Hanging("stuck"), Worker("sound", waiting=1)
    loop, _, _ = loop_of(stuck, sound)
    running = asyncio.create_task(loop.run())
    await stuck.worked.wait()
    await turns()
    assert sound.done == 1
    sound.waiting = 1
    loop.poke()
    await turns()
    assert sound.done == 2
    loop.stop()
    await turns()
    assert not running.done(), "it returns after the passes it is in"
    stuck.may_end.set()
    await running


async def test_a_poke_wakes_every_concern_and_so_does_whatever_one_of_them_did() -> None:
    first, second, quiet = Worker("first"), Worker("second"), Written()
    clock = MovedClock()
    loop = Loop((first, second), clock, KeptJournal(), quiet)
    running = asyncio.create_task(loop.run())
    await turns()
    first.waiting = second.waiting = 1
    loop.poke()
    await turns()
    assert (first.done, second.done) == (1, 1)
    first.waiting = 1
    second.worked.clear()
    loop.wakes["first"].set()
    await turns()
    assert second.worked.is_set()
    loop.stop()
    await running


async def test_a_loop_that_was_stopped_before_it_began_does_nothing() -> None:
    worker = Worker(waiting=1)
    loop, _, _ = loop_of(worker)
    loop.stop()
    await loop.run()
    assert worker.done == 0


async def test_a_poke_wakes_the_loop_before_its_time() -> None:
    worker = Worker()
    loop, clock, _ = loop_of(worker)
    running = asyncio.create_task(loop.run())
    await waits(clock)
    worker.waiting = 1
    worker.worked.clear()
    loop.poke()
    await worker.worked.wait()
    assert worker.done == 1
    loop.stop()
    await running


@dataclass
class Written:
    """The Changes port over a number; `asked` is set by each look at it."""

    number: int = 1
    failing: Exception | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def latest(self) -> int:
        self.asked.set()
        if self.failing:
            raise self.failing
        return self.number


async def glances(clock: MovedClock, written: Written) -> None:
    """Let a second pass and the loop look whether anything was written."""
    written.asked.clear()
    clock.advance(timedelta(seconds=1))
    await written.asked.wait()
    await turns()


async def resting(worker: Worker) -> tuple[Loop, MovedClock, Written, asyncio.Task[None]]:
    """Start a loop that can tell whether anything was written, and let it come to rest after its first glance."""
    clock, written = MovedClock(), Written()
    loop = Loop((worker,), clock, KeptJournal(), written)
    running = asyncio.create_task(loop.run())
    await waits(clock)
    await glances(clock, written)
    worker.worked.clear()
    return loop, clock, written, running


async def test_nothing_is_looked_up_while_nobody_writes() -> None:
    worker = Worker()
    loop, clock, written, running = await resting(worker)
    for _ in range(5):
        await glances(clock, written)
    assert not worker.worked.is_set()
    loop.stop()
    await running


async def test_everybody_looks_now_and_then_even_if_nobody_poked() -> None:
    worker = Worker()
    loop, clock, _, running = await resting(worker)
    clock.advance(ROUND)
    await worker.worked.wait()
    loop.stop()
    await running


async def test_what_another_process_writes_is_seen_within_a_second() -> None:
    worker = Worker()
    loop, clock, written, running = await resting(worker)
    written.number, worker.waiting = 2, 1
    await glances(clock, written)
    assert worker.done == 1
    loop.stop()
    await running


async def test_a_due_time_is_kept_though_nobody_writes() -> None:
    worker = Worker()
    worker.due = MovedClock().now() + timedelta(seconds=3)
    loop, clock, written, running = await resting(worker)
    await glances(clock, written)
    worker.due, worker.waiting = None, 1
    clock.advance(timedelta(seconds=1))
    await worker.worked.wait()
    assert worker.done == 1
    loop.stop()
    await running


async def test_a_glance_that_fails_leads_to_a_whole_pass() -> None:
    worker = Worker()
    loop, clock, written, running = await resting(worker)
    written.failing, worker.waiting = FAILURE, 1
    await glances(clock, written)
    assert worker.done == 1
    loop.stop()
    await running


async def test_a_glance_that_crashes_is_in_the_log_once_and_ends_nothing() -> None:
    worker, clock, written, journal = Worker(), MovedClock(), Written(), KeptJournal()
    loop = Loop((worker,), clock, journal, written)
    running = asyncio.create_task(loop.run())
    await waits(clock)
    written.failing = ZeroDivisionError("ours")
    for _ in range(2):
        worker.worked.clear()
        await glances(clock, written)
        assert worker.worked.is_set()
    assert journal.events("error") == ["loop.watch.crashed"]
    loop.stop()
    await running


async def glances_at_two(clock: MovedClock, written: Written) -> None:
    """Let a glance pass, and the moment between waking the one and the other of two."""
    await glances(clock, written)
    clock.advance(BREATH)
    await turns()


async def test_what_was_done_before_a_step_failed_is_taken_up_at_the_next_glance() -> None:
    failing, sound = Worker("failing"), Worker("sound")
    clock, written = MovedClock(), Written()
    loop = Loop((failing, sound), clock, KeptJournal(), written)
    running = asyncio.create_task(loop.run())
    await waits(clock)
    await glances_at_two(clock, written)
    await glances_at_two(clock, written)
    failing.failing = FAILURE
    loop.wakes["failing"].set()
    await turns()
    for worker in (failing, sound):
        worker.worked.clear()
    await glances_at_two(clock, written)
    assert sound.worked.is_set()
    assert not failing.worked.is_set(), "it waits before it tries again"
    sound.worked.clear()
    await glances_at_two(clock, written)
    assert not sound.worked.is_set()
    loop.stop()
    await running


async def test_what_is_done_in_a_step_that_lasts_is_taken_up_while_it_lasts() -> None:
    slow, sound = Hanging("slow"), Worker("sound")
    clock, written = MovedClock(), Written()
    loop = Loop((slow, sound), clock, KeptJournal(), written)
    running = asyncio.create_task(loop.run())
    await waits(clock)
    await glances_at_two(clock, written)
    for number in (1, 2):
        sound.waiting = 1
        await glances_at_two(clock, written)
        assert sound.done == number
    slow.may_end.set()
    loop.stop()
    await running


@pytest.mark.parametrize("failure", [FAILURE, ZeroDivisionError("ours")])
async def test_due_times_that_cannot_be_read_do_not_end_the_loop(failure: Exception) -> None:
    class Mute(Worker):
        async def next_due(self) -> datetime | None:
            raise failure

    worker = Mute()
    clock = MovedClock()
    loop = Loop((worker,), clock, KeptJournal(), Written())
    running = asyncio.create_task(loop.run())
    await waits(clock)
    loop.stop()
    await running
    assert worker.worked.is_set()


async def test_settling_ends_when_nothing_is_due() -> None:
    worker = Worker(waiting=3)
    loop, _, _ = loop_of(worker)
    await loop.settle()
    assert (worker.done, worker.waiting) == (3, 0)


async def test_a_mistake_in_one_concern_is_in_the_log_and_takes_the_way_back_from_nobody() -> None:
    broken, sound = Worker("broken", failing=ZeroDivisionError("ours")), Worker("sound", waiting=1)
    loop, clock, journal = loop_of(broken, sound)
    running = asyncio.create_task(loop.run())
    await turns()
    assert sound.done == 1
    assert "loop.concern.crashed" in journal.events("error")
    broken.failing, broken.waiting = None, 1
    clock.advance(timedelta(seconds=5))
    await turns()
    assert broken.done == 1
    assert "loop.concern.recovered" in journal.events("info")
    loop.stop()
    await running
