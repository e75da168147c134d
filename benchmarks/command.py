"""A command that changes something, against the same SQLite transaction done by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from benchmarks.bots import PLAN, do, open_bot_on
from benchmarks.by_hand import by_hand, copy_of, transaction_of
from benchmarks.report import Figure, ratio
from benchmarks.timing import Contender, Cost, in_turn

LIMIT = 1.5
REPEATS = 300
CROWD = 50
CROWD_REPEATS = 20


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure a flag and a rollout, one command at a time, and fifty commands at once."""
    flag = ("/flag create checkout", "/flag set checkout 7%")
    return [
        *await _one_at_a_time(folder / "flag.db", flag, ("/flag set checkout 5%", "/flag set checkout 6%")),
        *await _one_at_a_time(
            folder / "rollout.db", (f"/rollout start {PLAN}",), ("/rollout pause", "/rollout resume")
        ),
        *await _at_once(folder / "crowd.db"),
    ]


async def _one_at_a_time(file: Path, before: Sequence[str], lines: tuple[str, str]) -> Sequence[Figure]:
    async with open_bot_on(file) as bot:
        for line in before:
            await do(bot, line)
            await bot.loop.settle()
        transaction = await transaction_of(bot, file, lines[0])
        turns = cycle(reversed(lines))
        async with by_hand(copy_of(file, f"plain-{file.name}"), transaction) as plain:
            ours, plainly = await in_turn(
                Contender(lambda: do(bot, next(turns)), bot.loop.settle),
                Contender(plain.write, plain.tidy),
                repeats=REPEATS,
            )
    return _compared(" ".join(lines[0].split()[:2]), ours, plainly, LIMIT)


async def _at_once(file: Path) -> Sequence[Figure]:
    flags = [f"checkout-{number}" for number in range(CROWD)]
    async with open_bot_on(file) as bot:
        for flag in flags:
            await do(bot, f"/flag create {flag}")
            await do(bot, f"/flag set {flag} 7%")
        transaction = await transaction_of(bot, file, f"/flag set {flags[0]} 8%")
        percents = cycle(("5%", "6%"))

        async def ours() -> None:
            percent = next(percents)
            await asyncio.gather(*(do(bot, f"/flag set {flag} {percent}") for flag in flags))

        async with by_hand(copy_of(file, f"plain-{file.name}"), transaction) as plain:

            async def plainly() -> None:
                await asyncio.gather(*(plain.write() for _ in flags))

            crowd, plain_crowd = await in_turn(Contender(ours), Contender(plainly), repeats=CROWD_REPEATS, warm=3)
    return _compared(f"/flag set, {CROWD} at once", crowd, plain_crowd)


def _compared(name: str, ours: Cost, by_hand: Cost, limit: float | None = None) -> Sequence[Figure]:
    return [
        ratio(f"{name}: time", ours.wall, by_hand.wall, limit=limit),
        ratio(f"{name}: processor", ours.processor, by_hand.processor, limit=limit),
    ]
