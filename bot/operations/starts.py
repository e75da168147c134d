"""Starting a plan: what must be so before, the question where its first step is dangerous, and the rollout it makes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain import moves
from bot.domain.access import Permission
from bot.domain.audit import Action
from bot.domain.errors import Refused, Stale
from bot.domain.plan import ChannelName, environments_of
from bot.domain.progress import raised_in
from bot.domain.ramp import not_back_yet
from bot.operations.circumstances import Circumstances
from bot.operations.flag_records import current_targets, ensure_flags
from bot.operations.notices import card_subject, redraw
from bot.operations.questions import CONFIRMATIONS, ask, closed, question
from bot.operations.rollout_records import facts_of
from bot.operations.transaction import Attempt, Done, Verbs
from bot.operations.wishes import for_good

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.confirmation import Confirmation
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout
    from bot.operations.plans import Plans
    from bot.ports import Transaction

VERB = "start"


@dataclass(frozen=True, slots=True)
class Starts:
    """Starts plans."""

    verbs: Verbs
    plans: Plans
    circumstances: Circumstances
    resolve: Callable[[ChannelName], ChannelName]

    async def start(self, actor: Actor, plan_name: str, reason: str = "") -> Rollout:
        """Start a plan, or ask first where its first step is dangerous."""
        plan = self.plans.library.load(plan_name)
        danger, times = self._danger(plan)
        await self._require_possible(actor, plan, reason, asks=bool(danger))
        if danger:
            command = json.dumps([VERB, plan_name, plan.digest, reason])
            asked = await ask(self.verbs, actor, command, subject=f"plan:{plan.key}", version=0, times=times)
            raise question(asked, danger, plan.title)
        return await self._begin(actor, plan, reason)

    async def confirmed(self, actor: Actor, asked: Confirmation, token: str) -> Rollout:
        """Go on with a start that was asked about. Raises Confirm to be asked again, Stale where the file was edited."""
        _, plan_name, digest, reason = json.loads(asked.command)
        plan = self.plans.library.load(plan_name)
        if plan.digest != digest:
            raise Stale(
                f"The plan {plan.key} was edited since you were asked. Nothing was done.", f"/plan show {plan.key}"
            )
        if asked.token != token:
            raise question(asked, self._danger(plan)[0], plan.title, follows=True)
        await self._require_possible(actor, plan, reason, asks=False)
        return await self._begin(actor, plan, reason, token)

    def _danger(self, plan: Plan) -> tuple[str, int]:
        """Return why a start must be confirmed, and how often; an empty text where it need not be."""
        first = plan.steps[0]
        if danger := for_good(first):
            return danger, CONFIRMATIONS
        if first.sets and self.circumstances.policy(first.environment).confirm:
            return f"“{first.name}” changes {first.environment}.", 1
        return "", 0

    async def _require_possible(self, actor: Actor, plan: Plan, reason: str, *, asks: bool) -> None:
        """Refuse, on record, a plan that cannot work with this team, and what would be refused after a yes."""
        now = self.verbs.clock.now()
        try:
            self.plans.require_fit(plan)
            if asks:
                await self.verbs.store.read(lambda tx: self._begun(tx, actor, plan, now))
        except Refused as refusal:
            await self.verbs.refuse(actor, _attempt(plan, reason), refusal)
            raise

    async def _begin(self, actor: Actor, plan: Plan, reason: str, token: str = "") -> Rollout:
        def work(tx: Transaction, now: datetime) -> Done[Rollout]:
            if token and tx.confirmations.take(token) is None:
                raise closed()
            rollout = self._begun(tx, actor, plan, now)
            ensure_flags(tx, plan, now)
            tx.rollouts.add(rollout, now)
            tx.bindings.bind(actor.platform, actor.channel, "rollout", str(rollout.id))
            redraw(tx, rollout, now)
            return Done(rollout, None, facts_of(rollout), subject=card_subject(rollout.id))

        return await self.verbs.do(actor, _attempt(plan, reason), work)

    def _begun(self, tx: Transaction, actor: Actor, plan: Plan, now: datetime) -> Rollout:
        """Return the rollout that a plan begins with, after refusing what may not begin."""
        self.circumstances.require(actor, Permission.CHANGE, environments_of(plan)[0], goes_up=True)
        _refuse_overlap(tx, plan, self.circumstances)
        channels = self._channels(plan, actor)
        current, number = current_targets(tx, plan), tx.rollouts.next_id()
        rollout = moves.begin(plan, number, current=current, channels=channels, by=actor.person, now=now)
        self._require_may_go_up(tx, actor, rollout, now)
        return rollout

    def _channels(self, plan: Plan, actor: Actor) -> tuple[ChannelName, ...]:
        """Return where the card is shown: the plan's channels on connected platforms, and where it was started."""
        named = (self.resolve(it) for it in plan.channels if it.platform in self.verbs.platforms)
        return tuple(dict.fromkeys((*named, ChannelName(actor.platform, actor.channel))))

    def _require_may_go_up(self, tx: Transaction, actor: Actor, rollout: Rollout, now: datetime) -> None:
        """Refuse a plan whose first step takes flags up at once where something forbids or wants something before."""
        for environment in raised_in(rollout.before, rollout.wanted):
            self.circumstances.require(actor, Permission.CHANGE, environment, goes_up=True)
            self.circumstances.require_open(tx, environment, now, rollout.plan)
            self.circumstances.require_pace(tx, actor, environment, rollout.plan, now)
            policy = self.circumstances.policy(environment)
            if policy.prerequisites or policy.approvals_for(actor.roles):
                raise Refused(
                    f"{rollout.plan.key} takes flags up with its first step, and {environment} wants something before "
                    "that.",
                    "put a phase that changes no flag before it",
                    f"/plan show {rollout.plan.key}",
                )


def _attempt(plan: Plan, reason: str) -> Attempt:
    return Attempt(Action.ROLLOUT_START, f"plan:{plan.key}", plan.environment, reason)


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
