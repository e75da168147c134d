"""Keeps people told: notices what happened to rollouts, and says what is due, once, and only while it is true."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from bot.announcements import announced, announcement_trouble
from bot.announcements.template import BadTemplate
from bot.domain.actor import SYSTEM_NAME
from bot.domain.after import first_tasks
from bot.domain.announcement import Announcement, AnnouncementState, Destination
from bot.domain.announcing import (
    Happening,
    Stop,
    announced_at,
    for_subscribers,
    happened,
    repeated,
    seen_of,
)
from bot.domain.audit import Action
from bot.domain.errors import RollcallError
from bot.domain.moments import FromStart, Occasion, parse_moment
from bot.domain.plan import ChannelName
from bot.domain.rollout import Rollout, Status
from bot.domain.truth import LATE, newest_only, overdue, untrue, untrue_of_plan
from bot.operations.announcing import (
    Addressing,
    hand_over,
    say_in_own_channels,
    tell_who_is_not_reached,
    wanted,
)
from bot.operations.notices import SUBJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bot.domain.message import Message
    from bot.domain.plan import Plan
    from bot.domain.team import Team
    from bot.ports import Clock, Journal, PlanLibrary, Store, Transaction

AT_ONCE = 50
"""So many rollouts are looked at, and so many announcements said, in one pass."""

STOPPED = frozenset(
    {
        Action.ROLLOUT_PAUSE,
        Action.ROLLOUT_BACK,
        Action.ROLLOUT_LOWER,
        Action.ROLLOUT_REJECT,
        Action.ROLLOUT_DRIFT,
    }
)
NOT_SCHEDULED = "the start was not planned; /announce schedule does that"
Dropped = list[tuple[Announcement, str]]


@dataclass(frozen=True, slots=True)
class AnnouncementKeeper:
    """Observes rollouts and the clock, decides what is due and true, and puts it into the outbox in one transaction."""

    store: Store
    clock: Clock
    team: Callable[[], Team]
    platforms: Collection[str]
    library: PlanLibrary
    journal: Journal
    name: str = "announcements"

    async def step(self) -> int:
        """Look at what changed and say what is due; return how many things were taken up."""
        now = self.clock.now()
        numbers = await self.store.read(lambda tx: tx.announcements.to_look_at(now, AT_ONCE))
        for number in numbers:
            await self.store.write(lambda tx, number=number: self._look(tx, number))  # type: ignore[misc]  # The number of this turn.
        due = await self.store.read(lambda tx: tx.announcements.due(now, AT_ONCE))
        for subject, rows in groupby(sorted(due, key=lambda it: it.subject), key=lambda it: it.subject):
            await self._say(subject, [it.id for it in rows])
        return len(numbers) + len(due)

    async def next_due(self) -> datetime | None:
        """Return when there is something to look at or to say next."""
        return await self.store.read(lambda tx: tx.announcements.next_due())

    def _look(self, tx: Transaction, number: int) -> None:
        """Note what happened to a rollout since it was looked at last."""
        rollout, now = tx.rollouts.get(number), self.clock.now()
        if rollout is None:
            return
        before = tx.announcements.seen(number)
        if before is None and not rollout.plan.communication and now - rollout.started_at > LATE:
            # Somebody asked to hear of a rollout that is under way: what is past is no news.
            before = seen_of(rollout, None, 0, now)
        problems = tx.problems.of_rollout(number, before.problem if before is not None else 0)
        for what in happened(before, rollout, problems, _stop_of(tx, rollout), now):
            self._note(tx, rollout, what, now)
        last = problems[-1].id if problems else (before.problem if before is not None else 0)
        tx.announcements.note(number, seen_of(rollout, before, last, now))

    def _note(self, tx: Transaction, rollout: Rollout, what: Happening, now: datetime) -> None:
        if what.occasion is Occasion.STARTED:
            _begin(tx, rollout, now)
        if what.occasion is Occasion.COMPLETED:
            for task in first_tasks(rollout):
                tx.tasks.add(task)
        rows = list(announced_at(rollout, what, now))
        if not any(it.occasion is what.occasion for it in rows):
            alone = for_subscribers(rollout, what, now)
            rows += [alone] if any(wanted(it, alone, rollout.plan) for it in tx.subscriptions.all()) else []
        for row in rows:
            tx.announcements.add(row)

    async def _say(self, subject: str, numbers: Sequence[int]) -> None:
        plan = self._planned(subject)
        dropped = await self.store.write(lambda tx: self._said(tx, subject, numbers, plan))
        for row, why in dropped:
            self.journal.info("announcement.dropped", announcement=row.id, key=row.key, because=why)

    def _planned(self, subject: str) -> Plan | None:
        kind, _, key = subject.partition(":")
        if kind != "plan":
            return None
        try:
            return self.library.load(key)
        except RollcallError as problem:
            self.journal.warning("announcement.plan.unusable", plan=key, problem=problem.sentence)
            return None

    def _said(self, tx: Transaction, subject: str, numbers: Sequence[int], plan: Plan | None) -> Dropped:
        """Say what is true of one subject, in one transaction."""
        now = self.clock.now()
        number = subject.removeprefix(SUBJECT) if subject.startswith(SUBJECT) else ""
        rollout = tx.rollouts.get(int(number)) if number else None
        found = (tx.announcements.get(it) for it in numbers)
        rows = [it for it in found if it is not None and it.due_at is not None and it.due_at <= now]
        scene = _Scene(tx, self.team(), tuple(self.platforms), rollout, rollout.plan if rollout else plan, now)
        return scene.say(rows)


@dataclass(frozen=True, slots=True)
class _Scene:
    """One subject at one moment, within one transaction."""

    tx: Transaction
    team: Team
    platforms: tuple[str, ...]
    rollout: Rollout | None
    plan: Plan | None
    now: datetime

    def say(self, rows: Sequence[Announcement]) -> Dropped:
        """Say what is true and worth saying; return what is not, with why."""
        dropped: Dropped = []
        ready: list[tuple[Announcement, Sequence[Destination]]] = []
        addressing = Addressing(self.team, self.platforms, tuple(self.tx.subscriptions.all()))
        for row in rows:
            self._repeat(row)
            why = self._untrue(row)
            if why:
                dropped.append((row, self._drop(row, why)))
            elif row.hold or overdue(row, self.now):
                self._ask(row)
            else:
                reach = addressing.reach(row, self.plan, self.rollout)
                if self.rollout is not None:
                    tell_who_is_not_reached(self.tx, self.rollout, reach.lacking, self.now)
                ready.append((row, self._listening(row, reach.destinations)))
        kept = newest_only(ready, self.now)
        for row, wished in ready:
            why = self._hand_over(row, kept[row.id], wished)
            dropped += [(row, why)] if why else []
        return dropped

    def _repeat(self, row: Announcement) -> None:
        following = repeated(row, self.rollout, self.now) if self.rollout is not None else None
        if following is not None:
            self.tx.announcements.add(following)

    def _untrue(self, row: Announcement) -> str:
        if self.rollout is not None:
            return untrue(row, self.rollout, named_kind=announced.is_name(row.say), resolved=self._resolved(row))
        starts = dict(row.facts).get("starts_at")
        if self.plan is None:
            return "its plan cannot be read"
        return untrue_of_plan(row, datetime.fromisoformat(starts), self.now) if starts else ""

    def _resolved(self, row: Announcement) -> bool:
        if row.occasion is not Occasion.PROBLEM:
            return False
        found = self.tx.problems.get(int(row.key.rpartition(":")[2]))
        return found is not None and found.resolved_at is not None

    def _listening(self, row: Announcement, places: Sequence[Destination]) -> list[Destination]:
        """Leave out who was told already, and channels that do not want to hear so much."""
        told = {it.place for it in row.destinations}
        heard = (it for it in places if it.place not in told)
        return [it for it in heard if row.heard_at(self.team.manner_of(ChannelName(it.platform, it.channel)).verbosity)]

    def _hand_over(self, row: Announcement, kept: Sequence[Destination], wished: Sequence[Destination]) -> str:
        """Hand a message over, or let it wait; return why it is not said at all where that is so."""
        try:
            message = self._message(row)
        except BadTemplate as problem:
            if self.rollout is not None:
                trouble = announcement_trouble.render_unsayable(row, str(problem))
                say_in_own_channels(self.tx, self.rollout, f"unsayable:{row.id}", trouble, self.now)
            return self._drop(row, str(problem))
        quiet = {it.place: self._free_at(it) for it in kept}
        waiting = [at for at in quiet.values() if at > self.now]
        sent = hand_over(self.tx, row, message, [it for it in kept if quiet[it.place] <= self.now], self.now)
        after = replace(row, destinations=(*row.destinations, *sent), message=message)
        if waiting:
            later = replace(after, state=AnnouncementState.WAITING, due_at=min(waiting))
            self.tx.announcements.save(later)
            return ""
        if not after.destinations:
            return self._drop(row, "something newer was said in its place" if wished else "nobody is there to be told")
        self.tx.announcements.save(replace(after, state=AnnouncementState.SENT, due_at=None))
        return ""

    def _free_at(self, place: Destination) -> datetime:
        return self.team.manner_of(ChannelName(place.platform, place.channel)).heard_from(self.now, self.team.zone)

    def _message(self, row: Announcement) -> Message:
        if self.rollout is not None:
            return announced.render(self.rollout, row, self.now, self.team.messages)
        if self.plan is None:
            raise BadTemplate("its plan cannot be read")
        return announced.render_ahead(self.plan, row, self.team.messages)

    def _ask(self, row: Announcement) -> None:
        """Hold an announcement until a person says yes."""
        try:
            message = self._message(row)
        except BadTemplate as problem:
            self._drop(row, str(problem))
            return
        held = replace(row, hold=True, state=AnnouncementState.HELD, due_at=None, message=message)
        self.tx.announcements.save(held)
        late = self.now - row.happened_at if overdue(row, self.now) else None
        question = announcement_trouble.render_question(row, message, late)
        channels = self.rollout.channels if self.rollout is not None else ()
        if self.rollout is not None and channels:
            say_in_own_channels(self.tx, self.rollout, f"hold:{row.id}", question, self.now)
        elif self.plan is not None:
            places = [
                Destination(it.platform, it.channel) for it in self.plan.channels if it.platform in self.platforms
            ]
            hand_over(self.tx, replace(row, id=-row.id), question, places, self.now)

    def _drop(self, row: Announcement, why: str) -> str:
        state = AnnouncementState.SENT if row.destinations else AnnouncementState.DROPPED
        self.tx.announcements.save(replace(row, state=state, due_at=None, note=why))
        return why


def _begin(tx: Transaction, rollout: Rollout, now: datetime) -> None:
    """Take over what was planned ahead of the start, and put on record what was never announced."""
    planned = tx.announcements.of_subject(f"plan:{rollout.plan.key}")
    for row in planned:
        mine = replace(row, subject=f"{SUBJECT}{rollout.id}")
        if not row.ended:
            note = "the rollout has started already"
            mine = replace(mine, state=AnnouncementState.DROPPED, due_at=None, note=note)
        tx.announcements.save(mine)
    if planned:
        return
    for index, item in enumerate(rollout.plan.communication):
        moment = parse_moment(item.when)
        if isinstance(moment, FromStart) and moment.offset < timedelta(0):
            tx.announcements.add(
                Announcement(
                    id=0,
                    key=f"{SUBJECT}{rollout.id}:announce:{index}:ahead",
                    subject=f"{SUBJECT}{rollout.id}",
                    plan=rollout.plan.key,
                    when=item.when,
                    to=item.to,
                    say=item.say,
                    created_at=now,
                    happened_at=rollout.started_at + moment.offset,
                    due_at=None,
                    state=AnnouncementState.DROPPED,
                    note=NOT_SCHEDULED,
                )
            )


def _stop_of(tx: Transaction, rollout: Rollout) -> Stop:
    """Return who stopped a rollout, from the audit log."""
    if rollout.status is not Status.PAUSED:
        return Stop()
    entries = tx.audit.search(subject=f"{SUBJECT}{rollout.id}", limit=10)
    entry = next((it for it in entries if it.action in STOPPED and it.outcome == "accepted"), None)
    return Stop(entry.person, by_itself=entry.person == SYSTEM_NAME) if entry is not None else Stop()
