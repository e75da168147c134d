"""What people do about flags that somebody changed in another system: take theirs over, or write ours again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.announcements import drift
from bot.domain.access import Permission
from bot.domain.audit import Action
from bot.domain.drift_view import DriftEnded
from bot.domain.errors import Refused
from bot.domain.flag import FlagTarget, goes_up, with_percent
from bot.domain.holding import alike
from bot.domain.moves import require_active
from bot.domain.progress import next_look
from bot.domain.ramp import hold_at, lower, require_free, setting_in
from bot.domain.sighting import adopted, given_up
from bot.operations.channels import named_rollout, rollout_here
from bot.operations.circumstances import Circumstances, sightings_of
from bot.operations.notices import redraw, tell_others
from bot.operations.rollout_records import facts_of
from bot.operations.rollouts import HERE, Aim, require_version
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.flag import FlagSetting
    from bot.domain.rollout import Rollout
    from bot.domain.sighting import Sighting
    from bot.ports import Transaction


@dataclass(frozen=True, slots=True)
class Drifts:
    """Everything a person can do about a rollout that is held because its flags are not ours any more."""

    verbs: Verbs
    circumstances: Circumstances

    async def adopt(self, actor: Actor, aim: Aim = HERE, key: str = "", reason: str = "") -> DriftEnded:
        """Make what was set elsewhere the wish, where it lets in nobody whom the wish keeps out. Raises Refused.

        `key` names one flag; without it all that were changed elsewhere are meant.
        """

        def work(tx: Transaction, now: datetime) -> Done[DriftEnded]:
            before, found = self._found(tx, actor, aim, key)
            self._require(actor, before, found, goes_up=False)
            after = before
            for sighting, theirs in found:
                after = _adopted(after, sighting, theirs, now, reason)
                tx.sightings.save(adopted(sighting, theirs))
            # However many flags there are, it is one move.
            after = replace(after, version=before.version + 1)
            return self._done(tx, actor, _ended(tx, before, after, found), reason, now)

        return await self.verbs.do(actor, Attempt(Action.FLAG_ADOPT, "", reason=reason), work)

    async def restore(self, actor: Actor, aim: Aim = HERE, key: str = "", reason: str = "") -> DriftEnded:
        """Have the wish written over what was set elsewhere; up only while nothing forbids it. Raises Blocked."""

        def work(tx: Transaction, now: datetime) -> Done[DriftEnded]:
            before, found = self._found(tx, actor, aim, key)
            up = any(goes_up(theirs, setting_in(before.wanted, it.flag, it.environment)) for it, theirs in found)
            self._require(actor, before, found, goes_up=up)
            if up:
                require_free(before, self.circumstances.of(tx, before, now))
            for sighting, _ in found:
                tx.sightings.save(given_up(sighting))
            why = reason or "what was changed elsewhere was restored"
            after = replace(before, version=before.version + 1, observed=None, holding_since=None, reason=why)
            return self._done(tx, actor, _ended(tx, before, after, found), reason, now)

        return await self.verbs.do(actor, Attempt(Action.FLAG_RESTORE, "", reason=reason), work)

    def _found(
        self, tx: Transaction, actor: Actor, aim: Aim, key: str
    ) -> tuple[Rollout, list[tuple[Sighting, FlagSetting]]]:
        rollout = rollout_here(tx, actor) if aim.rollout is None else named_rollout(tx, aim.rollout)
        require_version(rollout, aim)
        require_active(rollout)
        seen = sightings_of(tx, rollout)
        found = [(it, it.strange) for it in seen if it.strange is not None and key in {"", it.flag}]
        if not found:
            what = f"“{key}” of {rollout.name} was not" if key else f"Nothing of {rollout.name} was"
            raise Refused(f"{what} changed elsewhere.", f"/rollout status --rollout {rollout.id}")
        return rollout, found

    def _require(
        self, actor: Actor, rollout: Rollout, found: list[tuple[Sighting, FlagSetting]], *, goes_up: bool
    ) -> None:
        for environment in dict.fromkeys((rollout.current.environment, *(it.environment for it, _ in found))):
            self.circumstances.require(actor, Permission.CHANGE, environment, goes_up=goes_up)

    def _done(self, tx: Transaction, actor: Actor, made: DriftEnded, reason: str, now: datetime) -> Done[DriftEnded]:
        around = self.circumstances.of(tx, made.after, now)
        tx.rollouts.save(made.after, next_look(made.after, now, around))
        redraw(tx, made.after, now)
        tell_others(tx, made.after, drift.render_done(made, actor, reason), now, actor)
        return Done(
            made,
            facts_of(made.before),
            facts_of(made.after),
            subject=f"rollout:{made.after.id}",
            environment=made.after.current.environment,
        )


def _ended(tx: Transaction, before: Rollout, after: Rollout, found: list[tuple[Sighting, FlagSetting]]) -> DriftEnded:
    left = any(it.strange is not None for it in sightings_of(tx, after))
    return DriftEnded(before, after, tuple(it for it, _ in found), left)


def _adopted(rollout: Rollout, sighting: Sighting, theirs: FlagSetting, now: datetime, reason: str) -> Rollout:
    """Return the rollout with their setting wanted, at the step that it is one of where there is one."""
    wanted = setting_in(rollout.wanted, sighting.flag, sighting.environment)
    if goes_up(wanted, theirs):
        raise Refused(
            f"{sighting.flag} is at {theirs} in {sighting.provider}, and the rollout wants {wanted}: up is by the plan only.",
            f"/flag restore {sighting.flag} --rollout {rollout.id}",
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
