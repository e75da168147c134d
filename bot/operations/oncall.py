"""Who is on call, and what people change about it for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.access import Permission
from bot.domain.audit import Action
from bot.domain.errors import NotAllowed, NotFound, NotUnderstood, Refused, WhichOne
from bot.domain.freeze import first_instant
from bot.domain.nearest import nearest
from bot.domain.oncall import OnDuty, Override, OverrideKind, Schedule, Shift, duties, on_call, shifts
from bot.domain.team import LOCAL
from bot.domain.team_access import may, person_named
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.actor import Actor
    from bot.domain.team import Team
    from bot.ports import Transaction

LONGEST = timedelta(days=100)
"""So long an override lasts at most: longer is a change of the team file."""


@dataclass(frozen=True, slots=True)
class OnCallNow:
    """A schedule with who is on call in each of its layers at a moment."""

    schedule: Schedule
    at: datetime
    duties: tuple[OnDuty, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule with its shifts and the overrides that are to come or in force."""

    schedule: Schedule
    shifts: dict[str, tuple[Shift, ...]]
    overrides: tuple[Override, ...]


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who is to answer in a layer, from when and for how long; None is from now on."""

    person: str
    lasts: timedelta
    layer: str = ""
    starts: datetime | None = None
    kind: OverrideKind = OverrideKind.REPLACE
    instead_of: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OnCall:
    """Everything a person can ask and change about who is on call."""

    verbs: Verbs
    team: Callable[[], Team]

    async def who(self, named: str = "") -> tuple[OnCallNow, ...]:
        """Return who is on call now, for one schedule or for all. Raises NotFound."""
        now = self.verbs.clock.now()
        overrides = await self._overrides(now)
        chosen = (self.schedule(named),) if named else self.schedules()
        return tuple(OnCallNow(it, now, duties(it, overrides, now)) for it in chosen)

    async def plan(self, named: str, lasts: timedelta, *, layer: str = "") -> Planned:
        """Return the shifts of a schedule from now on, in one of its layers or in all."""
        schedule = self.schedule(named)
        now = self.verbs.clock.now()
        overrides = await self._overrides(now)
        found = shifts(schedule, overrides, now, now + lasts)
        if layer:
            found = {self._layer(schedule, layer): found[self._layer(schedule, layer)]}
        mine = tuple(it for it in overrides if it.schedule == schedule.name)
        return Planned(schedule, found, mine)

    async def override(self, actor: Actor, named: str, stand_in: StandIn) -> Override:
        """Let somebody answer for a while. For oneself that is open to whoever is listed, for others it is a change."""

        def work(tx: Transaction, now: datetime) -> Done[Override]:
            self._require(actor, {self._person(actor, stand_in.person)})
            return self._added(tx, self._made(actor, self.schedule(named), stand_in, now))

        attempt = Attempt(Action.ONCALL_OVERRIDE, f"schedule:{named}", reason=stand_in.reason)
        return await self.verbs.do(actor, attempt, work)

    async def hand_off(self, actor: Actor, named: str, to: str, layer: str = "", reason: str = "") -> Override:
        """Give the rest of the running shift to somebody. Open to whoever has it; for others it is a change."""

        def work(tx: Transaction, now: datetime) -> Done[Override]:
            schedule = self.schedule(named)
            rotation = self._layer(schedule, layer)
            overrides = tuple(tx.overrides.since(now))
            people = on_call(schedule, overrides, now)[rotation]
            self._require(actor, set(people))
            duty = next(it for it in duties(schedule, overrides, now) if it.layer == rotation)
            if duty.until is None:
                raise Refused(
                    f"Nobody takes over {schedule.name}/{rotation} by itself, so say for how long.",
                    f"/oncall override {to} 8h --schedule {schedule.name} --layer {rotation}",
                )
            mine = actor.person if actor.person in people and len(people) > 1 else ""
            stand_in = StandIn(to, duty.until - now, rotation, now, instead_of=mine, reason=reason)
            return self._added(tx, self._made(actor, schedule, stand_in, now))

        return await self.verbs.do(actor, Attempt(Action.ONCALL_HANDOFF, f"schedule:{named}", reason=reason), work)

    async def cancel(self, actor: Actor, number: int) -> Override:
        """Take an override back. Open to whoever made it or is in it; for others it is a change."""

        def work(tx: Transaction, now: datetime) -> Done[Override]:
            found = next((it for it in tx.overrides.since(now) if it.id == number), None)
            if found is None:
                raise NotFound(f"There is no override {number} that is not over yet.", "/oncall schedule")
            self._require(actor, {found.person, found.by})
            tx.overrides.cancel(number, now)
            return Done(found, _facts(found), {"says": "taken back"}, subject=f"schedule:{found.schedule}")

        return await self.verbs.do(actor, Attempt(Action.ONCALL_CANCEL, f"override:{number}"), work)

    def schedules(self) -> tuple[Schedule, ...]:
        """Return every schedule of the team file."""
        return tuple(self.team().schedules.values())

    def schedule(self, named: str) -> Schedule:
        """Return a schedule; without a name the only one. Raises NotFound, or WhichOne with several."""
        known = self.team().schedules
        if named in known:
            return known[named]
        if named:
            near = ", ".join(nearest(named, known) or known)
            hint = f"There are: {near}." if near else "docs/team.md: On call"
            raise NotFound(f"{self.team().lacks} schedule “{named}”.", hint)
        if len(known) == 1:
            return next(iter(known.values()))
        if not known:
            raise NotFound(f"{self.team().lacks} schedule.", "docs/team.md: On call")
        raise WhichOne("Which schedule?", tuple((it, f"--schedule {it}") for it in known))

    def moment(self, named: str, text: str) -> datetime:
        """Read a date and a time of day (or a time of today) on a schedule's wall clock. Raises NotUnderstood."""
        zone = ZoneInfo(self.schedule(named).zone)
        today = self.verbs.clock.now().astimezone(zone).date()
        try:
            wall = datetime.fromisoformat(text if "-" in text else f"{today} {text}")
        except ValueError:
            raise NotUnderstood(f"“{text[:40]}” is no moment such as 18:00 or 2026-03-02 18:00.") from None
        return wall if wall.tzinfo is not None else first_instant(wall.date(), wall.time(), zone)

    def _person(self, actor: Actor, named: str) -> str:
        return person_named(self.team(), actor.platform, named).name

    def _made(self, actor: Actor, schedule: Schedule, stand_in: StandIn, now: datetime) -> Override:
        starts = stand_in.starts or now
        if starts + stand_in.lasts <= now:
            raise Refused("That is over already.", "/oncall schedule")
        if stand_in.lasts > LONGEST:
            raise Refused("An override lasts 100 days at most; what lasts longer belongs into the team file.")
        return Override(
            schedule.name,
            self._layer(schedule, stand_in.layer),
            self._person(actor, stand_in.person),
            stand_in.kind,
            starts,
            starts + stand_in.lasts,
            actor.person,
            stand_in.reason,
            self._person(actor, stand_in.instead_of) if stand_in.instead_of else "",
        )

    def _added(self, tx: Transaction, made: Override) -> Done[Override]:
        added = tx.overrides.add(made)
        return Done(added, None, _facts(added), subject=f"schedule:{added.schedule}")

    def _layer(self, schedule: Schedule, named: str) -> str:
        found = schedule.rotation(named)
        if found is None:
            raise NotFound(f"{schedule.name} has no layer “{named}”.", f"There are: {', '.join(schedule.layers)}.")
        return found.layer

    def _require(self, actor: Actor, own: set[str]) -> None:
        """Let people change their own duty; that of others asks for the permission to change."""
        if actor.platform == LOCAL and not self.team().file:
            return
        listed = any(it.name == actor.person for it in self.team().people)
        if listed and actor.person in own:
            return
        decision = may(self.team(), actor, Permission.CHANGE)
        if not decision.allowed:
            sentence = "Everybody may change their own duty; that of others is for whoever may change something."
            raise NotAllowed(sentence, *decision.hints)

    async def _overrides(self, since: datetime) -> Sequence[Override]:
        return await self.verbs.store.read(lambda tx: tx.overrides.since(since))


def _facts(override: Override) -> dict[str, object]:
    instead = f" instead of {override.instead_of or 'whoever is'}" if override.kind is OverrideKind.REPLACE else ""
    return {
        "override": override.id,
        "layer": override.layer,
        "start": override.start.isoformat(),
        "end": override.end.isoformat(),
        "says": f"{override.person} is on call for {override.schedule}/{override.layer}{instead}",
    }
