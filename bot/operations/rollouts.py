"""What people do with rollouts: one verb per method, one transaction per verb."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.announcements import done_by, moved
from bot.domain import moves
from bot.domain.access import Permission
from bot.domain.audit import Action, Event, Facts, Outcome
from bot.domain.confirmation import Confirmation
from bot.domain.errors import Confirm, NotAllowed, Refused, Stale
from bot.domain.flag import OFF, goes_up, no_higher
from bot.domain.plan import ChannelName, environments_of
from bot.domain.progress import next_look
from bot.domain.ramp import hold_at, not_back_yet, setting_in
from bot.domain.rollout import Status
from bot.operations.channels import latest_here, named_rollout, rollout_here
from bot.operations.circumstances import Circumstances
from bot.operations.flag_records import current_targets, ensure_flags
from bot.operations.notices import card_subject, redraw, tell, tell_others
from bot.operations.transaction import Attempt, Done, Verbs, require_new
from bot.operations.wishes import Wish, from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.audit import Entry
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout
    from bot.domain.surroundings import Surroundings
    from bot.operations.plans import Plans
    from bot.ports import Transaction

ANSWER_WITHIN = timedelta(minutes=10)
"""A question about a dangerous act lapses after this time."""

CONFIRMATIONS = 2
"""Destructive rollback levels and steps that cannot be undone are confirmed this often."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A rollout before and after a verb."""

    before: Rollout
    after: Rollout


@dataclass(frozen=True, slots=True)
class Aim:
    """Which rollout a verb is about, and the state its button was drawn for; None where the person left it open."""

    rollout: int | None = None
    version: int | None = None


HERE = Aim()


