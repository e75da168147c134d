"""Pages that are raised by themselves, or by people: one for the same trouble, in the transaction that noticed it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.announcements import undelivered
from bot.domain.actor import SYSTEM_NAME, system_actor
from bot.domain.audit import Action, Event, Facts, Outcome
from bot.domain.escalation import Severity
from bot.domain.page import Page, Trouble, again, raise_page
from bot.domain.pager import PAGERDUTY_CHANGES
from bot.domain.paging import lost
from bot.domain.plan import ChannelName
from bot.domain.verdicts import Happened
from bot.operations.notices import SUBJECT as ROLLOUT
from bot.operations.notices import card_subject, look_again
from bot.operations.page_notices import (
    PAGING,
    SUBJECT,
    channel_of,
    page_number,
    page_subject,
    redraw_page,
    tell_elsewhere,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.escalation import Policy
    from bot.domain.outbox import Delivery
    from bot.domain.rollout import Rollout
    from bot.operations.circumstances import Circumstances
    from bot.ports import Transaction

SEVERITIES = {
    Happened.ROLLED_BACK: Severity.HIGH,
    Happened.WENT_BACK: Severity.HIGH,
    Happened.PAGE: Severity.HIGH,
    Happened.HELD: Severity.MEDIUM,
}
"""How bad it is when the engine acts by itself: what a guardrail took back matters more than what waits."""

_SAID = {
    Happened.ROLLED_BACK: "was rolled back by itself",
    Happened.WENT_BACK: "went back one step by itself",
    Happened.PAGE: "needs a look",
    Happened.HELD: "is held",
}


def put(
    tx: Transaction, circumstances: Circumstances, policy: Policy, trouble: Trouble, now: datetime, *, by: str
) -> tuple[Page, bool]:
    """Raise a page, or count the same trouble once more; say whether it was known."""
    known = tx.pages.with_key(trouble.key) if trouble.key else None
    if known is None:
        raised = raise_page(tx.pages.next_id(), trouble, policy, by, now)
        page = replace(raised, channels=circumstances.reachable(raised.channels))
        tx.pages.add(page)
    else:
        page = again(known, trouble, now)
        tx.pages.save(page, known.version)
    redraw_page(tx, page, now)
    if page.severity is Severity.CRITICAL and (known is None or known.severity is not Severity.CRITICAL):
        look_again(tx, circumstances, now)
    return page, known is not None


def alarm(
    tx: Transaction, circumstances: Circumstances, rollout: Rollout, happened: Happened, now: datetime, *, because: str
) -> None:
    """Page about what the engine did to a rollout, where its plan names a policy that the team has."""
    if happened in SEVERITIES:
        text = f"{rollout.name} {rollout.plan.title} {_SAID[happened]} at “{rollout.current.name}”: {because}"
        _raise(tx, circumstances, rollout, Trouble(SEVERITIES[happened], text, card_subject(rollout.id)), now)


def alarm_of_failure(tx: Transaction, circumstances: Circumstances, failed: Delivery, now: datetime) -> None:
    """Page about a message that did not arrive; where it was itself one that pages somebody, try the next level."""
    if failed.subject.startswith(SUBJECT):
        _page_lost(tx, failed, now)
    elif failed.subject.startswith(ROLLOUT) and failed.platform != PAGERDUTY_CHANGES:
        rollout = tx.rollouts.get(int(failed.subject.removeprefix(ROLLOUT)))
        if rollout is not None:
            text = undelivered.render(failed).summary
            key = f"undelivered:{failed.platform}:{failed.channel}"
            _raise(tx, circumstances, rollout, Trouble(Severity.MEDIUM, text, key), now)


def page_facts(page: Page) -> Facts:
    """Return what the audit log keeps of a page's state."""
    return {
        "state": str(page.state),
        "severity": str(page.severity),
        "level": page.level,
        "epoch": page.epoch,
        "policy": page.policy.name,
        "says": page.text,
    }


def _raise(tx: Transaction, circumstances: Circumstances, rollout: Rollout, trouble: Trouble, now: datetime) -> None:
    policy = circumstances.team().escalation.get(rollout.plan.escalation)
    if policy is None:
        return
    subject = card_subject(rollout.id)
    # Without channels of the policy's own the page stands beside the rollout's card.
    own = circumstances.reachable(policy.channels)
    whole = replace(trouble, subject=subject, channels=() if own else rollout.channels)
    page, known = put(tx, circumstances, policy, whole, now, by=SYSTEM_NAME)
    if not known:
        reason = f"{subject}: {trouble.text}"
        event = Event(Action.PAGE_RAISE, Outcome.ACCEPTED, page_subject(page.id), "", reason, None, page_facts(page))
        tx.audit.append(event, system_actor(f"{page_subject(page.id)}:{page.version}"), now)


def _page_lost(tx: Transaction, failed: Delivery, now: datetime) -> None:
    page = tx.pages.get(page_number(failed.subject))
    if page is None or not page.unresolved:
        return
    there = ChannelName(failed.platform, failed.channel)
    tell_elsewhere(tx, page, undelivered.render(failed), now, but=there)
    if failed.key.startswith(PAGING):
        round_ = int(failed.key.removeprefix(PAGING).split(":")[1])
        ways = {it.way for it in page.reached if it.round == round_ and channel_of(it.way) == there}
        after = page
        for way in ways:
            after = lost(after, way, round_, failed.error, now)
        if after is not page:
            tx.pages.save(after, page.version)
            redraw_page(tx, after, now)
