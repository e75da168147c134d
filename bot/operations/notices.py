"""Puts what people must see into the outbox, in the transaction that made it true."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from bot.domain.outbox import DeliveryKind, Place
from bot.domain.plan import ChannelName
from bot.domain.progress import next_look
from bot.operations.posts import post

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.announcement import ReportedProblem
    from bot.domain.message import Message
    from bot.domain.outbox import Delivery
    from bot.domain.rollout import Rollout
    from bot.operations.circumstances import Circumstances
    from bot.ports import Transaction

CARD_FOLLOWS = "card:"
"""A card's post is known by this and its subject, so that a channel never gets two cards of one rollout."""

SUBJECT = "rollout:"


@dataclass(frozen=True, slots=True)
class _Notice:
    """One thing to say; `what` and the rollout's version make it once."""

    what: str
    message: Message
    place: Place


def card_subject(rollout_id: int) -> str:
    """Return the outbox's name for a rollout: what a card is drawn for."""
    return f"{SUBJECT}{rollout_id}"


def redraw(tx: Transaction, rollout: Rollout, now: datetime) -> None:
    """Have the rollout's card drawn anew in each of its channels, and what changed announced."""
    draw_cards(tx, rollout, now)
    # What changed may have to be announced, where anybody is told anything.
    if rollout.plan.communication or rollout.plan.after or tx.subscriptions.all():
        tx.announcements.heed(rollout.id, _mark(rollout), now)


def draw_cards(tx: Transaction, rollout: Rollout, now: datetime) -> None:
    """Have the rollout's card drawn anew in each of its channels; waiting draws are one row."""
    occasion = uuid4().hex
    for channel in rollout.channels:
        post(tx, channel, card_subject(rollout.id), f"card:{rollout.id}:{occasion}", now, kind=DeliveryKind.CARD)


def _mark(rollout: Rollout) -> str:
    """Return what tells the states apart of which something may have to be announced."""
    failures = [(it.condition, it.failures) for it in rollout.judging.records if it.failures]
    text = f"{rollout.status}:{rollout.version}:{rollout.step}:{rollout.settled}:{failures}"
    return sha256(text.encode()).hexdigest()[:32]


def look_again(tx: Transaction, circumstances: Circumstances, now: datetime) -> None:
    """Have every active rollout drawn anew, and looked at when it is expected to be free."""
    for rollout in tx.rollouts.active():
        tx.rollouts.save(rollout, next_look(rollout, now, circumstances.of(tx, rollout, now)))
        redraw(tx, rollout, now)


def tell(
    tx: Transaction, rollout: Rollout, what: str, message: Message, now: datetime, *, place: Place = Place.BOTH
) -> None:
    """Post something once in each of the rollout's channels; `what` and the version make it once."""
    _tell(tx, rollout, rollout.channels, _Notice(what, message, place), now)


def tell_others(tx: Transaction, rollout: Rollout, message: Message, now: datetime, actor: Actor) -> None:
    """Post what a person did in the card's thread of each channel whose people have not seen the answer."""
    here = ChannelName(actor.platform, actor.channel)
    channels = (it for it in rollout.channels if it != here or not actor.seen_here)
    _tell(tx, rollout, channels, _Notice("done", message, Place.THREAD), now)


def answer_to(tx: Transaction, rollout: Rollout, problem: ReportedProblem, message: Message, now: datetime) -> None:
    """Tell whoever reported a problem where it was reported, unless that channel is told in any case."""
    there = ChannelName(problem.platform, problem.channel)
    if there not in rollout.channels:
        _tell(tx, rollout, (there,), _Notice(f"answer:{problem.id}", message, Place.CHANNEL), now)


def share_report(
    tx: Transaction, rollout: Rollout, now: datetime, channels: Iterable[ChannelName], occasion: str
) -> None:
    """Have the report posted with its files, drawn when it leaves; `occasion` and the version make it once."""
    key = f"report:{rollout.id}:{rollout.version}:{occasion}"
    for channel in channels:
        post(tx, channel, card_subject(rollout.id), key, now, kind=DeliveryKind.REPORT, place=Place.THREAD)


def report_the_end(tx: Transaction, rollout: Rollout, now: datetime) -> None:
    """Have the report posted, once, where a rollout that is over is shown."""
    share_report(tx, rollout, now, rollout.channels, "end")


def tell_of_failure(tx: Transaction, failed: Delivery, message: Message, now: datetime) -> None:
    """Say in the rollout's other channels, once, that one of them cannot be reached."""
    if not failed.subject.startswith(SUBJECT):
        return
    rollout = tx.rollouts.get(int(failed.subject.removeprefix(SUBJECT)))
    if rollout is None or failed.key.startswith("undelivered:"):
        return
    there = ChannelName(failed.platform, failed.channel)
    others = [it for it in rollout.channels if it != there]
    what = f"undelivered:{failed.platform}:{failed.channel}"
    _tell(tx, rollout, others, _Notice(what, message, Place.BOTH), now)


def _tell(tx: Transaction, rollout: Rollout, channels: Iterable[ChannelName], notice: _Notice, now: datetime) -> None:
    key = f"{notice.what}:{rollout.id}:{rollout.version}"
    for channel in channels:
        post(tx, channel, card_subject(rollout.id), key, now, message=notice.message, place=notice.place)
