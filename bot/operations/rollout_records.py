"""What the audit log keeps of rollouts: their state in facts, and moves that were made because of something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.audit import Action, Event, Facts, Outcome
from bot.operations.notices import card_subject

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.rollout import Rollout
    from bot.ports import Transaction


def record_move(
    tx: Transaction, actor: Actor, action: Action, *, before: Rollout, after: Rollout, now: datetime
) -> None:
    """Put on record that a rollout waits because of something that was done elsewhere: to its flags, to the line."""
    subject, environment = card_subject(after.id), after.current.environment
    facts = (facts_of(before), facts_of(after))
    tx.audit.append(Event(action, Outcome.ACCEPTED, subject, environment, after.reason, *facts), actor, now)


def facts_of(rollout: Rollout) -> Facts:
    """Return what the audit log keeps of a rollout's state."""
    return {
        "status": str(rollout.status),
        "step": rollout.step + 1,
        "name": rollout.current.name,
        "version": rollout.version,
        "plan": rollout.plan.key,
        "digest": rollout.plan.digest,
        "flags": {f"{it.flag}@{it.environment}": str(it.setting) for it in rollout.wanted},
        **({"level": rollout.level} if rollout.level is not None else {}),
    }
