"""What people do with the communication of rollouts: look ahead, say, schedule, hold back, and ask to hear."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.announcements import announced
from bot.announcements.kinds import KINDS
from bot.announcements.template import BadTemplate
from bot.domain.access import Permission
from bot.domain.announce_view import Previewed, Tracked
from bot.domain.announcement import BY_HAND, Announcement, AnnouncementState
from bot.domain.announcing import before_start, upcoming
from bot.domain.audit import Action
from bot.domain.errors import NotFound, Refused, RollcallError
from bot.domain.moments import When, parse_moment
from bot.operations.announcing import Addressing
from bot.operations.channels import latest_here, named_rollout
from bot.operations.notices import SUBJECT, card_subject
from bot.operations.subscriptions import Subscriptions
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.audit import Facts
    from bot.domain.message import Message
    from bot.domain.plan import Communication, Plan
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.operations.announcing import Reach
    from bot.operations.circumstances import Circumstances
    from bot.operations.plans import Plans
    from bot.ports import Transaction

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person wants said: a kind's name or words, to which audiences, held for a yes or not."""

    what: str
    to: tuple[str, ...]
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Announcements:
    """Everything a person can do with announcements."""

    verbs: Verbs
    plans: Plans
    circumstances: Circumstances
    team: Callable[[], Team]
    pictures: Mapping[str, Callable[[Message], str]] = field(default_factory=dict)

    @property
    def subscriptions(self) -> Subscriptions:
        """Return what people ask to hear."""
        return Subscriptions(self.verbs, self.plans, self.team)

    async def preview(
        self, actor: Actor, plan_name: str = "", number: int | None = None
    ) -> tuple[Plan, tuple[Previewed, ...]]:
        """Return every message of a plan's communication as it will be, in the plan's order."""
        subscriptions = await self.verbs.store.read(lambda tx: tuple(tx.subscriptions.all()))
        rollout = None if plan_name else await self._rollout(actor, number)
        plan = rollout.plan if rollout is not None else self.plans.library.load(plan_name)
        starts = rollout.started_at if rollout is not None else self.verbs.clock.now()
        times: dict[Communication, datetime] = {}
        for at, item in upcoming(plan, starts):
            times.setdefault(item, at)
        addressing = Addressing(self.team(), self.verbs.platforms, subscriptions)
        return plan, tuple(
            self._previewed(plan, item, times.get(item), addressing, rollout) for item in plan.communication
        )

    def _previewed(
        self, plan: Plan, item: Communication, due: datetime | None, addressing: Addressing, rollout: Rollout | None
    ) -> Previewed:
        now = self.verbs.clock.now()
        said = Announcement(
            0, "", f"plan:{plan.key}", plan.key, item.when, item.to, item.say, now, now, due,
            facts=item.facts, hold=item.hold, step=_step_of(plan, item), subscribers=True,
        )  # fmt: skip
        reach = addressing.reach(said, plan, rollout)
        declared = self.team().audiences
        shown = Previewed(
            said, due if due is not None and due >= now else None, None, "", reach.destinations, reach.lacking,
            unknown=tuple(name for name in item.to if declared and name not in declared),
        )  # fmt: skip
        try:
            message = announced.render_example(plan, said, self.team().messages)
        except BadTemplate as problem:
            return replace(shown, problem=str(problem))
        return replace(shown, message=message, looks=self._looks(reach, message))

    def _looks(self, reach: Reach, message: Message) -> tuple[tuple[str, str], ...]:
        """Return how a message looks wherever its audiences are; where none is declared, wherever the bot is."""
        there = {*(it.platform for it in reach.destinations), *(platform for _, platform in reach.lacking)}
        return tuple(
            (name, draw(message)) for name, draw in self.pictures.items() if name in (there or self.verbs.platforms)
        )

    async def audiences(self, actor: Actor) -> tuple[tuple[str, int], ...]:
        """Return the audiences that can be told something, each with how many places it has."""
        declared = self.team().audiences
        if declared:
            return tuple(
                (it.name, len(it.channels) + len(it.emails) + bool(it.status_page)) for it in declared.values()
            )
        found = await self.verbs.store.read(lambda tx: _here(tx, actor))
        named = (name for item in (found.plan.communication if found is not None else ()) for name in item.to)
        return tuple((name, 0) for name in dict.fromkeys(named))

    async def pending(self) -> tuple[Announcement, ...]:
        """Return the newest announcements of which something is still to become."""
        return await self.verbs.store.read(
            lambda tx: tuple(it for it in tx.announcements.recent(SHOWN) if not it.ended)
        )

    async def _rollout(self, actor: Actor, number: int | None) -> Rollout:
        return await self.verbs.store.read(lambda tx: _meant(tx, actor, number))

    async def say(
        self, actor: Actor, saying: Saying, number: int | None = None, at: datetime | None = None
    ) -> Announcement:
        """Say something of a rollout to audiences, now or at a time."""
        rollout = await self._rollout(actor, number)
        known, team = saying.what in {*KINDS, *self.team().messages}, self.team()
        unknown = [name for name in saying.to if team.audiences and name not in team.audiences]
        if unknown:
            raise NotFound(f"There is no audience “{unknown[0]}”.", f"There are: {', '.join(team.audiences)}.")

        def work(tx: Transaction, now: datetime) -> Done[Announcement]:
            self.circumstances.require(actor, Permission.CHANGE, rollout.current.environment, goes_up=False)
            new = Announcement(
                id=0,
                key=f"{card_subject(rollout.id)}:said:{actor.request_id}"[:200],
                subject=card_subject(rollout.id),
                plan=rollout.plan.key,
                when=BY_HAND,
                to=saying.to,
                say=saying.what if known else "said",
                created_at=now,
                happened_at=at or now,
                due_at=at or now,
                facts=() if known else (("text", saying.what),),
                by=actor.person,
                hold=saying.hold,
            )
            self._require_sayable(rollout, new, now)
            tx.announcements.add(new)
            stored = next(it for it in tx.announcements.of_subject(new.subject, 5) if it.key == new.key)
            return Done(stored, None, {"announcement": stored.id, "to": list(saying.to), "says": saying.what})

        action = Action.ANNOUNCE_SAY if at is None else Action.ANNOUNCE_SCHEDULE
        attempt = Attempt(action, card_subject(rollout.id), rollout.current.environment)
        return await self.verbs.do(actor, attempt, work)

    def _require_sayable(self, rollout: Rollout, said: Announcement, now: datetime) -> None:
        """Refuse at once what could not be said later."""
        try:
            announced.render(rollout, said, now, self.team().messages)
        except BadTemplate as problem:
            raise Refused(f"That cannot be said: {problem}.", "/announce preview") from None

    async def schedule_start(self, actor: Actor, plan_name: str, starts: datetime) -> tuple[Announcement, ...]:
        """Plan when a plan is going to start, so that what comes ahead of it is announced; another time replaces it."""
        plan = self.plans.library.load(plan_name)
        if starts <= self.verbs.clock.now():
            raise Refused("That time has passed already.", f"/rollout start {plan.key}")

        def work(tx: Transaction, now: datetime) -> Done[tuple[Announcement, ...]]:
            self.circumstances.require(actor, Permission.CHANGE, plan.environment, goes_up=False)
            for old in tx.announcements.of_subject(f"plan:{plan.key}"):
                if not old.ended:
                    tx.announcements.save(_ended(old, AnnouncementState.CANCELLED, "another start was planned"))
            rows = before_start(plan, starts, actor.person, now)
            for row in rows:
                tx.announcements.add(row)
            return Done(
                rows,
                None,
                {
                    "starts": starts.isoformat(),
                    "announcements": len(rows),
                    "says": f"starts at {starts:%Y-%m-%d %H:%M} UTC",
                },
            )

        attempt = Attempt(Action.ANNOUNCE_SCHEDULE, f"plan:{plan.key}", plan.environment)
        return await self.verbs.do(actor, attempt, work)

    async def list(self, actor: Actor, plan_name: str = "", number: int | None = None) -> tuple[Tracked, ...]:
        """Return the newest announcements of a rollout, of a planned start, or of all, with their deliveries."""

        def work(tx: Transaction) -> tuple[Tracked, ...]:
            if plan_name:
                rows: Sequence[Announcement] = tx.announcements.of_subject(f"plan:{plan_name}", SHOWN)
            elif number is not None:
                rows = tx.announcements.of_subject(card_subject(named_rollout(tx, number).id), SHOWN)
            else:
                rows = tx.announcements.recent(SHOWN)
            return tuple(Tracked(row, tuple((it, tx.outbox.get(it.key)) for it in row.destinations)) for row in rows)

        del actor
        return await self.verbs.store.read(work)

    async def cancel(self, actor: Actor, number: int, reason: str = "") -> Announcement:
        """Keep an announcement from going out. Raises Refused for one that has."""
        return await self._change(actor, Action.ANNOUNCE_CANCEL, number, reason, _cancelled)

    async def hold(self, actor: Actor, number: int, reason: str = "") -> Announcement:
        """Let an announcement wait for a person's yes, however late its time comes."""
        return await self._change(actor, Action.ANNOUNCE_HOLD, number, reason, _held)

    async def release(self, actor: Actor, number: int) -> Announcement:
        """Say yes to an announcement that is held: it goes out at its time, or now where that has come."""
        return await self._change(actor, Action.ANNOUNCE_RELEASE, number, "", _released)

    async def _change(
        self,
        actor: Actor,
        action: Action,
        number: int,
        reason: str,
        change: Callable[[Announcement, Actor, datetime], Announcement],
    ) -> Announcement:
        def work(tx: Transaction, now: datetime) -> Done[Announcement]:
            known = tx.announcements.get(number)
            if known is None:
                raise NotFound(f"There is no announcement {number}.", "/announce list")
            self.circumstances.require(actor, Permission.CHANGE, self._environment(tx, known), goes_up=False)
            if known.ended:
                raise Refused(f"Announcement {number} is {known.state} already.", "/announce list")
            after = change(known, actor, now)
            tx.announcements.save(after)
            facts: Facts = {"announcement": number, "says": str(after.state)}
            return Done(after, {"announcement": number, "says": str(known.state)}, facts, subject=known.subject)

        return await self.verbs.do(actor, Attempt(action, f"announcement:{number}", reason=reason), work)

    def _environment(self, tx: Transaction, known: Announcement) -> str:
        if known.subject.startswith(SUBJECT):
            rollout = tx.rollouts.get(int(known.subject.removeprefix(SUBJECT)))
            return rollout.current.environment if rollout is not None else ""
        return self.plans.library.load(known.plan).environment


