"""Says to programs what is said to people: about pages, the steps of rollouts, and announcements."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.outbox import DeliveryKind, NewDelivery
from bot.domain.page import ACKNOWLEDGED, REASSIGNED, RESOLVED, SNOOZED, PageState, dedup_key
from bot.domain.pager import PAGERDUTY_CHANGES
from bot.domain.signal import Signal, SignalKind
from bot.operations.notices import card_subject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.announcement import Announcement
    from bot.domain.message import Message
    from bot.domain.page import Page
    from bot.domain.plan import ChannelName
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.ports import Transaction

_ANSWERS = {
    ACKNOWLEDGED: SignalKind.PAGE_ACKNOWLEDGED,
    SNOOZED: SignalKind.PAGE_SNOOZED,
    REASSIGNED: SignalKind.PAGE_REASSIGNED,
    RESOLVED: SignalKind.PAGE_RESOLVED,
}
_SLACK_ID = re.compile(r"[CGD][A-Z0-9]{5,}")


def page_signal(page: Page, rollout: Rollout | None, now: datetime, level: int) -> Signal:
    """Return what programs are told when a page reaches them at a level."""
    facts = {
        "page": str(page.id),
        "text": page.text,
        "level": f"{level} of {len(page.policy.levels_for(page.severity))}",
        "policy": page.policy.name,
        "opened_at": page.opened_at.isoformat(),
        "opened_by": page.opened_by,
        **(rollout_facts(rollout) if rollout is not None else {}),
        "acknowledge": f"/escalate ack {page.id}",
        "resolve": f"/escalate resolve {page.id}",
    }
    return Signal(
        SignalKind.PAGE_TRIGGERED, dedup_key(page), now, str(page.severity), tuple(facts.items()), links(page.channels)
    )


def answer_signal(page: Page, now: datetime) -> Signal:
    """Return what programs are told when somebody has answered a page."""
    last = page.answers[-1]
    facts = {"page": str(page.id), "text": page.text, "by": last.by, "reason": last.reason}
    if page.until is not None and page.state is not PageState.RESOLVED:
        facts["until"] = page.until.isoformat()
    kind = _ANSWERS.get(last.what, SignalKind.PAGE_REASSIGNED)
    return Signal(kind, dedup_key(page), now, str(page.severity), tuple(facts.items()), links(page.channels))


def announced_signal(said: Announcement, now: datetime) -> Signal:
    """Return what programs are told with an announcement."""
    facts = {
        "announcement": str(said.id),
        "plan": said.plan,
        "when": said.when,
        "kind": said.say if said.occasion else "",
    }
    named = tuple((name, value) for name, value in facts.items() if value)
    return Signal(SignalKind.ANNOUNCED, said.subject, now, "", named)


def rollout_facts(rollout: Rollout) -> dict[str, str]:
    """Return what programs are told of a rollout."""
    return {
        "rollout": str(rollout.id),
        "plan": rollout.plan.key,
        "title": rollout.plan.title,
        "environment": rollout.current.environment,
        "step": rollout.current.name,
        "status": str(rollout.status),
    }


def links(channels: Iterable[ChannelName]) -> tuple[tuple[str, str], ...]:
    """Return links to the channels in which something stands, on platforms where an address leads there."""
    found = [it.channel for it in channels if it.platform == "slack" and _SLACK_ID.fullmatch(it.channel)]
    return tuple(("Open it in Slack", f"https://slack.com/app_redirect?channel={it}") for it in found[:1])


def record_change(
    tx: Transaction, team: Team, rollout: Rollout, message: Message, now: datetime, *, kind: SignalKind
) -> None:
    """Have a step of a rollout recorded with each service of PagerDuty whose changes those of its environment are."""
    services = [it for it in team.pagerduty.values() if rollout.current.environment in it.changes]
    if not services:
        return
    subject = card_subject(rollout.id)
    signal = Signal(kind, subject, now, "", tuple(rollout_facts(rollout).items()), links(rollout.channels))
    for service in services:
        tx.outbox.add(
            NewDelivery(
                key=f"change:{rollout.id}:{rollout.version}:{kind}:{service.name}"[:200],
                kind=DeliveryKind.POST,
                platform=PAGERDUTY_CHANGES,
                channel=service.name,
                subject=subject,
                message=replace(message, signal=signal),
                created_at=now,
                due_at=now,
            )
        )
