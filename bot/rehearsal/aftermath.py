"""What a rehearsal plays beside the rollout itself: what is announced ahead of its start, and what follows its end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from bot.domain.after import TaskState, open_of
from bot.domain.announcement import AnnouncementState
from bot.domain.announcing import before_start
from bot.domain.rehearsal import Happening, Kind
from bot.domain.rollout import Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.plan import Plan
    from bot.ports import Transaction
    from bot.rehearsal.clock import VirtualClock
    from bot.rehearsal.people import People
    from bot.wiring import Bot

MOST_HELD = 100
MOST_TASKS = 400
"""So often something is due after a rollout at most; a year's daily task is as much as anybody reads."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """Plays the time before a start and after an end: what is due is said, and the people do what is asked of them."""

    bot: Bot
    clock: VirtualClock
    people: People

    async def before(self, plan: Plan, start: datetime) -> None:
        """Let the time before the start pass, from the first thing that is announced ahead of it."""
        if ahead_of(plan, start) is None:
            return
        await self.people.plan_start(plan, start)
        while (due := await self.bot.store.read(lambda tx: tx.announcements.next_due())) is not None and due < start:
            self.clock.move_to(due)
            await self.bot.loop.settle()
            for number in await self.bot.store.read(held):
                await self.people.release(number)
            await self.bot.loop.settle()
        self.clock.move_to(start)

    async def after(self) -> None:
        """Play what a rollout that is complete announces later and asks for, each task done as soon as it is due."""
        for _ in range(MOST_TASKS):
            due = await self.bot.store.read(_next)
            if due is None:
                return
            self.clock.move_to(due)
            await self.bot.loop.settle()
            for number in await self.bot.store.read(held):
                await self.people.release(number)
            for key in await self.bot.store.read(lambda tx: _open(tx, self.clock.now())):
                await self.people.tick(key)
            await self.bot.loop.settle()


def _next(tx: Transaction) -> datetime | None:
    moments = (tx.announcements.next_due(), tx.tasks.next_due())
    return min((it for it in moments if it is not None), default=None)


def _open(tx: Transaction, now: datetime) -> list[str]:
    """Return the keys of the items that are due now."""
    rollout = next(iter(tx.rollouts.recent(1)), None)
    if rollout is None or rollout.status is not Status.COMPLETED:
        return []
    due = (it for it in tx.tasks.of_rollout(rollout.id) if it.state is TaskState.OPEN and it.due_at <= now)
    return [item.key for task in due for item in open_of(rollout, task)]


def held(tx: Transaction) -> list[int]:
    """Return the numbers of the announcements that wait for a yes."""
    return [it.id for it in tx.announcements.recent(MOST_HELD) if it.state is AnnouncementState.HELD]


def ahead_of(plan: Plan, start: datetime) -> datetime | None:
    """Return when the first thing is announced ahead of a start; None where there is none."""
    return min((it.happened_at for it in before_start(plan, start, "", start)), default=None)


def in_order(happenings: Iterable[Happening]) -> tuple[Happening, ...]:
    """Return what happened with the messages of one moment by their places: they leave side by side."""
    found: list[Happening] = []
    for (_, kind), run in groupby(happenings, key=lambda it: (it.at, it.kind)):
        several = list(run)
        found += sorted(several, key=lambda it: it.who) if kind is Kind.MESSAGE else several
    return tuple(found)