def _here(tx: Transaction, actor: Actor) -> Rollout | None:
    try:
        return latest_here(tx, actor)
    except RollcallError:
        return None


def _meant(tx: Transaction, actor: Actor, number: int | None) -> Rollout:
    return latest_here(tx, actor) if number is None else named_rollout(tx, number)


def _step_of(plan: Plan, item: Communication) -> int | None:
    """Return the step that a message about a named place tells of."""
    moment = parse_moment(item.when)
    if not isinstance(moment, When) or not moment.place:
        return None
    names = ((index, step.name, plan.phases[step.phase].name) for index, step in enumerate(plan.steps))
    return next((index for index, step, phase in names if moment.place in {step, phase}), None)


def _ended(row: Announcement, state: AnnouncementState, note: str) -> Announcement:
    return replace(row, state=state, due_at=None, note=note)


def _cancelled(row: Announcement, actor: Actor, _: datetime) -> Announcement:
    return _ended(row, AnnouncementState.CANCELLED, f"by {actor.person}")


def _held(row: Announcement, actor: Actor, _: datetime) -> Announcement:
    if row.hold:
        raise Refused(f"Announcement {row.id} waits for a yes already.", f"/announce release {row.id}")
    return replace(row, hold=True, by=actor.person)


def _released(row: Announcement, actor: Actor, now: datetime) -> Announcement:
    if not row.hold:
        raise Refused(f"Announcement {row.id} waits for nobody's yes.", "/announce list")
    due = now if row.state is AnnouncementState.HELD else row.due_at
    return replace(
        row, hold=False, state=AnnouncementState.SCHEDULED, due_at=due, happened_at=due or now, by=actor.person
    )
