"""Puts on record, and tells, what the engine did to a rollout by itself: because of a measurement or of an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.announcements import held, rolled_back, sight
from bot.domain.audit import Action, Event, Outcome
from bot.domain.verdicts import Consequence, Happened
from bot.operations.notices import card_subject, tell
from bot.operations.rollout_records import facts_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.rollout import Rollout
    from bot.ports import Transaction

ACTIONS = {
    Happened.ROLLED_BACK: Action.ROLLOUT_ROLLBACK,
    Happened.WENT_BACK: Action.ROLLOUT_BACK,
    Happened.HELD: Action.ROLLOUT_PAUSE,
    Happened.PAGE: Action.ROLLOUT_PAGE,
}


def record_consequence(tx: Transaction, before: Rollout, consequence: Consequence, cause: Actor, now: datetime) -> None:
    """Put it on record with what was so before and after; `cause` is the system's actor, traced to what led to it."""
    after, happened = consequence.rollout, consequence.happened
    if happened in ACTIONS:
        subject, environment = card_subject(after.id), after.current.environment
        facts = (facts_of(before), facts_of(after))
        event = Event(ACTIONS[happened], Outcome.ACCEPTED, subject, environment, consequence.because, *facts)
        tx.audit.append(event, cause, now)


def tell_consequence(tx: Transaction, consequence: Consequence, now: datetime) -> None:
    """Say it in the rollout's channels, beside its card."""
    after, happened = consequence.rollout, consequence.happened
    match happened:
        case Happened.ROLLED_BACK:
            tell(tx, after, "tripped", rolled_back.render_tripped(after, consequence.because), now)
        case Happened.HELD | Happened.WENT_BACK | Happened.PAGE:
            tell(tx, after, f"held:{_mark(now)}", held.render(after, consequence.because), now)
        case Happened.BLIND:
            tell(tx, after, f"blind:{_mark(now)}", sight.render_lost(after, consequence.because), now)
        case Happened.SEES_AGAIN:
            tell(tx, after, f"sees:{_mark(now)}", sight.render_back(after), now)
        case Happened.NOTHING:
            pass
        case _:
            assert_never(happened)


def _mark(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S}"
