"""Who must say yes to leaving a step, who has, and who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import NotAllowed, Refused
from bot.domain.plan import Approval
from bot.domain.rollout import GivenApproval

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.rollout import Rollout
    from bot.domain.surroundings import Surroundings

APPROVAL_LASTS = timedelta(hours=24)
"""A yes is about the present state of things; after a day it has to be said again."""


def needed(rollout: Rollout, around: Surroundings) -> tuple[Approval, ...]:
    """Return the approvals for leaving the current step: the plan's, and the environment's before flags change."""
    following = rollout.following
    policy = around.approvals if following is not None and following.sets else ()
    counts: dict[str, int] = {}
    for approval in (*rollout.current.approvals, *policy):
        counts[approval.role] = max(counts.get(approval.role, 0), approval.count)
    return tuple(Approval(role, count) for role, count in counts.items())


def given(rollout: Rollout, now: datetime) -> tuple[GivenApproval, ...]:
    """Return the approvals that count: for this very step and plan, given since it was reached last, and not expired."""
    return tuple(
        it
        for it in rollout.approvals
        if (it.step, it.digest) == (rollout.step, rollout.plan.digest)
        and it.at >= rollout.step_at
        and now - it.at < APPROVAL_LASTS
    )


def missing(rollout: Rollout, around: Surroundings, now: datetime) -> tuple[Approval, ...]:
    """Return the roles that have not said yes, with how many people each still lacks."""
    said = [it.role for it in given(rollout, now)]
    lacking = (Approval(it.role, it.count - said.count(it.role)) for it in needed(rollout, around))
    return tuple(it for it in lacking if it.count > 0)


def approve(
    rollout: Rollout, person: str, roles: frozenset[str], around: Surroundings, now: datetime
) -> tuple[Rollout, tuple[str, ...]]:
    """Let a person say yes for every role of theirs that is still missing; return the roles, too.

    The person who started the rollout, or took an edited plan over for it, cannot approve it, and each person counts once per role.
    """
    lacking = missing(rollout, around, now)
    if not lacking:
        raise Refused(f"{rollout.name} waits for nobody's approval.", "/rollout status")
    if person in {rollout.started_by, rollout.adopted_by}:
        did = "started" if person == rollout.started_by else "took the edited plan over for"
        raise NotAllowed(f"You {did} {rollout.name}; its approvals are for others.", _who(rollout, around, now))
    said = {it.role for it in given(rollout, now) if it.person == person}
    mine = tuple(it.role for it in lacking if it.role in roles and it.role not in said)
    if not mine:
        raise NotAllowed(_not_yours(rollout, person, said), _who(rollout, around, now))
    yes = tuple(GivenApproval(role, person, rollout.step, rollout.plan.digest, now) for role in mine)
    kept = tuple(it for it in given(rollout, now) if not (it.person == person and it.role in mine))
    return replace(rollout, approvals=(*kept, *yes), ready=False), mine


def _not_yours(rollout: Rollout, person: str, said: set[str]) -> str:
    if said:
        return f"You ({person}) have approved {rollout.name} already."
    return f"None of the roles that {rollout.name} waits for is yours."


def _who(rollout: Rollout, around: Surroundings, now: datetime) -> str:
    return f"still missing: {described(missing(rollout, around, now))}"


def described(approvals: tuple[Approval, ...]) -> str:
    """Return approvals in words: `product, 2 × qa`."""
    return ", ".join(f"{it.count} × {it.role}" if it.count > 1 else it.role for it in approvals)