def _as_named(channel: ChannelName) -> ChannelName:
    return channel


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Everything a person can do with a rollout."""

    verbs: Verbs
    plans: Plans
    circumstances: Circumstances
    resolve: Callable[[ChannelName], ChannelName] = _as_named

    async def start(self, actor: Actor, plan_name: str, reason: str = "") -> Rollout:
        """Start a plan. Raises NotFound, BadPlan, or Refused where another rollout is in the way."""
        plan = self.plans.library.load(plan_name)
        await self._require_fit(actor, plan, reason)

        def work(tx: Transaction, now: datetime) -> Done[Rollout]:
            self.circumstances.require(actor, Permission.CHANGE, environments_of(plan)[0], goes_up=True)
            _refuse_overlap(tx, plan, self.circumstances)
            ensure_flags(tx, plan, now)
            number = tx.rollouts.next_id()
            channels = self._channels(plan, actor)
            current = current_targets(tx, plan)
            rollout = moves.begin(plan, number, current=current, channels=channels, by=actor.person, now=now)
            self._require_may_go_up(tx, actor, rollout, now)
            tx.rollouts.add(rollout, now)
            tx.bindings.bind(actor.platform, actor.channel, "rollout", str(number))
            redraw(tx, rollout, now)
            return Done(rollout, None, facts_of(rollout), subject=card_subject(number))

        attempt = Attempt(Action.ROLLOUT_START, f"plan:{plan.key}", plan.environment, reason)
        return await self.verbs.do(actor, attempt, work)

    def _channels(self, plan: Plan, actor: Actor) -> tuple[ChannelName, ...]:
        """Return where the card is shown: the plan's channels on connected platforms, and where it was started."""
        named = (self.resolve(it) for it in plan.channels if it.platform in self.verbs.platforms)
        return tuple(dict.fromkeys((*named, ChannelName(actor.platform, actor.channel))))

    def _require_may_go_up(self, tx: Transaction, actor: Actor, rollout: Rollout, now: datetime) -> None:
        """Refuse a plan whose first step takes flags up at once where something forbids or wants something before."""
        held = {(it.flag, it.environment): it.setting for it in rollout.before}
        if not any(goes_up(held.get((it.flag, it.environment), OFF), it.setting) for it in rollout.wanted):
            return
        environment = rollout.current.environment
        self.circumstances.require_open(tx, environment, now, rollout.plan)
        self.circumstances.require_pace(tx, actor, environment, rollout.plan, now)
        policy = self.circumstances.policy(environment)
        if policy.prerequisites or policy.approvals_for(actor.roles):
            raise Refused(
                f"{rollout.plan.key} takes flags up with its first step, and {environment} wants something before that.",
                "put a phase that changes no flag before it",
                f"/plan show {rollout.plan.key}",
            )

    async def _require_fit(self, actor: Actor, plan: Plan, reason: str) -> None:
        """Refuse, on record, a plan that cannot work with this team."""
        try:
            self.plans.require_fit(plan)
        except Refused as refusal:
            attempt = Attempt(Action.ROLLOUT_START, f"plan:{plan.key}", plan.environment, reason)
            await self.verbs.refuse(actor, attempt, refusal)
            raise

    async def carry_out(self, actor: Actor, wish: Wish, aim: Aim = HERE) -> Moved:
        """Do what a person wants of a rollout, or ask first where it cannot be undone.

        Raises Blocked with everything in the way, Stale for a late press, Confirm where a yes is needed.
        """
        rollout = await self.find(actor, aim)
        danger, times = self._danger(wish, rollout)
        if danger:
            await self._try(actor, wish, rollout)
            raise await self._ask(actor, wish, rollout, danger, times)
        return await self._move(actor, wish, Aim(rollout.id, aim.version))

    def _danger(self, wish: Wish, rollout: Rollout) -> tuple[str, int]:
        """Return why a wish must be confirmed, and how often; an empty text where it need not be."""
        danger = wish.danger(rollout)
        if danger:
            return danger, CONFIRMATIONS
        step = rollout.following or rollout.current
        if wish.goes_up(rollout) and step.sets and self.circumstances.policy(step.environment).confirm:
            return f"“{step.name}” changes {step.environment}.", 1
        return "", 0

    async def confirm(self, actor: Actor, token: str) -> Moved:
        """Answer a question about a dangerous act with yes. Raises Stale, NotAllowed, or Confirm to be asked again."""
        now = self.verbs.clock.now()
        asked = await self.verbs.store.write(lambda tx: _answer(tx, actor, token.lower(), now))
        wish = from_text(asked.command)
        aim = Aim(int(asked.subject), asked.version)
        if asked.token != token.lower():
            rollout = await self.find(actor, aim)
            raise _question(asked, rollout, self._danger(wish, rollout)[0])
        return await self._move(actor, wish, aim, asked.token)

    async def bind(self, actor: Actor, number: int) -> Rollout:
        """Make this channel one about a rollout: bare commands here mean it, and its card is shown here."""

        def work(tx: Transaction, now: datetime) -> Done[Rollout]:
            rollout = named_rollout(tx, number)
            here = ChannelName(actor.platform, actor.channel)
            tx.bindings.bind(actor.platform, actor.channel, "rollout", str(number))
            if here not in rollout.channels:
                rollout = replace(rollout, channels=(*rollout.channels, here))
                tx.rollouts.save(rollout, next_look(rollout, now, self.circumstances.of(tx, rollout, now)))
            redraw(tx, rollout, now)
            return Done(rollout, None, {"channel": actor.channel, "platform": actor.platform})

        return await self.verbs.do(actor, Attempt(Action.ROLLOUT_BIND, card_subject(number)), work)

    async def find(self, actor: Actor, aim: Aim = HERE) -> Rollout:
        """Return the rollout that is meant: the named one, or the one this channel is about."""
        return await self.verbs.store.read(lambda tx: _aimed(tx, actor, aim))

    async def latest(self, actor: Actor, aim: Aim = HERE) -> Rollout:
        """Return the rollout that is meant, or the newest that ended in this channel."""
        if aim.rollout is not None:
            return await self.find(actor, aim)
        return await self.verbs.store.read(lambda tx: latest_here(tx, actor))

    async def active(self) -> Sequence[Rollout]:
        """Return every rollout that can still move."""
        return await self.verbs.store.read(lambda tx: tx.rollouts.active())

    async def recent(self, limit: int = 10) -> Sequence[Rollout]:
        """Return the newest rollouts."""
        return await self.verbs.store.read(lambda tx: tx.rollouts.recent(limit))

    async def history(self, rollout: Rollout, limit: int = 20) -> Sequence[Entry]:
        """Return the newest audit entries about a rollout, newest first."""
        subject = card_subject(rollout.id)
        return await self.verbs.store.read(lambda tx: tx.audit.search(subject=subject, limit=limit))

    async def around(self, rollout: Rollout) -> Surroundings:
        """Return what bears on a rollout now."""
        now = self.verbs.clock.now()
        return await self.verbs.store.read(lambda tx: self.circumstances.of(tx, rollout, now))

    async def _move(self, actor: Actor, wish: Wish, aim: Aim, token: str = "") -> Moved:
        """Make a move; `token` is the last question's, whose answer is used up in the same transaction."""

        def work(tx: Transaction, now: datetime) -> Done[Moved]:
            before = _aimed(tx, actor, aim)
            require_version(before, aim)
            if token and tx.confirmations.take(token) is None:
                raise _closed()
            if not token and self._danger(wish, before)[0]:
                raise Stale(
                    f"{before.name} moved on in this moment, and what comes now must be confirmed. Nothing was done."
                )
            after = wish.move(before, now, self.circumstances.of(tx, before, now))
            self._require(tx, actor, wish, Moved(before, after), now)
            tx.rollouts.save(after, next_look(after, now, self.circumstances.of(tx, after, now)))
            redraw(tx, after, now)
            self._tell(tx, actor, Moved(before, after), wish, now)
            if not before.active:
                self._hold_others(tx, actor, after, now)
            action = _action_of(wish, after)
            made = Moved(before, after)
            return Done(made, facts_of(before), facts_of(after), environment=after.current.environment, action=action)

        subject = card_subject(aim.rollout) if aim.rollout is not None else ""
        return await self.verbs.do(actor, Attempt(wish.action, subject, reason=wish.reason), work)

    def _tell(self, tx: Transaction, actor: Actor, made: Moved, wish: Wish, now: datetime) -> None:
        """Tell those who do not see the answer; an override is announced to everybody."""
        around = self.circumstances.of(tx, made.after, now)
        message = done_by.render(moved.render(made.before, made.after, now, around), actor)
        if wish.action is Action.ROLLOUT_OVERRIDE:
            tell(tx, made.after, "override", message, now)
        else:
            tell_others(tx, made.after, message, now, actor)

    def _require(self, tx: Transaction, actor: Actor, wish: Wish, made: Moved, now: datetime) -> None:
        """Refuse what the person may not do in the environment it changes, and going up too often."""
        up = wish.goes_up(made.before)
        environment = (made.after if up else made.before).current.environment
        permission = Permission.OVERRIDE if wish.action is Action.ROLLOUT_OVERRIDE else Permission.CHANGE
        # To go on after a pause lets nobody in by itself, and yet it is no way back.
        onwards = up or wish.action is Action.ROLLOUT_RESUME
        self.circumstances.require(actor, permission, environment, goes_up=onwards)
        if up:
            self.circumstances.require_pace(tx, actor, environment, made.before.plan, now)

    def _hold_others(self, tx: Transaction, actor: Actor, ended: Rollout, now: datetime) -> None:
        """Let a newer rollout of the same flags wait lower down, where an ended one is taken back under it."""
        for target in ended.wanted:
            for other in tx.rollouts.of_flag(target.flag, target.environment):
                held = setting_in(other.wanted, target.flag, target.environment)
                lowered = no_higher(target.setting, held)
                if other.id != ended.id and lowered != held:
                    why = f"{ended.name} {ended.plan.title} was rolled back"
                    waiting = hold_at(other, replace(target, setting=lowered), now, why)
                    record_lowering(tx, actor, other, waiting, now)
                    tx.rollouts.save(waiting, next_look(waiting, now, self.circumstances.of(tx, waiting, now)))
                    redraw(tx, waiting, now)

    async def _try(self, actor: Actor, wish: Wish, rollout: Rollout) -> None:
        """Refuse before asking what would be refused after the yes, and put the refusal on record."""
        now = self.verbs.clock.now()
        around = await self.verbs.store.read(lambda tx: self.circumstances.of(tx, rollout, now))
        try:
            wish.move(rollout, now, around)
        except Refused as refusal:
            attempt = Attempt(wish.action, card_subject(rollout.id), reason=wish.reason)
            await self.verbs.refuse(actor, attempt, refusal)
            raise

    async def _ask(self, actor: Actor, wish: Wish, rollout: Rollout, danger: str, times: int) -> Confirm:
        asked = Confirmation(
            token=_token_of(actor),
            person=actor.person,
            command=to_text(wish),
            subject=str(rollout.id),
            version=rollout.version,
            remaining=times,
            expires_at=self.verbs.clock.now() + ANSWER_WITHIN,
        )
        await self.verbs.store.write(lambda tx: tx.confirmations.add(asked))
        return _question(asked, rollout, danger)


