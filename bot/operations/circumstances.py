"""Gathers what bears on a rollout from outside of it, at one moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.audit import UP_ACTIONS
from bot.domain.duration import describe_duration
from bot.domain.errors import Blocked, Blocker
from bot.domain.freeze import closed, freeze_blockers, parse_window
from bot.domain.pace import next_free
from bot.domain.sighting import elsewhere
from bot.domain.surroundings import Surroundings
from bot.domain.team_access import may, may_in_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.domain.access import Permission
    from bot.domain.actor import Actor
    from bot.domain.freeze import FreezeWindow
    from bot.domain.plan import ChannelName, ChecklistItem, Limit, Plan
    from bot.domain.rollout import Rollout
    from bot.domain.sighting import Sighting
    from bot.domain.team import Environment, Team
    from bot.ports import Transaction


LOOK_EVERY = timedelta(minutes=1)
"""A flag of a provider that the team file does not know any more is looked at this often."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Knows the team's policies, and reads the freezes that people declared and the pages that are open."""

    team: Callable[[], Team]
    platforms: tuple[str, ...] | None = None
    """The chat platforms that are connected; None where that is of no matter."""

    def reachable(self, channels: Iterable[ChannelName]) -> tuple[ChannelName, ...]:
        """Return the channels of connected platforms, each once."""
        known = self.platforms
        return tuple(dict.fromkeys(it for it in channels if known is None or it.platform in known))

    def of(self, tx: Transaction, rollout: Rollout, now: datetime) -> Surroundings:
        """Return what bears on a rollout: judged for the environment that its next step is about."""
        step = rollout.following or rollout.current
        policy = self.policy(step.environment)
        windows = (*policy.never, *plan_windows(rollout.plan))
        stops = (*freeze_blockers(windows, tx.freezes.standing(now), step.environment, now), *critical_pages(tx))
        changes = bool(step.sets) and rollout.following is not None
        seen = sightings_of(tx, rollout)
        return Surroundings(
            stops,
            policy.approvals_for(self._roles_of(rollout.started_by)) if changes else (),
            _named_for(step.environment, policy.prerequisites) if changes else (),
            seen,
            self._look_at(seen),
        )

    def _look_at(self, seen: tuple[Sighting, ...]) -> datetime | None:
        """Return when the first of the flags that are held elsewhere is looked at again."""
        declared = self.team().providers
        times = [
            it.seen_at + declared[it.provider].drift_every if it.provider in declared else it.seen_at + LOOK_EVERY
            for it in seen
            if it.seen_at is not None
        ]
        return min(times, default=None)

    def _roles_of(self, person: str) -> frozenset[str]:
        return next((it.roles for it in self.team().people if it.name == person), frozenset())

    def policy(self, environment: str) -> Environment:
        """Return an environment's policy."""
        return self.team().environment(environment)

    def require(self, actor: Actor, permission: Permission, environment: str, *, goes_up: bool) -> None:
        """Refuse what somebody may not do in an environment, or not in this channel. Raises NotAllowed."""
        may(self.team(), actor, permission, environment, goes_up=goes_up).require()

    def require_in_all(self, actor: Actor, permission: Permission, environments: Iterable[str] | None = None) -> None:
        """Refuse what somebody may not do in each of some environments (all of them by default). Raises NotAllowed."""
        team = self.team()
        may_in_all(team, actor, permission, team.environments if environments is None else environments).require()

    def require_open(self, tx: Transaction, environment: str, now: datetime, plan: Plan | None = None) -> None:
        """Refuse to go up in an environment while a freeze is in force or a critical page is open. Raises Blocked."""
        windows = (*self.policy(environment).never, *(plan_windows(plan) if plan is not None else ()))
        freezes = freeze_blockers(windows, tx.freezes.standing(now), environment, now)
        alarms = critical_pages(tx)
        if freezes or alarms:
            where = "/freeze list" if freezes else "/escalate list"
            stops = (*freezes, *alarms)
            raise Blocked(f"Nothing goes up in {environment} now.", stops, where, "going down always works")

    def closed_since(self, rollout: Rollout, environment: str, now: datetime) -> tuple[Blocker, ...]:
        """Return the closed times that began after a rollout reached its step: whoever went on before saw them open."""
        windows = (*self.policy(environment).never, *plan_windows(rollout.plan))
        then = closed(windows, rollout.step_at)
        passed_by = then is not None and (then.until is None or now < then.until)
        return () if passed_by else freeze_blockers(windows, (), environment, now)

    def require_pace(self, tx: Transaction, actor: Actor, environment: str, plan: Plan | None, now: datetime) -> None:
        """Refuse to go up more often than the policy or the plan allows, with the time to wait. Never asked going down."""
        limits = (*self.policy(environment).limits, *(plan.limits if plan is not None else ()))
        for limit in limits:
            since = now - max(limit.per, limit.cooldown)
            ups = tx.audit.moments(UP_ACTIONS, since, **_by(limit, actor))
            free = next_free(limit, ups, now)
            if free is not None:
                whose = "You have" if limit.scope == "person" else "This channel has"
                often = f"{limit.count} {'time' if limit.count == 1 else 'times'} within {describe_duration(limit.per)}"
                stop = Blocker("limit", f"going up is limited to {often}", free)
                raise Blocked(f"{whose} gone up as often as is allowed.", (stop,), "going down is never limited")


def sightings_of(tx: Transaction, rollout: Rollout) -> tuple[Sighting, ...]:
    """Return the last looks at the rollout's flags that are held elsewhere."""
    found = (tx.sightings.get(it.flag, it.environment) for it in elsewhere(rollout))
    return tuple(it for it in found if it is not None)


def _by(limit: Limit, actor: Actor) -> dict[str, str]:
    if limit.scope == "person":
        return {"person": actor.person}
    return {"platform": actor.platform, "channel": actor.channel}


def _named_for(environment: str, items: tuple[ChecklistItem, ...]) -> tuple[ChecklistItem, ...]:
    """Return items with keys of their own in each environment: what was ticked for staging says nothing of production."""
    return tuple(replace(item, key=f"{environment}.{number}") for number, item in enumerate(items, 1))


def critical_pages(tx: Transaction) -> tuple[Blocker, ...]:
    """Name the critical pages that nobody has resolved: while there is one nothing goes up."""
    return tuple(
        Blocker("page", f"{it.name} is critical and not resolved: {it.text}; /escalate resolve {it.id} ends that")
        for it in tx.pages.critical()
    )


def plan_windows(plan: Plan) -> tuple[FreezeWindow, ...]:
    """Return the times in which a plan itself forbids going up."""
    return tuple(parse_window(text, plan.zone, f"the plan {plan.key} says so") for text in plan.never)
