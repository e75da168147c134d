"""What people do with rollouts: one verb per method, one transaction per verb."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.announcements import completed, done_by
from bot.domain.access import Permission
from bot.domain.audit import Action
from bot.domain.errors import Refused, Stale
from bot.domain.flag import no_higher
from bot.domain.plan import ChannelName
from bot.domain.progress import next_look, raised_in
from bot.domain.ramp import hold_at, setting_in
from bot.domain.rollout import Status
from bot.domain.signal import SignalKind
from bot.domain.team import LOCAL
from bot.operations import adoptions, retirements, starts
from bot.operations.adoptions import Adopted, Adoptions
from bot.operations.channels import latest_here, named_rollout, rollout_here
from bot.operations.circumstances import Circumstances
from bot.operations.notices import card_subject, draw_cards, redraw, report_the_end, share_report, tell, tell_others
from bot.operations.questions import CONFIRMATIONS, answer, ask, closed, question, verb_of
from bot.operations.rollout_records import facts_of, record_move
from bot.operations.signals import record_change
from bot.operations.starts import Starts
from bot.operations.transaction import Attempt, Done, Verbs
from bot.operations.wishes import Wish, from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.audit import Entry
    from bot.domain.confirmation import Confirmation
    from bot.domain.errors import Confirm
    from bot.domain.rollout import Rollout
    from bot.domain.surroundings import Surroundings
    from bot.operations.plans import Plans
    from bot.ports import Transaction


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
        """Start a plan. Raises NotFound, BadPlan, Confirm, or Refused where another rollout is in the way."""
        return await self._starts().start(actor, plan_name, reason)

    def _starts(self) -> Starts:
        return Starts(self.verbs, self.plans, self.circumstances, self.resolve)

    async def carry_out(self, actor: Actor, wish: Wish, aim: Aim = HERE) -> Moved:
        """Do what a person wants of a rollout, or ask first where it cannot be undone.

        Raises Blocked with everything in the way, Stale for a late press, Confirm where a yes is needed.
        """
        rollout = await self.find(actor, aim)
        danger, times = self._danger(wish, rollout)
        if danger:
            await self._try(actor, wish, rollout)
            asked = await ask(
                self.verbs, actor, to_text(wish), subject=str(rollout.id), version=rollout.version, times=times
            )
            raise question(asked, danger, f"{rollout.name} {rollout.plan.title}")
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

    async def adopt(self, actor: Actor, aim: Aim = HERE, reason: str = "") -> Confirm:
        """Return the question whether a rollout shall go by its plan's file as it is now, with all that differs.

        Raises Refused where nothing was edited, or where the edit does not fit what has happened already.
        """
        rollout = await self.find(actor, aim)
        require_version(rollout, aim)
        return await Adoptions(self.verbs, self.plans, self.circumstances).propose(actor, rollout, reason)

    async def confirm(self, actor: Actor, token: str) -> Moved | Rollout | Adopted:
        """Answer a question with yes; return what moved, the rollout that was started, or what was taken over.

        Raises Stale, NotAllowed, or Confirm to be asked again.
        """
        now, said = self.verbs.clock.now(), token.lower()
        asked = await self.verbs.store.write(lambda tx: _taken(tx, actor, said, now))
        if verb_of(asked) == starts.VERB:
            return await self._starts().confirmed(actor, asked, said)
        if verb_of(asked) == adoptions.VERB:
            return await Adoptions(self.verbs, self.plans, self.circumstances).confirmed(actor, asked)
        wish = from_text(asked.command)
        aim = Aim(int(asked.subject), asked.version)
        if asked.token != said:
            rollout = await self.find(actor, aim)
            danger = self._danger(wish, rollout)[0]
            raise question(asked, danger, f"{rollout.name} {rollout.plan.title}", follows=True)
        return await self._move(actor, wish, aim, asked.token)

    async def bind(self, actor: Actor, number: int) -> Rollout:
        """Make this channel one about a rollout: bare commands here mean it, and its card is shown here."""

        def work(tx: Transaction, now: datetime) -> Done[Rollout]:
            rollout = named_rollout(tx, number)
            here = ChannelName(actor.platform, actor.channel)
            tx.bindings.bind(actor.platform, actor.channel, "rollout", str(number))
            if here not in rollout.channels:
                rollout = replace(rollout, channels=(*rollout.channels, here))
                tx.rollouts.show_in(number, (here,))
                tx.rollouts.save(rollout, next_look(rollout, now, self.circumstances.of(tx, rollout, now)))
            redraw(tx, rollout, now)
            return Done(rollout, None, {"channel": actor.channel, "platform": actor.platform})

        return await self.verbs.do(actor, Attempt(Action.ROLLOUT_BIND, card_subject(number)), work)

    async def share(self, actor: Actor, aim: Aim = HERE) -> Rollout:
        """Have a rollout's report posted in this channel, with its files. Raises Refused where no files can be."""
        if actor.platform == LOCAL:
            raise Refused("The local chat carries no files.", "/rollout report", "rollcall report NUMBER")
        rollout = await self.latest(actor, aim)

        def work(tx: Transaction, now: datetime) -> Done[Rollout]:
            here = ChannelName(actor.platform, actor.channel)
            share_report(tx, rollout, now, (here,), actor.request_id[-40:])
            return Done(rollout, None, {"channel": actor.channel, "platform": actor.platform})

        return await self.verbs.do(actor, Attempt(Action.ROLLOUT_SHARE, card_subject(rollout.id)), work)

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

    async def draw_anew(self, number: int) -> None:
        """Have a rollout's cards drawn anew, for somebody who pressed what stands there no more."""

        def work(tx: Transaction) -> None:
            rollout = tx.rollouts.get(number)
            if rollout is not None:
                draw_cards(tx, rollout, self.verbs.clock.now())

        await self.verbs.store.write(work)
        self.verbs.poke()

    async def _move(self, actor: Actor, wish: Wish, aim: Aim, token: str = "") -> Moved:
        """Make a move; `token` is the last question's, whose answer is used up in the same transaction."""

        def work(tx: Transaction, now: datetime) -> Done[Moved]:
            before = _aimed(tx, actor, aim)
            require_version(before, aim)
            if token and tx.confirmations.take(token) is None:
                raise closed()
            if not token and self._danger(wish, before)[0]:
                raise Stale(
                    f"{before.name} moved on in this moment, and what comes now must be confirmed. Nothing was done."
                )
            after = wish.move(before, now, self.circumstances.of(tx, before, now))
            self._require(tx, actor, wish, Moved(before, after), now)
            tx.rollouts.save(after, next_look(after, now, self.circumstances.of(tx, after, now)))
            redraw(tx, after, now)
            self._tell(tx, actor, Moved(before, after), wish, now)
            if after.status is Status.COMPLETED and before.active:
                team, message = self.circumstances.team(), completed.render(after, now)
                record_change(tx, team, after, message, now, kind=SignalKind.COMPLETED)
                report_the_end(tx, after, now)
            if not before.active:
                self._hold_others(tx, actor, after, now)
            action = _action_of(wish, after)
            made = Moved(before, after)
            return Done(made, facts_of(before), facts_of(after), environment=after.current.environment, action=action)

        subject = card_subject(aim.rollout) if aim.rollout is not None else ""
        return await self.verbs.do(actor, Attempt(wish.action, subject, reason=wish.reason), work)

    def _tell(self, tx: Transaction, actor: Actor, made: Moved, wish: Wish, now: datetime) -> None:
        """Tell those who do not see the answer; an override is announced to everybody."""
        message = done_by.render(made.before, made.after, actor, wish.reason)
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
        if up and made.after.running and made.after.step == made.before.step:
            held = made.before.wanted if made.before.settled else ()
            for rising in raised_in(held, made.after.wanted):
                self.circumstances.require_open(tx, rising, now, made.before.plan)
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
                    record_move(tx, actor, Action.ROLLOUT_LOWER, before=other, after=waiting, now=now)
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


