"""Puts what must be told of a page into the outbox, in the transaction that made it true."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from bot.announcements import page_told
from bot.domain.outbox import DeliveryKind, Place
from bot.domain.page import Page, Way, WayKind
from bot.domain.paging import Notice, NoticeKind
from bot.domain.plan import ChannelName
from bot.domain.reach import DIRECT
from bot.operations.posts import post
from bot.operations.signals import answer_signal, page_signal

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.message import Message
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.ports import Transaction

SUBJECT = "page:"
PAGING = "paging:"
"""Begins the key of a message that pages somebody: it is not sent any more once somebody has answered."""

REMINDING = "page-reminded:"
"""Begins the key of a reminder that an acknowledgement ends: it is not sent any more once it has ended."""

PROGRAMS = frozenset({WayKind.PAGERDUTY, WayKind.WEBHOOK})
"""Ways to programs, which are told of every answer: what they were told of before goes on there by itself."""


def page_subject(page_id: int) -> str:
    """Return the outbox's and the audit log's name for a page."""
    return f"{SUBJECT}{page_id}"


def page_number(subject: str) -> int:
    """Return the number in a page's name."""
    return int(subject.removeprefix(SUBJECT))


def about(tx: Transaction, page: Page) -> Rollout | None:
    """Return the rollout that a page is about, or None."""
    return tx.rollouts.get(page.rollout) if page.rollout is not None else None


def redraw_page(tx: Transaction, page: Page, now: datetime) -> None:
    """Have the page's live message drawn anew in each of its channels."""
    occasion = uuid4().hex
    for channel in page.channels:
        post(tx, channel, page_subject(page.id), f"card:page:{page.id}:{occasion}", now, kind=DeliveryKind.CARD)


def tell_notice(tx: Transaction, page: Page, notice: Notice, team: Team, now: datetime) -> None:
    """Reach whom a notice names, and tell the page's channels; each message is one, however often this runs."""
    mark = f"{page.id}:{notice.round}:{notice.level}"
    if notice.kind is NoticeKind.REMINDED:
        _remind(tx, page, notice, team, now)
        return
    if notice.kind is NoticeKind.REACHED:
        rollout = about(tx, page)
        for way in notice.ways:
            alert = page_told.render_alert(page, notice, way, rollout, team)
            if way.kind in PROGRAMS:
                alert = replace(alert, signal=page_signal(page, rollout, now, notice.level))
            post(tx, channel_of(way), page_subject(page.id), f"{PAGING}{mark}", now, message=alert, place=Place.BOTH)
    said = page_told.render_notice(page, notice, team)
    key = f"page-{notice.kind}:{mark}:{page.epoch}"
    reached = {channel_of(way) for way in notice.ways}
    for channel in page.channels:
        if channel not in reached:
            post(tx, channel, page_subject(page.id), key, now, message=said, place=Place.BOTH)


def _remind(tx: Transaction, page: Page, notice: Notice, team: Team, now: datetime) -> None:
    """Remind whoever acknowledged directly; somebody who cannot be written to is mentioned in the page's channels."""
    message = page_told.render_reminder(page, about(tx, page), team)
    places = [channel_of(way) for way in notice.ways] or list(page.channels)
    for channel in places:
        post(
            tx,
            channel,
            page_subject(page.id),
            f"{REMINDING}{page.id}:{page.epoch}",
            now,
            message=message,
            place=Place.BOTH,
        )


def tell_answer(tx: Transaction, page: Page, actor: Actor, now: datetime) -> None:
    """Tell the page's channels and whoever was paged in this round how somebody answered, but not that person."""
    said = page_told.render_answered(page)
    key = f"page-answer:{page.id}:{page.epoch}"
    for channel in page.channels:
        # The answer to the command is for that person alone, whatever the channel.
        post(tx, channel, page_subject(page.id), key, now, message=said, place=Place.THREAD)
    newest = max((it.round for it in page.reached), default=0)
    told = dict.fromkeys(it.way for it in page.reached if it.round == newest and not it.lost)
    for way in told:
        if way.kind not in {WayKind.CHANNEL, *PROGRAMS} and way.person != actor.person:
            post(tx, channel_of(way), page_subject(page.id), key, now, message=said)
    signal = answer_signal(page, now)
    for way in dict.fromkeys(it.way for it in page.reached if it.way.kind in PROGRAMS and not it.lost):
        # Who answered on a pager's own platform is known there, and it would only be sent in a circle.
        if str(way.kind) != actor.platform:
            post(tx, channel_of(way), page_subject(page.id), key, now, message=replace(said, signal=signal))


def tell_page(tx: Transaction, page: Page, message: Message, what: str, now: datetime) -> None:
    """Say something in the threads of a page's live messages; `what` makes it once."""
    for channel in page.channels:
        post(tx, channel, page_subject(page.id), f"page-{what}:{page.id}", now, message=message, place=Place.THREAD)


def tell_elsewhere(tx: Transaction, page: Page, message: Message, now: datetime, *, but: ChannelName) -> None:
    """Say in the page's other channels that one of them cannot be reached."""
    for channel in page.channels:
        if channel != but:
            key = f"page-undelivered:{page.id}:{but.platform}:{but.channel}"
            post(tx, channel, page_subject(page.id), key, now, message=message, place=Place.THREAD)


def channel_of(way: Way) -> ChannelName:
    """Return where the outbox sends what goes this way; a pager is a platform of its own kind's name."""
    if way.kind is WayKind.DIRECT:
        return ChannelName(way.platform, f"{DIRECT}{way.to}")
    return ChannelName(way.platform or str(way.kind), way.to)