def _answer(tx: Transaction, actor: Actor, token: str, now: datetime) -> Confirmation:
    """Take a yes: return the question that follows it, or the last one itself, which the move uses up.

    A yes that is delivered again is answered with the same following question.
    """
    require_new(tx, actor)
    following = tx.confirmations.take(_token_of(actor))
    if following is None:
        asked = tx.confirmations.take(token)
        if asked is None or asked.expires_at <= now:
            raise _closed()
        if asked.person != actor.person:
            raise NotAllowed(f"Only {asked.person}, who asked for it, can confirm it.", "ask for it yourself")
        following = asked
        if asked.remaining > 1:
            token, remaining = _token_of(actor), asked.remaining - 1
            following = replace(asked, token=token, remaining=remaining, expires_at=now + ANSWER_WITHIN)
    tx.confirmations.add(following)
    return following


def _token_of(actor: Actor) -> str:
    """Return the token of the question that a request leads to: the same one when it is delivered again."""
    return sha256(f"question:{actor.request_id}".encode()).hexdigest()[:6]


def _question(asked: Confirmation, rollout: Rollout, danger: str) -> Confirm:
    if asked.remaining > 1:
        sentence, label = f"{danger} Do you want that for {rollout.name} {rollout.plan.title}?", "Yes, go on"
    else:
        sentence, label = f"Last question. {danger} Really?", "Yes, do it now"
    return Confirm(sentence, label, f"/rollout confirm {asked.token}", "it is not done unless you confirm")


