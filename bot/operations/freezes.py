"""Stopping the line: nothing goes up until somebody lifts the freeze; going down is never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements import held
from bot.domain.access import Permission
from bot.domain.audit import Action
from bot.domain.errors import Refused
from bot.domain.freeze import Freeze, describe_window
from bot.domain.moves import pause
from bot.domain.progress import on_its_way_in
from bot.operations.notices import look_again, tell
from bot.operations.rollout_records import record_move
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.rollout import Rollout
    from bot.operations.circumstances import Circumstances
    from bot.ports import Transaction


@dataclass(frozen=True, slots=True)
class Freezes:
    """Everything a person can do with freezes."""

    verbs: Verbs
    circumstances: Circumstances

    async def declare(
        self, actor: Actor, reason: str, environment: str | None = None, lasts: timedelta | None = None
    ) -> Freeze:
        """Stop the line in one environment, or in all; without a length it stands until it is lifted."""
        if not reason.strip():
            raise Refused("A freeze needs a reason: the others are told it.", "/freeze on because …")

        def work(tx: Transaction, now: datetime) -> Done[Freeze]:
            self._require(actor, environment)
            freeze = Freeze(environment, reason, actor.person, now, now + lasts if lasts is not None else None)
            tx.freezes.add(freeze)
            for rollout in tx.rollouts.active():
                if any(freeze.covers(it, now) for it in on_its_way_in(rollout)):
                    self._stop(tx, actor, rollout, reason, now)
            look_again(tx, self.circumstances, now)
            until = freeze.until.isoformat() if freeze.until is not None else "until it is lifted"
            return Done(freeze, None, {"until": until, "says": f"stopped: {reason}"})

        subject = f"environment:{environment or 'all'}"
        return await self.verbs.do(actor, Attempt(Action.FREEZE_ON, subject, environment or "", reason), work)

    async def lift(self, actor: Actor, environment: str | None = None, reason: str = "") -> int:
        """Lift the freezes that people declared for one environment, or those for all; return how many."""

        def work(tx: Transaction, now: datetime) -> Done[int]:
            self._require_to_lift(actor, environment)
            count = tx.freezes.lift(environment, now)
            if not count:
                where = f"for {environment} alone" if environment else "for every environment"
                raise Refused(f"No freeze {where} is standing.", "/freeze list")
            look_again(tx, self.circumstances, now)
            return Done(count, None, {"lifted": count, "says": "the line goes on"})

        subject = f"environment:{environment or 'all'}"
        return await self.verbs.do(actor, Attempt(Action.FREEZE_OFF, subject, environment or "", reason), work)

    async def standing(self) -> Sequence[Freeze]:
        """Return the freezes in force."""
        now = self.verbs.clock.now()
        return await self.verbs.store.read(lambda tx: tx.freezes.standing(now))

    def windows(self, environment: str) -> tuple[str, ...]:
        """Return the times in which nothing ever goes up in an environment."""
        return tuple(describe_window(window) for window in self.circumstances.policy(environment).never)

    def _require(self, actor: Actor, environment: str | None) -> None:
        if environment is not None:
            # To stop the line is to go down: it is allowed in every channel to whoever may change anything.
            self.circumstances.require(actor, Permission.CHANGE, environment, goes_up=False)

    def _require_to_lift(self, actor: Actor, environment: str | None) -> None:
        """To let the line go on is no way down: it takes whoever may change what was stopped, from where they may."""
        if environment is None:
            self.circumstances.require_in_all(actor, Permission.CHANGE)
        else:
            self.circumstances.require(actor, Permission.CHANGE, environment, goes_up=True)

    def _stop(self, tx: Transaction, actor: Actor, rollout: Rollout, reason: str, now: datetime) -> None:
        """Let a rollout wait whose step was asked for and is not in force: what is not up yet goes up no more."""
        waiting = pause(rollout, now, f"{actor.person} stopped the line: {reason}")
        record_move(tx, actor, Action.ROLLOUT_PAUSE, before=rollout, after=waiting, now=now)
        tx.rollouts.save(waiting, now)
        tell(tx, waiting, "held", held.render(waiting, waiting.reason), now)
