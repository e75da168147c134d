"""Verifying the whole audit log, against hashing alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.bots import open_bot_on
from benchmarks.report import Figure, ratio
from benchmarks.timing import Contender, in_turn
from bot.domain.actor import Actor
from bot.domain.audit import Action, Event, Outcome
from bot.ports import Transaction

ENTRIES = 100_000
REPEATS = 3
_BATCH = 10_000
_SETTING = {"on": True, "milli_percent": 25_000, "tiers": ["pro"], "users": [], "says": "25% of pro"}


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure how fast the log is read, hashed and compared with its columns."""
    async with open_bot_on(folder / "log.db") as bot:
        for start in range(0, ENTRIES, _BATCH):
            await bot.store.write(partial(_append, start=start))
        bodies: list[bytes] = []
        await bot.operations.audit.export(bodies.append)

        async def verify() -> None:
            found = await bot.operations.audit.verify()
            assert found.valid
            assert found.checked == ENTRIES

        async def hash_alone() -> None:
            for body in bodies:
                hashlib.sha256(body).hexdigest()

        verifying, hashing = await in_turn(Contender(verify), Contender(hash_alone), repeats=REPEATS, warm=1)
    return [
        ratio(
            "audit: processor per entry, hashing alone",
            verifying.processor / ENTRIES,
            hashing.processor / ENTRIES,
            scale=1e6,
            unit="µs",
        ),
        Figure(
            f"audit: verifying {ENTRIES:,} entries",
            f"{verifying.wall:.2f} s",
            "",
            ENTRIES / verifying.wall,
            "entries/s",
        ),
    ]


def _append(tx: Transaction, *, start: int) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(start, start + _BATCH):
        actor = Actor("dana", "slack", "U0123456789", "C0123456789", f"slack:{number:026d}")
        event = Event(
            Action.FLAG_SET,
            Outcome.ACCEPTED,
            "flag:checkout",
            "production",
            "support is quiet",
            {**_SETTING, "milli_percent": number},
            {**_SETTING, "milli_percent": number + 1},
        )
        tx.audit.append(event, actor, begin + timedelta(seconds=number))