def _closed() -> Stale:
    return Stale("That question is not open any more; nothing was changed.", "/rollout status")


def _action_of(wish: Wish, after: Rollout) -> Action:
    """Name what was done: a percentage asked for may have been a way up or, which ends in a pause, down."""
    lowered = wish.action is Action.ROLLOUT_RAISE and after.status is Status.PAUSED
    return Action.ROLLOUT_LOWER if lowered else wish.action


def _aimed(tx: Transaction, actor: Actor, aim: Aim) -> Rollout:
    return rollout_here(tx, actor) if aim.rollout is None else named_rollout(tx, aim.rollout)


def require_version(rollout: Rollout, aim: Aim) -> None:
    """Refuse a button that was drawn for another state. Raises Stale."""
    if aim.version is None or aim.version == rollout.version:
        return
    where = f"step {rollout.step + 1} “{rollout.current.name}”" if rollout.active else rollout.status.replace("_", " ")
    raise Stale(
        f"{rollout.name} changed since that button was drawn: it is now at {where}. Nothing was done.",
        f"/rollout status --rollout {rollout.id}",
    )


def _refuse_overlap(tx: Transaction, plan: Plan, circumstances: Circumstances) -> None:
    """Refuse a second rollout of the same flag in the same environment, and company where the plan wants none."""
    for flag in plan.flags:
        for environment in environments_of(plan):
            for other in tx.rollouts.of_flag(flag.key, environment):
                raise Refused(
                    f"{other.name} {other.plan.title} drives “{flag.key}” in {environment} already.",
                    f"/rollout status --rollout {other.id}",
                    f"/rollout abort --rollout {other.id}",
                )
            for ended in tx.rollouts.going_back(flag.key, environment):
                raise not_back_yet(ended, flag.key, environment)
    for other in tx.rollouts.active():
        shared = set(environments_of(plan)) & set(environments_of(other.plan))
        policy = [name for name in sorted(shared) if circumstances.policy(name).alone]
        if policy or (shared and (plan.alone or other.plan.alone)):
            who = plan.key if plan.alone else other.plan.key if other.plan.alone else f"the policy of {policy[0]}"
            raise Refused(
                f"{other.name} {other.plan.title} is under way in {', '.join(sorted(shared))}, and "
                f"{who} wants one rollout at a time there.",
                f"/rollout status --rollout {other.id}",
            )


def record_lowering(tx: Transaction, actor: Actor, before: Rollout, after: Rollout, now: datetime) -> None:
    """Put on record that a rollout waits lower down because of something that was done to its flags."""
    subject, environment = card_subject(after.id), after.current.environment
    facts = (facts_of(before), facts_of(after))
    tx.audit.append(
        Event(Action.ROLLOUT_LOWER, Outcome.ACCEPTED, subject, environment, after.reason, *facts), actor, now
    )


def facts_of(rollout: Rollout) -> Facts:
    """Return what the audit log keeps of a rollout's state."""
    return {
        "status": str(rollout.status),
        "step": rollout.step + 1,
        "name": rollout.current.name,
        "version": rollout.version,
        "plan": rollout.plan.key,
        "digest": rollout.plan.digest,
        "flags": {f"{it.flag}@{it.environment}": str(it.setting) for it in rollout.wanted},
        **({"level": rollout.level} if rollout.level is not None else {}),
    }
