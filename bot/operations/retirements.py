"""Ending flags for good, after a yes where anybody has them on."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.access import Permission
from bot.domain.audit import Action
from bot.domain.errors import Confirm, Refused, Stale
from bot.domain.percent import ZERO
from bot.operations.circumstances import Circumstances
from bot.operations.flag_records import driving, living, subject_of
from bot.operations.questions import answer, ask, closed, question, verb_of
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.audit import Facts
    from bot.domain.confirmation import Confirmation
    from bot.domain.flag import Flag, FlagSetting, FlagState
    from bot.ports import Transaction

VERB = "retire"
ANSWER = "/flag confirm"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A flag that somebody wants to retire, what it holds where it is on for anybody, and the question about that."""

    key: str
    on: tuple[FlagState, ...]
    question: Confirm


@dataclass(frozen=True, slots=True)
class Retirements:
    """Retires flags.

    What nobody has on is retired without a question, as going down is done without one everywhere: nobody loses anything
    by it. Where somebody has it on, there is no way back, because a retired flag cannot be switched on again.
    """

    verbs: Verbs
    circumstances: Circumstances

    async def retire(self, actor: Actor, key: str, reason: str = "") -> Flag:
        """End a flag: it is off for everybody from now on, and its key is not used again.

        Raises Confirm where anybody has it on.
        """
        proposed = await self.propose(actor, key, reason)
        if proposed is not None:
            raise proposed.question
        return await self._end(actor, key, reason)

    async def propose(self, actor: Actor, key: str, reason: str = "") -> Proposal | None:
        """Return the question whether a flag shall end; None where nobody has it on, and nothing need be asked.

        Raises Refused, on record, for what would be refused afterwards.
        """
        try:
            held = await self.verbs.store.read(lambda tx: self._ending(tx, actor, key)[1])
        except Refused as refusal:
            await self.verbs.refuse(actor, _attempt(key, reason), refusal)
            raise
        on = _on_for_anybody(held)
        if not on:
            return None
        command = json.dumps([VERB, key, reason])
        asked = await ask(self.verbs, actor, command, subject=subject_of(key), version=_version(held), times=1)
        where = " and ".join(f"{it.setting} in {it.environment}" for it in on)
        danger = f"“{key}” is at {where}. Retired it is off for everybody for good, and its key is not used again."
        return Proposal(key, on, question(asked, danger, f"“{key}”", answered_by=ANSWER))

    async def confirm(self, actor: Actor, token: str, reason: str = "") -> Flag:
        """Answer the question with yes; a reason given now takes the place of the one given before.

        Raises Stale where the flag was changed since, or where nobody asked; NotAllowed where somebody else did.
        """
        now, said = self.verbs.clock.now(), token.lower()

        def taken(tx: Transaction) -> Confirmation:
            asked = answer(tx, actor, said, now, "/flag list")
            if verb_of(asked) != VERB:
                raise closed("/flag list")
            return asked

        asked = await self.verbs.store.write(taken)
        _, key, given = json.loads(asked.command)
        return await self._end(actor, key, reason or given, asked)

    async def _end(self, actor: Actor, key: str, reason: str, asked: Confirmation | None = None) -> Flag:
        """Retire a flag; `asked` is the question whose answer is used up in the same transaction."""

        def work(tx: Transaction, now: datetime) -> Done[Flag]:
            flag, held = self._ending(tx, actor, key)
            unasked = asked is None and _on_for_anybody(held)
            if unasked or (asked is not None and asked.version != _version(held)):
                since = "in this moment" if unasked else "since you were asked"
                raise Stale(
                    f"“{key}” was changed {since}. Nothing was done.", f"/flag show {key}", f"/flag retire {key}"
                )
            if asked is not None and tx.confirmations.take(asked.token) is None:
                raise closed(f"/flag show {key}")
            tx.flags.retire(key, now)
            before: Facts = {state.environment: str(state.setting) for state in held}
            return Done(replace(flag, retired_at=now), before, {"retired": True})

        return await self.verbs.do(actor, _attempt(key, reason), work)

    def _ending(self, tx: Transaction, actor: Actor, key: str) -> tuple[Flag, Sequence[FlagState]]:
        """Return a flag that may end, and what it holds. Raises Refused."""
        flag, held = living(tx, key), tx.flags.states(key)
        self.circumstances.require_in_all(actor, Permission.CHANGE, [state.environment for state in held])
        for rollout in driving(tx, key):
            raise Refused(f"{rollout.name} drives “{key}”.", f"/rollout abort --rollout {rollout.id}")
        return flag, held


def _attempt(key: str, reason: str) -> Attempt:
    return Attempt(Action.FLAG_RETIRE, subject_of(key), reason=reason)


def _version(held: Sequence[FlagState]) -> int:
    """Return a number that grows with every change of a flag, in whatever environment."""
    return sum(state.version for state in held)


def _on_for_anybody(held: Sequence[FlagState]) -> tuple[FlagState, ...]:
    return tuple(state for state in held if _reaches_anybody(state.setting))


def _reaches_anybody(setting: FlagSetting) -> bool:
    return setting.on and (setting.percent > ZERO or bool(setting.users))
