"""What one person wants to see at a glance: what is under way, what waits for that person, and who answers pages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.access import Permission
from bot.domain.approvals import given, missing
from bot.domain.blockers import blockers, open_items
from bot.domain.plan import Advance
from bot.domain.rollout import Status
from bot.domain.team_access import roles_that_may

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.errors import Blocker
    from bot.domain.oncall import OnDuty
    from bot.domain.page import Page
    from bot.domain.rollout import Rollout
    from bot.domain.surroundings import Surroundings
    from bot.domain.team import Team


class Waiting(StrEnum):
    """What a rollout wants of a person."""

    APPROVE = "approve"
    ADVANCE = "advance"
    RESUME = "resume"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An active rollout, what stands in the way of its next step, and what it wants of the person who looks."""

    rollout: Rollout
    blockers: tuple[Blocker, ...]
    waiting: tuple[Waiting, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """What a person sees first: rollouts, the pages that still want something, and who is on call, by schedule."""

    person: str
    rollouts: tuple[UnderWay, ...] = ()
    pages: tuple[Page, ...] = ()
    on_call: tuple[tuple[str, tuple[OnDuty, ...]], ...] = ()

    @property
    def waiting(self) -> tuple[UnderWay, ...]:
        """Return the rollouts that want something of this person."""
        return tuple(it for it in self.rollouts if it.waiting)


def under_way(rollout: Rollout, around: Surroundings, actor: Actor, team: Team, now: datetime) -> UnderWay:
    """Return how a rollout looks to somebody: what is theirs to do, and only if they may."""
    found = blockers(rollout, now, around)
    items = tuple(f"{it.key} {it.text}" for it in open_items(rollout, around) if _is_mine(it.owner, actor))
    wanted = [Waiting.CONFIRM] if items and rollout.active else []
    kinds = {it.kind for it in found}
    if kinds == {"approval"} and _may_approve(rollout, around, actor, now):
        wanted.append(Waiting.APPROVE)
    # Where it may be done is left to the answer: an overview is looked at from anywhere.
    if actor.roles & set(roles_that_may(team, Permission.CHANGE, (rollout.following or rollout.current).environment)):
        if rollout.status is Status.PAUSED and "drift" not in kinds:
            wanted.append(Waiting.RESUME)
        elif not kinds and rollout.current.advance is Advance.MANUAL:
            wanted.append(Waiting.ADVANCE)
    return UnderWay(rollout, found, tuple(wanted), items)


def _is_mine(owner: str, actor: Actor) -> bool:
    return owner.casefold() in {actor.person.casefold(), *(role.casefold() for role in actor.roles)}


def _may_approve(rollout: Rollout, around: Surroundings, actor: Actor, now: datetime) -> bool:
    said = {it.role for it in given(rollout, now) if it.person == actor.person}
    lacking = {it.role for it in missing(rollout, around, now)}
    return actor.person != rollout.started_by and bool(lacking & actor.roles - said)
