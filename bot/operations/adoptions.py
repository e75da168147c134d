"""Taking an edited plan file over into a rollout that is under way, after a yes to everything that changes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.access import Permission
from bot.domain.adoption import adopt
from bot.domain.audit import Action
from bot.domain.errors import Blocked, Blocker, Confirm, Refused, Stale
from bot.domain.plan_diff import differences
from bot.domain.progress import next_look
from bot.operations.channels import named_rollout
from bot.operations.circumstances import Circumstances
from bot.operations.notices import card_subject, redraw
from bot.operations.questions import ask, closed, question
from bot.operations.rollout_records import facts_of
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.confirmation import Confirmation
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout
    from bot.operations.plans import Plans
    from bot.ports import Transaction

VERB = "adopt"


@dataclass(frozen=True, slots=True)
class Adopted:
    """A rollout that goes by an edited plan from now on: what differs, and whose approvals are void."""

    rollout: Rollout
    changes: tuple[str, ...]
    revoked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adoptions:
    """Takes edited plans over."""

    verbs: Verbs
    plans: Plans
    circumstances: Circumstances

    async def propose(self, actor: Actor, rollout: Rollout, reason: str) -> Confirm:
        """Return the question that shows what changes. Raises Refused, on record, for what would be refused afterwards."""
        plan = self.plans.library.load(rollout.plan.key)
        now = self.verbs.clock.now()
        try:
            self.plans.require_fit(plan)
            await self.verbs.store.read(lambda tx: self._adopted(tx, actor, rollout, plan, now))
        except Refused as refusal:
            await self.verbs.refuse(actor, _attempt(rollout.id, reason), refusal)
            raise
        command = json.dumps([VERB, plan.digest, reason])
        asked = await ask(self.verbs, actor, command, subject=str(rollout.id), version=rollout.version, times=1)
        given = "" if not rollout.approvals else " The approvals given so far are void then."
        danger = f"{rollout.name} {rollout.plan.title} will go by the edited {plan.key}.{given}"
        return question(asked, danger, "", details=differences(rollout.plan, plan))

    async def confirmed(self, actor: Actor, asked: Confirmation) -> Adopted:
        """Take the plan over that the question was about. Raises Stale where the file or the rollout changed since."""
        _, digest, reason = json.loads(asked.command)

        def work(tx: Transaction, now: datetime) -> Done[Adopted]:
            before = named_rollout(tx, int(asked.subject))
            plan = self.plans.library.load(before.plan.key)
            if plan.digest != digest or before.version != asked.version:
                what = "The plan was edited" if plan.digest != digest else f"{before.name} has moved"
                raise Stale(f"{what} since you were asked. Nothing was done.", "/rollout adopt")
            if tx.confirmations.take(asked.token) is None:
                raise closed()
            self.plans.require_fit(plan)
            after = self._adopted(tx, actor, before, plan, now)
            tx.rollouts.keep_plan(plan)
            tx.rollouts.show_in(after.id, after.channels)
            tx.rollouts.save(after, next_look(after, now, self.circumstances.of(tx, after, now)))
            redraw(tx, after, now)
            changes = differences(before.plan, plan)
            revoked = tuple(dict.fromkeys(it.person for it in before.approvals))
            facts = {**facts_of(after), "changes": list(changes), "revoked": list(revoked)}
            return Done(
                Adopted(after, changes, revoked), facts_of(before), facts, environment=after.current.environment
            )

        return await self.verbs.do(actor, _attempt(int(asked.subject), reason), work)

    def _adopted(self, tx: Transaction, actor: Actor, rollout: Rollout, plan: Plan, now: datetime) -> Rollout:
        """Return the rollout as it goes on: whoever may take it up may do this, where nobody else wants to be alone."""
        self.circumstances.require(actor, Permission.CHANGE, rollout.current.environment, goes_up=True)
        after = adopt(rollout, plan, actor.person, now)
        others = tuple(it for it in tx.rollouts.active() if it.id != rollout.id) if plan.alone else ()
        if others:
            stops = tuple(Blocker("alone", f"{it.name} {it.plan.title} is under way") for it in others)
            raise Blocked(f"The edited {plan.key} wants no other rollout beside it.", stops, "/rollout list")
        named = tuple(it for it in plan.channels if it.platform in self.verbs.platforms and it not in after.channels)
        return replace(after, channels=(*after.channels, *named))


def _attempt(number: int, reason: str) -> Attempt:
    return Attempt(Action.ROLLOUT_ADOPT, card_subject(number), reason=reason)
