"""What people do with flags that no plan drives, and how a flag under a plan is taken down at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.access import Permission
from bot.domain.audit import Action, Event, Facts, Outcome
from bot.domain.errors import Refused
from bot.domain.flag import KEY_PATTERN, OFF, Flag, FlagChange, FlagSetting, FlagTarget, evaluate, goes_up, no_higher
from bot.domain.flag_view import Changed, Checked, FlagView
from bot.domain.progress import next_look
from bot.domain.ramp import give_way, hold_at, not_back_yet, setting_in
from bot.domain.sighting import given_up
from bot.operations.channels import flags_here
from bot.operations.circumstances import Circumstances
from bot.operations.drifts import Drifts
from bot.operations.flag_care import FlagCare
from bot.operations.flag_records import Held, driving, held_in, known, living, setting_facts, states_of, subject_of
from bot.operations.notices import redraw
from bot.operations.retirements import Retirements
from bot.operations.rollout_records import record_move
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.audit import Entry
    from bot.domain.rollout import Rollout
    from bot.ports import Transaction


def _nothing(_: Transaction, __: Changed) -> None:
    """Note nothing."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Everything a person can do with a flag. `environment` is meant where none is named."""

    verbs: Verbs
    circumstances: Circumstances
    environment: str = "production"

    @property
    def drifts(self) -> Drifts:
        """Return what people can do about flags that were changed in another system."""
        return Drifts(self.verbs, self.circumstances)

    @property
    def care(self) -> FlagCare:
        """Return what is to be tidied up."""
        return FlagCare(self.verbs.store, self.verbs.clock)

    @property
    def retirements(self) -> Retirements:
        """Return what ends flags."""
        return Retirements(self.verbs, self.circumstances)

    async def create(self, actor: Actor, flag: Flag, reason: str = "") -> Flag:
        """Make a flag; it is off everywhere until somebody switches it on. Its salt is its key."""
        insist_on_key(flag.key)

        def work(tx: Transaction, now: datetime) -> Done[Flag]:
            if tx.flags.get(flag.key) is not None:
                raise Refused(f"There is a flag “{flag.key}” already.", f"/flag show {flag.key}")
            made = replace(flag, salt=flag.salt or flag.key, created_at=now)
            tx.flags.add(made)
            return Done(made, None, _made(made))

        return await self.verbs.do(actor, Attempt(Action.FLAG_CREATE, subject_of(flag.key), reason=reason), work)

    async def change(self, actor: Actor, key: str, environment: str, change: FlagChange, reason: str = "") -> Changed:
        """Set a flag. Down works at once even under a plan, whose rollout then waits; up under a plan is refused."""
        attempt = Attempt(Action.FLAG_SET, subject_of(key), environment or self.environment, reason)
        return await self._set(actor, attempt, key, change.applied_to)

    async def target(
        self, actor: Actor, key: str, environment: str, *, add: Sequence[str], remove: Sequence[str], reason: str = ""
    ) -> Changed:
        """Name users who see the flag whatever its percentage, or take them off the list."""

        def named(held: FlagSetting) -> FlagSetting:
            users = tuple(dict.fromkeys((*held.users, *add)))
            return replace(held, users=tuple(user for user in users if user not in remove))

        attempt = Attempt(Action.FLAG_TARGET, subject_of(key), environment or self.environment, reason)
        return await self._set(actor, attempt, key, named)

    async def put(
        self,
        actor: Actor,
        wanted: Flag,
        environment: str,
        change: Callable[[FlagSetting], FlagSetting],
        *,
        description: str | None = None,
        noted: Callable[[Transaction, Changed], None] = _nothing,
    ) -> Changed:
        """Make a flag hold something, as programs do; the flag is made where there is none, in the same transaction.

        `change` gets what the flag holds. Going up is judged as for people. `noted` is called in the same transaction,
        after the change. Raises Refused for a bad key.
        """
        insist_on_key(wanted.key)
        attempt = Attempt(Action.FLAG_SET, subject_of(wanted.key), environment)

        def work(tx: Transaction, now: datetime) -> Done[Changed]:
            if tx.flags.get(wanted.key) is None:
                made = replace(wanted, salt=wanted.key, description=description or "", created_at=now)
                tx.flags.add(made)
                event = Event(Action.FLAG_CREATE, Outcome.ACCEPTED, attempt.subject, after=_made(made))
                tx.audit.append(event, actor, now)
            elif description is not None:
                tx.flags.describe(wanted.key, description)
            flag, held = _held(tx, wanted.key, environment)
            before, after = held.setting, change(held.setting)
            target = FlagTarget(flag.key, environment, after)
            rollout, stirs = self._apply(tx, actor, target, held=held, now=now)
            done = Changed(flag, environment, before, after, rollout)
            noted(tx, done)
            described: Facts = {} if description is None else {"description": description}
            return Done(done, setting_facts(before), setting_facts(after) | described, stirs=stirs)

        return await self.verbs.do(actor, attempt, work)

    async def _set(
        self, actor: Actor, attempt: Attempt, key: str, change: Callable[[FlagSetting], FlagSetting]
    ) -> Changed:
        where = attempt.environment

        def work(tx: Transaction, now: datetime) -> Done[Changed]:
            flag, held = _held(tx, key, where)
            before, after = held.setting, change(held.setting)
            if after == before:
                raise Refused(f"{key} in {where} is {before} already.", f"/flag show {key}")
            target = FlagTarget(key, where, after)
            rollout, stirs = self._apply(tx, actor, target, held=held, now=now, reason=attempt.reason)
            done = Changed(flag, where, before, after, rollout)
            return Done(done, setting_facts(before), setting_facts(after), stirs=stirs)

        return await self.verbs.do(actor, attempt, work)

    def _apply(
        self, tx: Transaction, actor: Actor, target: FlagTarget, *, held: Held, now: datetime, reason: str = ""
    ) -> tuple[Rollout | None, bool]:
        """Set a flag where that is allowed now; return the rollout that waits because of it, and whether any was touched."""
        where, before, after = target.environment, held.setting, target.setting
        up = goes_up(before, after)
        # Whoever is named while a flag is off is let in when it is switched on.
        widens = up or goes_up(replace(before, on=True), replace(after, on=True))
        self.circumstances.require(actor, Permission.CHANGE, where, goes_up=widens)
        if after == before:
            return None, False
        if up:
            self.circumstances.require_open(tx, where, now)
            self.circumstances.require_pace(tx, actor, where, None, now)
        gave_way = self._give_way(tx, target, now, up=up)
        rollout = self._wait(tx, actor, target, held=held, now=now, reason=reason)
        if held.there is None:
            tx.flags.set(target.flag, where, after, now)
        else:
            # Whoever goes down from what somebody set there wants that gone, too; the rollout has it written.
            tx.sightings.save(given_up(held.there))
        return rollout, gave_way or rollout is not None

    def _give_way(self, tx: Transaction, target: FlagTarget, now: datetime, *, up: bool) -> bool:
        """Keep ended rollouts, whose way back is still to be made true, from undoing what is set by hand; tell if any was."""
        ended = tx.rollouts.going_back(target.flag, target.environment)
        for rollout in ended:
            if up:
                raise not_back_yet(rollout, target.flag, target.environment)
            after = give_way(rollout, target)
            tx.rollouts.save(after, next_look(after, now, self.circumstances.of(tx, after, now)))
        return bool(ended)

    def _wait(
        self, tx: Transaction, actor: Actor, target: FlagTarget, *, held: Held, now: datetime, reason: str
    ) -> Rollout | None:
        """Let the rollout that drives the flag wait at the lower setting; refuse to go up past its plan."""
        for rollout in held.driving:
            if goes_up(held.setting, target.setting):
                raise Refused(
                    f"{rollout.name} {rollout.plan.title} drives “{target.flag}” in {target.environment}; "
                    "up is by its plan only.",
                    f"/rollout next --rollout {rollout.id}",
                    f"/rollout status --rollout {rollout.id}",
                )
            why = reason or f"{target.flag} was set to {target.setting} by hand"
            # What was asked of the rollout, and is not in force yet, may be lower still.
            asked = setting_in(rollout.wanted, target.flag, target.environment)
            lowest = replace(target, setting=no_higher(target.setting, asked))
            waiting = hold_at(rollout, lowest, now, why)
            record_move(tx, actor, Action.ROLLOUT_LOWER, before=rollout, after=waiting, now=now)
            tx.rollouts.save(waiting, next_look(waiting, now, self.circumstances.of(tx, waiting, now)))
            redraw(tx, waiting, now)
            return waiting
        return None

    async def bind(self, actor: Actor, key: str) -> Flag:
        """Make this channel one about a flag: a bare percentage here means it."""

        def work(tx: Transaction, _: datetime) -> Done[Flag]:
            flag = living(tx, key)
            tx.bindings.bind(actor.platform, actor.channel, "flag", key)
            return Done(flag, None, {"channel": actor.channel, "platform": actor.platform})

        return await self.verbs.do(actor, Attempt(Action.FLAG_BIND, subject_of(key)), work)

    async def bound(self, actor: Actor) -> Sequence[str]:
        """Return the keys of the flags that this channel is about."""
        return await self.verbs.store.read(lambda tx: flags_here(tx, actor))

    async def show(self, key: str) -> FlagView:
        """Return one flag, retired or not."""
        return await self.verbs.store.read(lambda tx: view_of(tx, known(tx, key)))

    async def list(self, *, retired: bool = False) -> tuple[FlagView, ...]:
        """Return every flag with what it holds."""

        def work(tx: Transaction) -> tuple[FlagView, ...]:
            states, seen = states_of(tx), tx.sightings.all()
            return tuple(
                FlagView(
                    flag,
                    tuple(state for state in states if state.flag == flag.key),
                    sightings=tuple(it for it in seen if it.flag == flag.key),
                )
                for flag in tx.flags.all(retired=retired)
            )

        return await self.verbs.store.read(work)

    async def check(self, key: str, environment: str, unit_key: str, tier: str = "") -> Checked:
        """Evaluate a flag for one unit, as an application would."""
        where = environment or self.environment

        def work(tx: Transaction) -> Checked:
            flag = known(tx, key)
            state = tx.flags.state(key, where)
            setting = state.setting if state is not None else OFF
            return Checked(flag, where, setting, unit_key, tier, evaluate(flag, setting, unit_key, tier or None))

        return await self.verbs.store.read(work)

    async def history(self, key: str, limit: int = 20) -> Sequence[Entry]:
        """Return the newest audit entries about a flag, newest first."""

        def work(tx: Transaction) -> Sequence[Entry]:
            known(tx, key)
            return tx.audit.search(subject=subject_of(key), limit=limit)

        return await self.verbs.store.read(work)


def insist_on_key(key: str) -> None:
    """Raise Refused for what cannot be a flag's key."""
    if not KEY_PATTERN.fullmatch(key):
        raise Refused(
            f"“{key[:60]}” cannot be a flag's key: letters, digits, dots, dashes and underscores, at most 100.",
            "/flag create checkout_redesign",
        )


def _made(flag: Flag) -> Facts:
    return {"unit": flag.unit, "salt": flag.salt, "description": flag.description, "owner": flag.owner}


def _held(tx: Transaction, key: str, environment: str) -> tuple[Flag, Held]:
    """Return a flag in use and what it holds. Raises NotFound, or Refused for a retired one."""
    flag = living(tx, key)
    return flag, held_in(tx, key, environment)


def view_of(tx: Transaction, flag: Flag) -> FlagView:
    """Return a flag with everything that is shown of it."""
    seen = tuple(it for it in tx.sightings.all() if it.flag == flag.key)
    return FlagView(flag, states_of(tx, flag.key), driving(tx, flag.key), seen)
