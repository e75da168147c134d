"""What people do about flags that somebody changed in another system: take theirs over, or write ours again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.announcements import done_by, drift
from bot.domain.access import Permission
from bot.domain.audit import Action
from bot.domain.errors import Refused
from bot.domain.flag import FlagTarget, goes_up, with_percent
from bot.domain.holding import alike
from bot.domain.moves import require_active
from bot.domain.progress import next_look
from bot.domain.ramp import hold_at, lower, require_free, setting_in
from bot.operations.channels import named_rollout, rollout_here
from bot.operations.circumstances import Circumstances, sightings_of
from bot.operations.notices import redraw, tell_others
from bot.operations.rollouts import HERE, Aim, facts_of, require_version
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.flag import FlagSetting
    from bot.domain.rollout import Rollout
    from bot.domain.sighting import Sighting
    from bot.ports import Transaction


@dataclass(frozen=True, slots=True)
class Ended:
    """A rollout before and after a drift was ended, and what had been found elsewhere."""

    before: Rollout
    after: Rollout
    found: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Drifts:
    """Everything a person can do about a rollout that is held because its flags are not ours any more."""

    verbs: Verbs
    circumstances: Circumstances

    async def adopt(self, actor: Actor, aim: Aim = HERE, reason: str = "") -> Ended:
        """Make what was set elsewhere the wish, where it lets in nobody whom the wish keeps out. Raises Refused."""

        def work(tx: Transaction, now: datetime) -> Done[Ended]:
            before, found = self._found(tx, actor, aim)
            self._require(actor, before, found, goes_up=False)
            after = before
            for sighting, theirs in found:
                after = _adopted(after, sighting, theirs, now, reason)
                tx.sightings.save(replace(sighting, held=theirs, tried=(), strange=None, version=0))
            # However many flags there are, it is one move.
            after = replace(after, version=before.version + 1)
            return self._done(tx, actor, Ended(before, after, tuple(it for it, _ in found)), now)

        return await self.verbs.do(actor, Attempt(Action.ROLLOUT_ADOPT, "", reason=reason), work)

    async def restore(self, actor: Actor, aim: Aim = HERE, reason: str = "") -> Ended:
        """Have the wish written over what was set elsewhere; up only while nothing forbids it. Raises Blocked."""

        def work(tx: Transaction, now: datetime) -> Done[Ended]:
            before, found = self._found(tx, actor, aim)
            up = any(goes_up(theirs, setting_in(before.wanted, it.flag, it.environment)) for it, theirs in found)
            self._require(actor, before, found, goes_up=up)
            if up:
                require_free(before, self.circumstances.of(tx, before, now))
            for sighting, theirs in found:
                # What is there counts as left by us now, so that it may be written over.
                tx.sightings.save(replace(sighting, tried=(*sighting.tried, theirs), strange=None, version=0))
            why = reason or "what was changed elsewhere was restored"
            after = replace(before, version=before.version + 1, observed=None, holding_since=None, reason=why)
            return self._done(tx, actor, Ended(before, after, tuple(it for it, _ in found)), now)

        return await self.verbs.do(actor, Attempt(Action.ROLLOUT_RESTORE, "", reason=reason), work)

    def _found(self, tx: Transaction, actor: Actor, aim: Aim) -> tuple[Rollout, list[tuple[Sighting, FlagSetting]]]:
        rollout = rollout_here(tx, actor) if aim.rollout is None else named_rollout(tx, aim.rollout)
        require_version(rollout, aim)
        require_active(rollout)
        seen = sightings_of(tx, rollout)
        found = [(it, it.strange) for it in seen if it.strange is not None]
        if not found:
            raise Refused(f"Nothing of {rollout.name} was changed elsewhere.", "/rollout status")
        return rollout, found

    def _require(
        self, actor: Actor, rollout: Rollout, found: list[tuple[Sighting, FlagSetting]], *, goes_up: bool
    ) -> None:
        for environment in dict.fromkeys((rollout.current.environment, *(it.environment for it, _ in found))):
            self.circumstances.require(actor, Permission.CHANGE, environment, goes_up=goes_up)

    def _done(self, tx: Transaction, actor: Actor, made: Ended, now: datetime) -> Done[Ended]:
        around = self.circumstances.of(tx, made.after, now)
        tx.rollouts.save(made.after, next_look(made.after, now, around))
        redraw(tx, made.after, now)
        message = done_by.render(drift.render_answer(made.before, made.after, made.found), actor)
        tell_others(tx, made.after, message, now, actor)
        return Done(
            made,
            facts_of(made.before),
            facts_of(made.after),
            subject=f"rollout:{made.after.id}",
            environment=made.after.current.environment,
        )


def _adopted(rollout: Rollout, sighting: Sighting, theirs: FlagSetting, now: datetime, reason: str) -> Rollout:
    """Return the rollout with their setting wanted, at the step that it is one of where there is one."""
    wanted = setting_in(rollout.wanted, sighting.flag, sighting.environment)
    if goes_up(wanted, theirs):
        raise Refused(
            f"{sighting.flag} is at {theirs} in {sighting.provider}, and the rollout wants {wanted}: up is by the plan only.",
            f"/rollout restore --rollout {rollout.id}",
            f"set it to {wanted} or less in {sighting.provider}",
            f"/rollout rollback 1 --rollout {rollout.id}",
        )
    why = reason or f"{sighting.flag} was set to {theirs} in {sighting.provider}"
    target = FlagTarget(sighting.flag, sighting.environment, theirs)
    if theirs.on and with_percent(wanted, theirs.percent) == theirs:
        moved_down = lower(rollout, sighting.flag, theirs.percent, now, why)
        if alike(setting_in(moved_down.wanted, sighting.flag, sighting.environment), theirs):
            return moved_down
    return hold_at(rollout, target, now, why)
