"""Flags as applications ask for them: against bare endpoints of the same framework, and how fast a change is seen."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bots import do, open_bot_on
from benchmarks.report import Figure, ratio
from benchmarks.wire import Connection, answer, burst, connect, request
from bot.clock import SystemClock
from bot.files.plan_library import PlanDirectory
from bot.operations.flag_book import BookKeeper, FlagBook
from bot.operations.tokens import TokenBook

CONNECTIONS, ROUNDS = 16, 30
ONES, ALLS = 800, 80
"""So many requests a round."""

LEAST_SHARE = 0.7
"""Of a bare endpoint's requests a second."""

CHANGES = 100
MOST_UNTIL_SEEN = 50.0
"""In milliseconds, for 99 of 100 changes."""

CONTEXT = {"tier": "pro", "country": "CA", "version": "4.2.1"}


async def measure(folder: Path) -> Sequence[Figure]:
    """Ask one process for flags in turn with bare endpoints, change flags, and roll back."""
    async with serving(folder / "flags.db") as (process, told):
        figures = [*await _side_by_side(process, told), await _until_heard(told)]
    return [*figures, await _until_off(folder)]


@asynccontextmanager
async def serving(database: Path) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """Serve flags in another process: its number, its ports (`ours`, `bare`) and the `secret` that it takes."""
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.flag_server",
        str(database),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        yield server.pid, json.loads(await server.stdout.readline())
    finally:
        server.stdin.close()
        await server.wait()


async def _side_by_side(process: int, told: dict[str, Any]) -> list[Figure]:
    bodies = [{"context": {"targetingKey": f"user-{number}", **CONTEXT}} for number in range(200)]
    ours = {
        "one": [
            request("POST", f"/ofrep/v1/evaluate/flags/flag-{number % 100}", told["secret"], body)
            for number, body in enumerate(bodies)
        ],
        "all": [request("POST", "/ofrep/v1/evaluate/flags", told["secret"], body) for body in bodies],
    }
    bare = {
        "one": [request("POST", f"/one/flag-{number % 100}", told["secret"], it) for number, it in enumerate(bodies)],
        "all": [request("POST", "/all", told["secret"], it) for it in bodies],
    }
    figures: list[Figure] = []
    for kind, number, name in (("one", ONES, "one flag by OFREP"), ("all", ALLS, "100 flags by OFREP")):
        here, beside = await _in_turn(process, [(told["ours"], ours[kind]), (told["bare"], bare[kind])], number)
        limit = 1 / LEAST_SHARE if kind == "one" else None
        figures += [
            _a_second(f"{name}, a second", here.wall, beside.wall, limit),
            ratio(f"{name}, processor", here.processor, beside.processor, scale=1e6, unit="µs", limit=limit),
            ratio(f"{name}, p99 of {CONNECTIONS} at once", here.p99, beside.p99),
        ]
    return figures


class _Course:
    """What one side took for a request, round by round: on the wall's clock, of the processor, and the slowest hundredth."""

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.processors: list[float] = []
        self.slow: list[float] = []

    @property
    def wall(self) -> float:
        return statistics.median(self.walls)

    @property
    def processor(self) -> float:
        return statistics.median(self.processors)

    @property
    def p99(self) -> float:
        return statistics.median(self.slow)


async def _in_turn(process: int, sides: Sequence[tuple[int, Sequence[bytes]]], number: int) -> list[_Course]:
    """Have both sides answer a burst, again and again, the first of a round another one each time."""
    watched, courses = psutil.Process(process), [_Course() for _ in sides]
    connections = [[await connect(port) for _ in range(CONNECTIONS)] for port, _ in sides]
    for turn in range(ROUNDS + 2):
        for place in range(len(sides)):
            which = (place + turn) % len(sides)
            before = watched.cpu_times()
            load = await burst(connections[which], sides[which][1], number)
            after = watched.cpu_times()
            if turn >= 2:
                courses[which].walls.append(load.wall / number)
                courses[which].processors.append((after.user + after.system - before.user - before.system) / number)
                courses[which].slow.append(statistics.quantiles(load.waits, n=100)[98])
    for connection in (it for some in connections for it in some):
        connection.writer.close()
    return courses


