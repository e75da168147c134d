"""One rehearsal: a whole bot on a database of its own, driven from its start to its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.domain.blockers import blockers
from bot.domain.errors import NotFound
from bot.domain.escalation import TargetKind
from bot.domain.pager import PAGERS
from bot.domain.rehearsal import Ending, Kind, Rehearsal
from bot.domain.rollout import Status
from bot.domain.team import EMAIL, LOCAL
from bot.flag_providers.builtin import BuiltinFlags
from bot.rehearsal.aftermath import Beyond, ahead_of, held, in_order
from bot.rehearsal.breaking import chosen_break
from bot.rehearsal.clock import VirtualClock
from bot.rehearsal.metrics import rehearsed_metrics
from bot.rehearsal.pace import Pace, bearable, described
from bot.rehearsal.people import AUDIENCE, People, TurnedDown, approvers_of, rehearsing
from bot.rehearsal.recording import Record, RecordedChat, RecordedFlags, RecordedJournal
from bot.storage.store import open_store
from bot.wiring import Edges, assemble

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.plan import Plan
    from bot.domain.rehearsal import Break, Wish
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.ports import Store, Transaction
    from bot.rehearsal.metrics import RehearsedMetrics
    from bot.wiring import Bot

CHANNEL = "rehearsal"
MOST_LOOKS = 10_000
"""A rehearsal that has looked so often does not end."""

A_MOMENT = timedelta(seconds=1)
BREAKS_AFTER = 2
"""A metric breaks so many intervals after its step was reached, so that it was seen to be good before."""


@dataclass(frozen=True, slots=True)
class OnePlan:
    """The PlanLibrary port over a single plan."""

    plan: Plan

    def names(self) -> tuple[str, ...]:
        """Return its name."""
        return (self.plan.key,)

    def load(self, name: str) -> Plan:
        """Return it. Raises NotFound for any other name."""
        if name != self.plan.key:
            raise NotFound(f"This is a rehearsal of {self.plan.key} only.", f"/plan show {self.plan.key}")
        return self.plan


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended, and why."""

    ending: Ending
    reason: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The rollout and when the engine wants to go on with it, read at one moment."""

    rollout: Rollout
    due: tuple[datetime | None, ...]
    measure: datetime | None
    held: tuple[int, ...] = ()


def _view(tx: Transaction) -> View:
    due = (tx.rollouts.next_due(), tx.outbox.next_due(), tx.announcements.next_due())
    return View(tx.rollouts.recent(1)[0], due, tx.rollouts.next_measurement(), tuple(held(tx)))


@dataclass(slots=True)
class Stage:
    """Drives a bot: lets it do what is due, lets the people act, and moves the clock to whatever comes next."""

    bot: Bot
    clock: VirtualClock
    record: Record
    people: People
    metrics: RehearsedMetrics
    breaks: Break | None
    script_times: tuple[datetime, ...] = ()
    start: datetime | None = None
    breaks_at: datetime | None = None
    step: int = -1
    idle_since: datetime | None = None
    seen: Rollout | None = None

    @property
    def beyond(self) -> Beyond:
        """Return what plays the time before and after the rollout."""
        return Beyond(self.bot, self.clock, self.people)

    async def play(self, plan: Plan) -> Ended:
        """Play it to its end."""
        try:
            if self.start is not None:
                await self.beyond.before(plan, self.start)
            await self.people.start(plan)
            for _ in range(MOST_LOOKS):
                ended = await self._look()
                if ended is not None:
                    return ended
        except TurnedDown as refusal:
            return Ended(Ending.STUCK, refusal.sentence)
        return Ended(Ending.STUCK, "it goes on without an end")

    async def _look(self) -> Ended | None:
        """Do everything that is due now, then move the clock; return how it ended once it has."""
        await self.bot.loop.settle()
        view = await self.bot.store.read(_view)
        rollout = self.seen = view.rollout
        if view.held:
            await self.people.release(view.held[0])
            return None
        if not rollout.active and rollout.settled:
            return _ended(rollout)
        self._arrive(rollout)
        if await self._break(rollout) or await self._act(rollout):
            return None
        moment = self._next(view)
        if moment is None:
            return Ended(Ending.STUCK, await self._why(rollout))
        self.clock.move_to(max(moment, self.clock.now() + A_MOMENT))
        return None

    def _arrive(self, rollout: Rollout) -> None:
        if rollout.step != self.step:
            self.step = rollout.step
            self.metrics.stand_at(rollout.current)

    async def _act(self, rollout: Rollout) -> bool:
        """Let people act, unless the rollout is held or they watch how something breaks."""
        now = self.clock.now()
        if rollout.status is not Status.RUNNING or self._is_breaking(rollout) or now < self.people.ready_at(rollout):
            return False
        around = await self.bot.operations.rollouts.around(rollout)
        return await self.people.act(rollout, around)

    def _is_breaking(self, rollout: Rollout) -> bool:
        return self.breaks is not None and (rollout.step == self.breaks.step or self.metrics.broken is not None)

    async def _break(self, rollout: Rollout) -> bool:
        """Break the chosen metric once its moment has come; say whether that happened just now."""
        chosen = self.breaks
        if chosen is None or self.metrics.broken is not None or rollout.step != chosen.step or not rollout.settled:
            return False
        if self.breaks_at is None:
            since = rollout.holding_since or self.clock.now()
            rail = next(it for it in rollout.current.guardrails if it.condition == chosen.condition)
            calm = rail.interval * BREAKS_AFTER
            self.breaks_at = since + calm if rollout.current.soak > calm else since
        if self.clock.now() < self.breaks_at:
            return False
        self.metrics.broken = chosen
        self.record.note(Kind.FIGURE, chosen.metric, f"breaks: {chosen.says} from now on")
        if chosen.kept:
            await self.people.report(chosen.metric, round(chosen.value))
        return True

    def _next(self, view: View) -> datetime | None:
        """Return the next moment at which something may happen; None where nothing will."""
        now, rollout, measure = self.clock.now(), view.rollout, view.measure
        due = self._due(view, now)
        if due is not None:
            self.idle_since = None
        elif measure is None:
            return None
        elif self.idle_since is None:
            self.idle_since = now
        elif now - self.idle_since > self._pace().patience(rollout.current):
            return None
        if measure is None:
            return due
        return self._pace().next(rollout.current, now, changed=self._changed(rollout, now), measure=measure, due=due)

    def _pace(self) -> Pace:
        return Pace(self.metrics.kept, whole=self.metrics.script is not None or self.metrics.broken is not None)

    def _due(self, view: View, now: datetime) -> datetime | None:
        """Return when anything but a measurement is due: in the engine, for the people, in the script."""
        people = () if self._is_breaking(view.rollout) else (self.people.ready_at(view.rollout),)
        moments = (*view.due, *people, *self.script_times, self.breaks_at)
        return min((it for it in moments if it is not None and it > now), default=None)

    def _changed(self, rollout: Rollout, now: datetime) -> datetime:
        """Return when something changed last that measurements may show."""
        moments = (rollout.step_at, rollout.holding_since, rollout.judging.since, self.breaks_at, *self.script_times)
        return max(it for it in moments if it is not None and it <= now)

    async def _why(self, rollout: Rollout) -> str:
        """Return what keeps a rollout where it is."""
        where = f"at step {rollout.step + 1} “{rollout.current.name}”"
        if rollout.status is Status.PAUSED:
            return f"held {where}: {rollout.reason}"
        if self.metrics.broken is not None:
            return f"{where} nothing went back although {self.metrics.broken.metric} was broken"
        around = await self.bot.operations.rollouts.around(rollout)
        found = blockers(rollout, self.clock.now(), around)
        return f"{where}: {'; '.join(it.sentence for it in found) or 'nothing is due any more'}"


def _ended(rollout: Rollout) -> Ended:
    if rollout.status is Status.COMPLETED:
        return Ended(Ending.COMPLETED)
    return Ended(Ending.ROLLED_BACK, rollout.reason)


async def rehearse(plan: Plan, team: Team, start: datetime, wish: Wish) -> Rehearsal:
    """Rehearse a plan from a moment on. Raises NotUnderstood where what should break cannot."""
    plan = bearable(plan)
    clock = VirtualClock(ahead_of(plan, start) or start)
    channel = next((it.channel for it in plan.channels if it.platform == LOCAL), CHANNEL)
    team = rehearsing(team, plan, channel)
    metrics = rehearsed_metrics(plan, team, wish.script, clock, start)
    breaks = chosen_break(plan, wish, metrics)
    record = Record(clock)
    # A file, because the store keeps nothing in memory; nobody reads it afterwards.
    with TemporaryDirectory(prefix="rehearsal") as folder:
        store = await open_store(f"sqlite+aiosqlite:///{Path(folder) / 'rehearsal.db'}")
        try:
            bot = _bot(store, clock, team, metrics, record)
            people = People(bot, record, channel, approvers_of(plan, team))
            stage = Stage(bot, clock, record, people, metrics, breaks, _script_times(wish, start), start)
            ended, end = await stage.play(plan), clock.now()
            if ended.ending is Ending.COMPLETED:
                await stage.beyond.after()
        finally:
            await store.close()
    seen = stage.seen
    return Rehearsal(
        plan=plan,
        start=start,
        end=end,
        ending=ended.ending,
        reason=ended.reason,
        happenings=in_order(record.happenings),
        figures=metrics.figures(),
        measured=described(plan, Pace(metrics.kept, whole=wish.script is not None or breaks is not None), wish.script),
        broken=breaks,
        edits=record.edits,
        step=seen.step if seen is not None else 0,
        level=seen.level if seen is not None else None,
    )


def _bot(store: Store, clock: VirtualClock, team: Team, metrics: RehearsedMetrics, record: Record) -> Bot:
    return assemble(
        store,
        clock,
        RecordedJournal(record),
        OnePlan(metrics.plan),
        team=lambda: team,
        metrics=metrics,
        platforms={
            LOCAL: RecordedChat(record, LOCAL),
            **{name: RecordedChat(record, name, sign="") for name in (AUDIENCE, EMAIL, *PAGERS)},
        },
        providers={"builtin": RecordedFlags(BuiltinFlags(store, clock), record)},
        posted=asyncio.Event(),
        edges=Edges(pagers=frozenset({TargetKind.EMAIL, TargetKind.PAGERDUTY, TargetKind.WEBHOOK})),
    )


def _script_times(wish: Wish, start: datetime) -> tuple[datetime, ...]:
    if wish.script is None:
        return ()
    return tuple(sorted({start + entry.at for _, entries in wish.script.entries for entry in entries}))
