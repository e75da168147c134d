"""A thousand pages that are due at the same moment: how long until each has been handed to the chat platform."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from benchmarks.bots import PLANS, Silence, url_of
from benchmarks.report import Figure
from bot.clock import SystemClock
from bot.domain.escalation import Level, Policy, Severity, Target, TargetKind
from bot.domain.message import Message
from bot.domain.outbox import IN_CHANNEL, Placing
from bot.domain.page import Trouble, raise_page
from bot.domain.plan import ChannelName
from bot.domain.team import Identity, Person, Team
from bot.files.plan_library import PlanDirectory
from bot.flag_providers.builtin import BuiltinFlags
from bot.operations.page_notices import PAGING
from bot.ports import Clock, Transaction
from bot.storage.store import SqlStore, open_store
from bot.wiring import Bot, assemble

MANY = 1_000
LIMIT = 30.0
"""Seconds for 99 of 100: a page may be late by a minute before that is told."""

SOON = timedelta(seconds=1)
ROUNDS = 3
TEAM = Team(
    file="rollcall.yaml",
    people=tuple(Person(f"engineer-{it}", identities=(Identity("slack", f"U{it}"),)) for it in range(MANY)),
)


@dataclass(slots=True)
class Handed:
    """A platform that takes every message at once and notes how long after its due time each page came."""

    clock: Clock
    seconds: list[float] = field(default_factory=list)
    due: float = 0.0
    whole: asyncio.Event = field(default_factory=asyncio.Event)
    number: int = 0

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Take a message."""
        del channel, message, placing
        self.number += 1
        if key.startswith(PAGING):
            self.seconds.append(self.clock.now().timestamp() - self.due)
            if len(self.seconds) == MANY:
                self.whole.set()
        return str(self.number)

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Take an edit."""
        del channel, message
        return reference


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure pages that reach a person each, alone and with a live message each in one channel."""
    figures: list[Figure] = []
    for name, channels in (("", ()), (", a live message each in one channel", (ChannelName("slack", "releases"),))):
        rounds = [await _round(folder / f"pages-{len(figures)}-{it}.db", channels) for it in range(ROUNDS)]
        median = sorted(rounds)[ROUNDS // 2]
        figures.append(
            Figure(
                f"{MANY:,} pages due at once{name}: due to handed over, 99 of 100",
                f"{median[0]:.3g} s",
                f"{median[1]:.3g} s (half of them)",
                median[0],
                "s",
                LIMIT,
            )
        )
    return figures


async def _round(file: Path, channels: tuple[ChannelName, ...]) -> tuple[float, float]:
    """Return after how many seconds 99 and 50 of 100 pages had been handed over."""
    clock = SystemClock()
    platform = Handed(clock)
    store = await open_store(url_of(file))
    try:
        bot = _bot(store, clock, platform)
        due = clock.now() + SOON
        platform.due = due.timestamp()

        def add(tx: Transaction) -> None:
            for number in range(1, MANY + 1):
                policy = Policy("p", (Level(timedelta(0), (Target(TargetKind.PERSON, f"engineer-{number - 1}"),)),))
                trouble = Trouble(Severity.HIGH, "it fails", channels=channels)
                tx.pages.add(raise_page(number, trouble, policy, "bench", due))

        await store.write(add)
        running = asyncio.create_task(bot.loop.run())
        await platform.whole.wait()
        bot.loop.stop()
        await running
    finally:
        await store.close()
    found = sorted(platform.seconds)
    return found[MANY * 99 // 100 - 1], found[MANY // 2]


def _bot(store: SqlStore, clock: Clock, platform: Handed) -> Bot:
    return assemble(
        store,
        clock,
        Silence(),
        PlanDirectory(PLANS),
        team=lambda: TEAM,
        platforms={"slack": platform},
        providers={"builtin": BuiltinFlags(store, clock)},
        posted=asyncio.Event(),
    )