def _a_second(name: str, here: float, beside: float, limit: float | None) -> Figure:
    return Figure(name, f"{1 / here:,.0f}", f"{1 / beside:,.0f}", here / beside, "×", limit)


async def _until_heard(told: dict[str, Any]) -> Figure:
    """Change a flag, and wait until a listener is told of it: from the request to the event."""
    secret, port = told["secret"], told["ours"]
    asked = request("POST", "/ofrep/v1/evaluate/flags", secret, {"context": {"targetingKey": "u1"}})
    stream = (await answer(port, asked))["eventStreams"][0]["endpoint"]["requestUri"]
    listener, writer = await connect(port), await connect(port)
    listener.writer.write(request("GET", stream, secret))
    await _event(listener)
    waits = []
    for number in range(CHANGES + 10):
        change = request("PATCH", "/api/feature-flags/flag-1/rollout", secret, {"percentage": 1 + number % 2})
        start = time.perf_counter()
        heard, _ = await asyncio.gather(_heard(listener, start), writer.ask(change))
        if number >= 10:
            waits.append(heard)
        # No token may change more than twenty flags a second for long.
        await SystemClock().wait(asyncio.Event(), _later(0.06))
    slow = statistics.quantiles(waits, n=100)[98] * 1e3
    return Figure(
        "a change until a listener hears, p99",
        f"{slow:.3g} ms",
        f"median {statistics.median(waits) * 1e3:.3g} ms",
        slow,
        "ms",
        MOST_UNTIL_SEEN,
    )


async def _heard(listener: Connection, start: float) -> float:
    await _event(listener)
    return time.perf_counter() - start


async def _event(listener: Connection) -> None:
    while not (await listener.reader.readline()).startswith(b"data: "):
        continue


def _later(seconds: float) -> Any:
    from datetime import timedelta

    return SystemClock().now() + timedelta(seconds=seconds)


PLAN = """
plan: quick
title: A quick one
environment: production
flags: {quick: {unit: user}}
channel: {local: local}
phases: [{name: Everyone, steps: [{set: 50%}, {set: 100%}]}]
"""


async def _until_off(folder: Path) -> Figure:
    """Press Roll back, and wait until the first evaluation says off: the command, the loop, the store and the book."""
    (folder / "plans").mkdir()
    (folder / "plans" / "quick.yaml").write_text(PLAN)
    waits: list[float] = []
    async with open_bot_on(folder / "rollback.db", PlanDirectory(folder / "plans")) as bot:
        store: Any = bot.store
        keeper = BookKeeper(FlagBook(store), TokenBook(store, bot.clock), bot.clock, bot.journal, store)
        store.on_commit(keeper.hear)
        changed, stop = asyncio.Event(), asyncio.Event()
        keeper.flags.on_change(changed.set)
        running = [asyncio.create_task(bot.loop.run()), asyncio.create_task(keeper.run(stop))]

        def sees() -> bool:
            kept = keeper.flags.of("production").flags.get("quick")
            return kept is not None and kept.setting.on

        async def until(wanted: bool) -> None:
            while sees() is not wanted:
                changed.clear()
                await changed.wait()

        for _ in range(40):
            await do(bot, "/rollout start quick")
            await until(wanted=True)
            start = time.perf_counter()
            pressed = asyncio.create_task(do(bot, "/rollout rollback"))
            await until(wanted=False)
            waits.append(time.perf_counter() - start)
            await pressed
            await bot.loop.settle()
        stop.set()
        bot.loop.stop()
        await asyncio.gather(*running)
    middle, slowest = statistics.median(waits) * 1e3, max(waits) * 1e3
    return Figure("Roll back until an evaluation says off", f"{middle:.3g} ms", f"most {slowest:.3g} ms", middle, "ms")
