"""A pass of the loop with 100,000 rollouts of which none is due, against one with 100."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.bots import make_rollouts, open_bot_on
from benchmarks.report import Figure, ratio
from benchmarks.timing import Contender, in_turn
from bot.wiring import Bot

LIMIT = 2.0
REPEATS = 300
MANY, FEW = 100_000, 100


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure a pass that finds nothing to do, and asking when there will be something."""
    many_file, few_file = folder / "many.db", folder / "few.db"
    await make_rollouts(many_file, MANY)
    await make_rollouts(few_file, FEW)
    async with open_bot_on(many_file) as many, open_bot_on(few_file) as few:
        tick, short_tick, asking, short_asking, glance = await in_turn(
            Contender(many.loop.tick),
            Contender(few.loop.tick),
            Contender(lambda: _ask(many)),
            Contender(lambda: _ask(few)),
            Contender(lambda: _glance(many)),
            repeats=REPEATS,
        )
    return [
        ratio(f"tick, {MANY:,} rollouts and {FEW}: time", tick.wall, short_tick.wall, limit=LIMIT),
        ratio(f"tick, {MANY:,} rollouts and {FEW}: processor", tick.processor, short_tick.processor, limit=LIMIT),
        ratio("asking when something is due: time", asking.wall, short_asking.wall, limit=LIMIT),
        ratio("a glance while idle, beside a tick: processor", glance.processor, tick.processor),
    ]


async def _ask(bot: Bot) -> None:
    for concern in bot.loop.concerns:
        await concern.next_due()


async def _glance(bot: Bot) -> None:
    """Look whether another process wrote, which is all that an idle bot does each second."""
    assert bot.loop.changes is not None
    await bot.loop.changes.latest()
