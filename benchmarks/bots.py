"""Bots to measure, on database files of their own, and rollouts put there in bulk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, insert, select

from bot.chat.conversation import Origin, Outcome
from bot.chat.local.outbound import LocalPlatform
from bot.chat.local.seat import PLATFORM
from bot.clock import SystemClock
from bot.files.plan_library import PlanDirectory
from bot.flag_providers.builtin import BuiltinFlags
from bot.storage.store import open_store
from bot.storage.tables import rollout_flags, rollouts
from bot.wiring import Bot, assemble

PLANS = Path(__file__).parent.parent / "plans"
PLAN = "verification-flow"
CHANNEL = "local"
PERSON = "dana"

_BATCH = 10_000
_requests = count(1)


class Silence:
    """A journal that keeps nothing; what is measured goes as it should."""

    def info(self, event: str, **facts: object) -> object:
        """Keep nothing."""

    def warning(self, event: str, **facts: object) -> object:
        """Stop: a measurement beside trouble says nothing."""
        raise AssertionError(event, facts)

    error = warning


def url_of(file: Path) -> str:
    """Return the database address of a file."""
    return f"sqlite+aiosqlite:///{file}"


@asynccontextmanager
async def open_bot_on(file: Path, plans: PlanDirectory | None = None) -> AsyncIterator[Bot]:
    """Put a bot together on a database file, with the plans that come with Rollcall (or others) and the local chat alone."""
    store = await open_store(url_of(file))
    clock, posted = SystemClock(), asyncio.Event()
    try:
        yield assemble(
            store,
            clock,
            Silence(),
            plans or PlanDirectory(PLANS),
            platforms={PLATFORM: LocalPlatform(store, clock, posted)},
            providers={"builtin": BuiltinFlags(store, clock)},
            posted=posted,
            changes=store,
        )
    finally:
        await store.close()


async def do(bot: Bot, line: str) -> None:
    """Do a command line that must succeed."""
    reply = await bot.dispatcher.handle(line, Origin(PLATFORM, CHANNEL, PERSON, f"bench-{next(_requests):026d}"))
    if reply.outcome is not Outcome.DONE:
        raise AssertionError(line, reply.message)


async def make_rollouts(file: Path, number: int) -> None:
    """Make a database in which so many rollouts are under way and none of them is due.

    The first is started as people start one; the others are copies of it for other flags, due in a year.
    """
    async with open_bot_on(file) as bot:
        await do(bot, f"/rollout start {PLAN}")
        await bot.loop.settle()
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        first = connection.execute(select(rollouts)).one()._asdict()
        flag = connection.execute(select(rollout_flags).limit(1)).one()._asdict()
        later = datetime.now(UTC) + timedelta(days=365)
        for start in range(2, number + 1, _BATCH):
            numbers = range(start, min(start + _BATCH, number + 1))
            connection.execute(
                insert(rollouts), [{**first, "id": it, "due_at": later + timedelta(seconds=it)} for it in numbers]
            )
            connection.execute(insert(rollout_flags), [{**flag, "flag": f"flag-{it}", "rollout": it} for it in numbers])
    engine.dispose()