def _action_of(wish: Wish, after: Rollout) -> Action:
    """Name what was done: a percentage asked for may have been a way up or, which ends in a pause, down."""
    lowered = wish.action is Action.ROLLOUT_RAISE and after.status is Status.PAUSED
    return Action.ROLLOUT_LOWER if lowered else wish.action


def _aimed(tx: Transaction, actor: Actor, aim: Aim) -> Rollout:
    return rollout_here(tx, actor) if aim.rollout is None else named_rollout(tx, aim.rollout)


def _taken(tx: Transaction, actor: Actor, token: str, now: datetime) -> Confirmation:
    """Take a yes to a question about a rollout; one about a flag is answered where flags are."""
    asked = answer(tx, actor, token, now)
    if verb_of(asked) == retirements.VERB:
        raise closed()
    return asked


def require_version(rollout: Rollout, aim: Aim) -> None:
    """Refuse a button that was drawn for another state. Raises Stale."""
    if aim.version is None or aim.version == rollout.version:
        return
    where = f"step {rollout.step + 1} “{rollout.current.name}”" if rollout.active else rollout.status.replace("_", " ")
    raise Stale(
        f"{rollout.name} changed since that button was drawn: it is now at {where}. Nothing was done.",
        f"/rollout status --rollout {rollout.id}",
    )
