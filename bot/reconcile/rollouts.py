"""Keeps rollouts true: what people want of the flags is made so, seen, and recorded; what is due by itself is done."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements import completed, held, ready, rolled_back, step_reached
from bot.domain.actor import system_actor
from bot.domain.audit import Action, Event, Outcome
from bot.domain.blockers import first_is_waiting
from bot.domain.errors import Unavailable
from bot.domain.moves import pause
from bot.domain.progress import next_look, observe, proceed, raised_in
from bot.domain.rollout import Rollout, Status
from bot.domain.signal import SignalKind
from bot.operations.notices import card_subject, redraw, report_the_end, tell
from bot.operations.rollout_records import facts_of, record_move
from bot.operations.signals import record_change
from bot.reconcile.apart import apart
from bot.reconcile.drift import changed, note_sightings
from bot.reconcile.elsewhere import Hands, cause_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.errors import Blocker
    from bot.domain.flag import FlagTarget
    from bot.domain.surroundings import Surroundings
    from bot.domain.team import Team
    from bot.operations.circumstances import Circumstances
    from bot.ports import Clock, FlagProvider, Journal, Store, Transaction
    from bot.reconcile.elsewhere import Look

AT_ONCE = 20
"""So many rollouts are taken up in one pass; the rest are due in the next."""

RETRY = timedelta(seconds=10)
"""A provider that did not answer is asked again this much later."""


Turns = defaultdict[tuple[str, str], asyncio.Lock]
"""By flag and environment."""


@dataclass(frozen=True, slots=True)
class RolloutKeeper:
    """Observes, decides, acts and records, for each rollout that is due.

    `providers` are the systems that hold flags by the name a plan gives them; "builtin" stands in for a name that is
    not there.
    """

    store: Store
    clock: Clock
    providers: Mapping[str, FlagProvider]
    circumstances: Circumstances
    journal: Journal
    name: str = "rollouts"

    async def step(self) -> int:
        """Take up what is due; return how many rollouts were looked at."""
        now = self.clock.now()
        due = await self.store.read(lambda tx: tx.rollouts.due(now, AT_ONCE))
        turns: Turns = defaultdict(asyncio.Lock)
        for failed in await apart(due, lambda it: self._keep_in_turn(it, turns), self.journal, "rollout.crashed"):
            await self._postpone(failed)
        return len(due)

    async def next_due(self) -> datetime | None:
        """Return when a rollout is due next."""
        return await self.store.read(lambda tx: tx.rollouts.next_due())

    async def _keep_in_turn(self, rollout: Rollout, turns: Turns) -> None:
        """Keep a rollout true, after those that share a flag with it.

        Two that ended may both be on their way back: what one of them lowers the other one must have seen, or its own
        way down would take the flag up.
        """
        async with AsyncExitStack() as mine:
            for place in sorted({(it.flag, it.environment) for it in rollout.wanted}):
                await mine.enter_async_context(turns[place])
            await self._keep(rollout)

    async def _keep(self, rollout: Rollout) -> None:
        if rollout.running and first_is_waiting(rollout):
            await self.store.write(lambda tx: self._wait(tx, rollout))
            return
        hands = Hands(self.store, self.clock, self.providers, self.journal)
        try:
            found = await hands.look(rollout, await self._mine(rollout))
            rising = raised_in(found.held, found.missing)
            if rising and not await self._may_raise(rollout, rising):
                return
            look = await hands.make_true(found)
        except Unavailable as problem:
            self.journal.warning("rollout.provider.unavailable", rollout=rollout.id, problem=problem.sentence)
            await self._postpone(rollout)
            return
        await self.store.write(lambda tx: self._record(tx, rollout, look))

    async def _may_raise(self, rollout: Rollout, rising: tuple[str, ...]) -> bool:
        """Say whether a raise may still be made true, after looking once more; a line that was stopped holds it."""
        if await self.store.read(lambda tx: self._still_open(tx, rollout, rising)):
            return True
        await self.store.write(lambda tx: self._hold(tx, rollout, rising))
        return False

    def _still_open(self, tx: Transaction, asked: Rollout, rising: tuple[str, ...]) -> bool:
        known = tx.rollouts.get(asked.id)
        same = known is not None and known.version == asked.version
        return same and not (asked.running and self._closed(asked, rising))

    def _closed(self, rollout: Rollout, rising: tuple[str, ...]) -> tuple[Blocker, ...]:
        now = self.clock.now()
        return tuple(stop for it in rising for stop in self.circumstances.closed_since(rollout, it, now))

    def _hold(self, tx: Transaction, asked: Rollout, rising: tuple[str, ...]) -> None:
        """Pause a rollout whose raise came too late, or look again at one that was moved meanwhile."""
        now = self.clock.now()
        known = tx.rollouts.get(asked.id)
        stops = self._closed(asked, rising) if asked.running else ()
        if known is None or known.version != asked.version or not stops:
            tx.rollouts.postpone(asked.id, now)
            return
        waiting = pause(known, now, stops[0].sentence)
        actor = system_actor(cause_of(known))
        record_move(tx, actor, Action.ROLLOUT_PAUSE, before=known, after=waiting, now=now)
        tx.rollouts.save(waiting, now)
        tell(tx, waiting, "held", held.render(waiting, waiting.reason), now)
        redraw(tx, waiting, now)

    def _wait(self, tx: Transaction, asked: Rollout) -> None:
        """Look again later at a first change that waits for its baselines, unless they have come meanwhile."""
        known = tx.rollouts.get(asked.id)
        waits = known is not None and known.running and first_is_waiting(known)
        tx.rollouts.postpone(asked.id, self.clock.now() + RETRY if waits else self.clock.now())

    async def _postpone(self, rollout: Rollout) -> None:
        later = self.clock.now() + RETRY
        await self.store.write(lambda tx: tx.rollouts.postpone(rollout.id, later))

    async def _mine(self, rollout: Rollout) -> tuple[FlagTarget, ...]:
        """Return what a rollout still has to make true: an ended one leaves a flag to the active one that drives it."""
        if rollout.active:
            return rollout.wanted
        return await self.store.read(
            lambda tx: tuple(it for it in rollout.wanted if not tx.rollouts.of_flag(it.flag, it.environment))
        )

    def _record(self, tx: Transaction, asked: Rollout, look: Look) -> None:
        """Note what was seen, unless somebody moved the rollout meanwhile: then it is looked at once more.

        What we wrote may have come after what another loop wrote for the newer wish.
        """
        known = tx.rollouts.get(asked.id)
        now = self.clock.now()
        if known is None or known.version != asked.version:
            tx.rollouts.postpone(asked.id, now)
            return
        sightings = look.sightings(now)
        news = not sightings or changed(tx, sightings)
        noted = observe(known, look.observed(now), now, look.limits)
        noted = note_sightings(tx, self.circumstances, noted, sightings, now)
        if noted.settled and not known.settled:
            _tell_arrival(tx, self.circumstances.team(), noted, now)
        around = self.circumstances.of(tx, noted, now)
        after = proceed(noted, now, around) if noted.settled and not look.silent else noted
        due = _next(after, now, self.circumstances.of(tx, after, now), look)
        if after == known and not news and due is not None:
            # A look that found what was there before is no reason to draw every card anew.
            tx.rollouts.postpone(after.id, due)
            return
        if after.version != noted.version:
            self._record_advance(tx, noted, after, now)
        elif after.ready and not noted.ready and noted.current.soak:
            tell(tx, after, "ready", ready.render(after), now)
        tx.rollouts.save(after, due)
        redraw(tx, after, now)

    def _record_advance(self, tx: Transaction, before: Rollout, after: Rollout, now: datetime) -> None:
        action = Action.ROLLOUT_COMPLETE if after.status is Status.COMPLETED else Action.ROLLOUT_ADVANCE
        event = Event(
            action,
            Outcome.ACCEPTED,
            card_subject(after.id),
            after.current.environment,
            "the plan goes on by itself",
            facts_of(before),
            facts_of(after),
        )
        tx.audit.append(event, system_actor(cause_of(before)), now)
        if after.status is Status.COMPLETED:
            message = completed.render(after, now)
            tell(tx, after, "completed", message, now)
            record_change(tx, self.circumstances.team(), after, message, now, kind=SignalKind.COMPLETED)
            report_the_end(tx, after, now)


def _next(rollout: Rollout, now: datetime, around: Surroundings, look: Look) -> datetime | None:
    """Ask again a little later for what was written and is not seen yet, instead of at once and for ever."""
    due = next_look(rollout, now, around)
    if look.silent and (rollout.active or not rollout.settled):
        return now + RETRY
    return now + RETRY if due is not None and rollout.observed is not None and not rollout.settled else due


def _tell_arrival(tx: Transaction, team: Team, rollout: Rollout, now: datetime) -> None:
    if rollout.status in {Status.ROLLED_BACK, Status.ABORTED}:
        message = rolled_back.render(rollout)
        tell(tx, rollout, "rolled_back", message, now)
        record_change(tx, team, rollout, message, now, kind=SignalKind.ROLLED_BACK)
        report_the_end(tx, rollout, now)
    elif rollout.current.sets and rollout.status is Status.RUNNING:
        message = step_reached.render(rollout, now)
        tell(tx, rollout, "step_reached", message, now)
        record_change(tx, team, rollout, message, now, kind=SignalKind.STEP_REACHED)
