"""Hands announcements over: whom an audience means here and now, and what is done about what did not arrive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.announcements import announcement_trouble
from bot.announcements.kinds import KINDS
from bot.domain.announcement import Destination
from bot.domain.announcing import DEFAULT_KINDS
from bot.domain.outbox import DeliveryKind, DeliveryState, NewDelivery
from bot.domain.pager import WEBHOOK
from bot.domain.plan import ChannelName, environments_of
from bot.domain.status_page import STATUS_PAGE
from bot.domain.team import EMAIL, platform_name
from bot.operations.notices import SUBJECT, card_subject
from bot.operations.posts import post
from bot.operations.signals import announced_signal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.domain.announcement import Announcement, Subscription
    from bot.domain.message import Message
    from bot.domain.outbox import Delivery
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.ports import Transaction

ANNOUNCEMENT = "announcement:"
TOLD_ANYWAY = frozenset({"held", "problem_reported", "step_reached"})
"""What the rollout's own channels are told by the engine, in more detail."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where an announcement goes, and the platforms on which an audience cannot be reached."""

    destinations: tuple[Destination, ...]
    lacking: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Addressing:
    """What has a bearing on who is reached: the team, the connected platforms, and who asked to hear."""

    team: Team
    platforms: Collection[str]
    subscriptions: tuple[Subscription, ...] = ()

    def reach(self, said: Announcement, plan: Plan | None, rollout: Rollout | None) -> Reach:
        """Return whom an announcement reaches; each place once, whichever audiences it belongs to."""
        own = rollout.channels if rollout is not None else self._channels_of(plan)
        found: dict[tuple[str, str], Destination] = {}
        lacking: dict[tuple[str, str], None] = {}
        there = {*self.platforms, *([STATUS_PAGE] if self.team.status_page is not None else [])}
        for it in (*self._audiences(said.to, own), *self._subscribers(said, plan)):
            if it.platform not in there:
                lacking[it.audience, it.platform] = None
            elif not _told_there_anyway(said, rollout, it):
                found.setdefault(it.place, it)
        return Reach(tuple(found.values()), tuple(lacking))

    def _channels_of(self, plan: Plan | None) -> tuple[ChannelName, ...]:
        return tuple(it for it in plan.channels if it.platform in self.platforms) if plan is not None else ()

    def _audiences(self, names: Iterable[str], own: Iterable[ChannelName]) -> Iterable[Destination]:
        for name in names:
            audience = self.team.audiences.get(name)
            if audience is None:
                # Where no audience is declared at all, everybody is found in the rollout's own channels.
                undeclared = () if self.team.audiences else own
                yield from (Destination(it.platform, it.channel, name) for it in undeclared)
                continue
            yield from (Destination(it.platform, it.channel, name) for it in audience.channels)
            yield from (Destination(EMAIL, address, name) for address in audience.emails)
            yield from (Destination(WEBHOOK, hook, name) for hook in audience.webhooks)
            if audience.status_page:
                yield Destination(STATUS_PAGE, "", name)

    def _subscribers(self, said: Announcement, plan: Plan | None) -> Iterable[Destination]:
        if plan is None or not said.subscribers:
            return
        for it in self.subscriptions:
            if wanted(it, said, plan):
                yield Destination(it.platform, it.channel, "subscribers")


def wanted(subscription: Subscription, said: Announcement, plan: Plan) -> bool:
    """Say whether somebody asked to hear of such an announcement."""
    kinds = [said.say if said.say in KINDS else ""]
    if said.occasion is not None:
        kinds += [str(said.occasion), DEFAULT_KINDS[said.occasion]]
    return subscription.wants(
        plan=plan.key,
        flags=tuple(flag.key for flag in plan.flags),
        environments=environments_of(plan),
        kinds=tuple(kinds),
    )


def _told_there_anyway(said: Announcement, rollout: Rollout | None, place: Destination) -> bool:
    """Say whether the engine's own notice says the same in that very channel."""
    if (
        rollout is None
        or said.say not in TOLD_ANYWAY
        or ChannelName(place.platform, place.channel) not in rollout.channels
    ):
        return False
    return said.say != "step_reached" or bool(rollout.current.sets)


def hand_over(
    tx: Transaction, said: Announcement, message: Message, places: Iterable[Destination], now: datetime
) -> tuple[Destination, ...]:
    """Put a message into the outbox for each place, once, and return the places with the keys of their rows."""
    sent = []
    for place in places:
        name = place.channel if len(place.channel) <= 100 else sha256(place.channel.encode()).hexdigest()  # noqa: PLR2004  # A key has 200.
        key = f"announce:{said.id}:{place.platform}:{name}"
        if place.platform == STATUS_PAGE:
            sent.append(replace(place, key=key, said_at=now))
            continue
        told = replace(message, signal=announced_signal(said, now)) if place.platform == WEBHOOK else message
        subject = f"{ANNOUNCEMENT}{said.id}"
        tx.outbox.add(NewDelivery(key, DeliveryKind.POST, place.platform, place.channel, subject, told, now, now))
        sent.append(replace(place, key=key))
    return tuple(sent)


def say_in_own_channels(tx: Transaction, rollout: Rollout, key: str, message: Message, now: datetime) -> None:
    """Post something once in each of a rollout's own channels; the key makes it once for good."""
    for channel in rollout.channels:
        post(tx, channel, card_subject(rollout.id), key, now, message=message)


def tell_who_is_not_reached(
    tx: Transaction, rollout: Rollout, lacking: Iterable[tuple[str, str]], now: datetime
) -> None:
    """Say once for each audience and platform that nobody is reached there."""
    for audience, platform in lacking:
        message = announcement_trouble.render_unconnected(audience, platform_name(platform))
        say_in_own_channels(tx, rollout, f"unreached:{rollout.id}:{audience}:{platform}", message, now)


def try_elsewhere(tx: Transaction, failed: Delivery, now: datetime) -> None:
    """Show the operator an announcement that did not arrive, and say it in the rollout's own channels instead.

    An audience's other places are told of everything in any case: where one of them is on its way, nothing is repeated.
    """
    if not failed.subject.startswith(ANNOUNCEMENT) or failed.message is None:
        return
    said = tx.announcements.get(int(failed.subject.removeprefix(ANNOUNCEMENT)))
    if said is None or not said.subject.startswith(SUBJECT):
        return
    rollout = tx.rollouts.get(int(said.subject.removeprefix(SUBJECT)))
    if rollout is None:
        return
    mine = next((it for it in said.destinations if it.key == failed.key), None)
    audience = mine.audience if mine is not None else ""
    others = [it for it in said.destinations if it.audience == audience and it.key != failed.key]
    reached = any(_on_its_way(tx, it) for it in others)
    message = announcement_trouble.render_failed(failed, audience, reached=reached)
    say_in_own_channels(tx, rollout, f"elsewhere:{failed.id}", message, now)


def _on_its_way(tx: Transaction, place: Destination) -> bool:
    if place.platform == STATUS_PAGE:
        return False
    row = tx.outbox.get(place.key)
    return row is not None and row.state is not DeliveryState.FAILED
