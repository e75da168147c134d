"""Signed commands from Slack, against a bare slack_bolt app that writes the same rows: throughput, delays and memory."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.report import Figure, ratio
from benchmarks.slack_load import Came
from benchmarks.slack_processes import Generator, Server, bare_app, generator, make_database, rollcall, slack_api

ROUNDS = 9
CROWD, CROWDED = 32, 600
"""So many commands are under way at once where the servers are to be busy, of so many in a round."""

RATES = {50: 150, 200: 500}
"""So many commands a round at so many a second."""

WARM, MANY = 1_000, 10_000
LEAST_THROUGHPUT, MOST_DELAY = 1.0, 1.5
MOST_MEMORY, MOST_GROWTH = 160.0, 3.0
"""In megabytes. What the allocator keeps of its own accord comes and goes by less than that."""

LONGEST = 3_000.0
"""In milliseconds: then Slack gives up."""


@dataclass(slots=True)
class Measured:
    """What a server did, round by round: seconds of the wall's clock and of the processor for each command, and answers."""

    server: Server
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    at_rate: dict[int, list[Came]] = field(default_factory=lambda: {rate: [] for rate in RATES})
    all: list[Came] = field(default_factory=list)

    async def saturated(self, source: Generator) -> None:
        """Keep the server busy, and note what a command takes of it."""
        before = self.server.worked
        came = await source.send(self.server, CROWDED, crowd=CROWD)
        self.wall.append(came.seconds / CROWDED)
        self.processor.append((self.server.worked - before) / CROWDED)
        self.all.append(came)

    async def paced(self, source: Generator, rate: int) -> None:
        """Send commands at a rate that leaves the server time, and note how long each takes."""
        came = await source.send(self.server, RATES[rate], rate=rate)
        self.at_rate[rate].append(came)
        self.all.append(came)

    def delay(self, rate: int, of: Callable[[Came], float]) -> float:
        """Return the median of all rounds of one of their delays, in seconds."""
        return statistics.median(of(came) for came in self.at_rate[rate])


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure the bot's memory, and then both servers in turn, round by round."""
    file = folder / "rollcall.db"
    await make_database(file)
    async with AsyncExitStack() as stack:
        api_url = await stack.enter_async_context(slack_api())
        bare = Measured(await stack.enter_async_context(bare_app(file, api_url)))
        ours = Measured(await stack.enter_async_context(rollcall(file, api_url)))
        source = await stack.enter_async_context(generator())
        for one in (ours, bare):
            await source.send(one.server, WARM, crowd=CROWD)
        before = ours.server.memory
        ours.all.append(await source.send(ours.server, MANY, crowd=CROWD))
        memory = _memory(before, ours.server.memory)
        for number in range(ROUNDS):
            await _round(source, (ours, bare) if number % 2 else (bare, ours))
        return [*_speed(ours, bare), *_answers(ours, bare), *memory]


async def _round(source: Generator, servers: Sequence[Measured]) -> None:
    for server in servers:
        await server.saturated(source)
    for rate in RATES:
        for server in servers:
            await server.paced(source, rate)


def _speed(ours: Measured, bare: Measured) -> Sequence[Figure]:
    here, beside = statistics.median(ours.wall), statistics.median(bare.wall)
    rates = f"{1 / here:,.0f}/s", f"{1 / beside:,.0f}/s"
    worked = statistics.median(ours.processor), statistics.median(bare.processor)
    return [
        Figure("/flag set from Slack, 32 at once: time", *rates, here / beside, "×", 1 / LEAST_THROUGHPUT),
        ratio("/flag set from Slack, 32 at once: processor", *worked),
        *(figure for rate in RATES for figure in _delays(ours, bare, rate)),
    ]


def _delays(ours: Measured, bare: Measured, rate: int) -> Sequence[Figure]:
    def compared(name: str, of: Callable[[Came], float], limit: float | None = None) -> Figure:
        return ratio(f"{name}, {rate} a second", ours.delay(rate, of), bare.delay(rate, of), limit=limit)

    return [compared("p50", lambda it: it.p50), compared("p99", lambda it: it.p99, MOST_DELAY)]


def _answers(ours: Measured, bare: Measured) -> Sequence[Figure]:
    longest, beside = (1000 * max(came.longest for came in it.all) for it in (ours, bare))
    everything = (*ours.all, *bare.all)
    wrong, example = sum(it.wrong for it in everything), "".join(it.example for it in everything)
    return [
        Figure("longest of all", f"{longest:,.0f} ms", f"{beside:,.0f} ms", longest, "ms", LONGEST),
        Figure("answers that do not say it was done", f"{wrong}", example[:60], wrong, "", 0),
    ]


def _memory(before: float, after: float) -> Sequence[Figure]:
    here, beside = f"{after:.1f} MB", f"{before:.1f} MB"
    return [
        Figure("memory with Slack connected", here, "", after, "MB", MOST_MEMORY),
        Figure(f"growth over {MANY:,} commands", here, beside, after - before, "MB", MOST_GROWTH),
    ]
