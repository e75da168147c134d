"""Taking the time of several things in turn, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took, in seconds: on the wall's clock, and of the processor in all threads of the process."""

    wall: float
    processor: float


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Contender:
    """Something whose time is taken; `tidy` follows each run and does not count."""

    work: Callable[[], Awaitable[object]]
    tidy: Callable[[], Awaitable[object]] = _nothing


def of_children() -> float:
    """Return how long the processor worked for processes that we started and that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def cost_of(work: Callable[[], Awaitable[object]], processor: Callable[[], float] = time.process_time) -> Cost:
    """Run something once; `processor` is the clock that counts the processor's work."""
    start, worked = time.perf_counter(), processor()
    await work()
    return Cost(time.perf_counter() - start, processor() - worked)


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each."""
    return Cost(statistics.median(it.wall for it in costs), statistics.median(it.processor for it in costs))


async def in_turn(
    *contenders: Contender, repeats: int, warm: int = 20, processor: Callable[[], float] = time.process_time
) -> list[Cost]:
    """Run each of several things once, then each again, and so on; return their medians in the order given.

    The first of a round is another one each time, and the first `warm` rounds do not count.
    """
    costs: list[list[Cost]] = [[] for _ in contenders]
    for repeat in range(warm + repeats):
        for place in range(len(contenders)):
            which = (place + repeat) % len(contenders)
            cost = await cost_of(contenders[which].work, processor)
            await contenders[which].tidy()
            if repeat >= warm:
                costs[which].append(cost)
    return [median(it) for it in costs]
