"""Pages: alerts that want an answer, and what people's answers make of them.

The clock of a page runs while it is open. An acknowledgement or a snooze stops it; when either is over without a
resolution it goes on at the same level. Every answer, and every time an answer is void, grows `epoch` by one: a button
carries the one it was drawn for, and a late press does nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.errors import Refused, Stale
from bot.domain.escalation import SLOWLY, Policy, Severity
from bot.domain.plan import ChannelName

LONGEST_SNOOZE = timedelta(days=7)

REMINDED_AFTER = 0.8
"""The share of the time of an acknowledgement after which whoever gave it is told that it ends."""


class PageState(StrEnum):
    """Whether somebody has to be reached."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class WayKind(StrEnum):
    """How somebody or something is reached."""

    DIRECT = "direct"
    CHANNEL = "channel"
    EMAIL = "email"
    PAGERDUTY = "pagerduty"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach a person (by direct message: `to` is the platform's id) or a place (a channel, an address)."""

    kind: WayKind
    to: str
    platform: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """One message to one way: at which level, in which round, when, how late, and why it did not arrive, if so."""

    level: int
    round: int
    way: Way
    at: datetime
    late: timedelta = timedelta(0)
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A level at which nobody could be reached, and why."""

    level: int
    round: int
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody did about a page, and when."""

    what: str
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One alert with its policy as it was when the page was raised.

    `key` recognises the same trouble among open pages. `level` is the last one that was gone to (0: none yet), `anchor`
    the moment from which the levels' times count, `round` grows with every repetition, so that whoever is reached
    again in a new round is reached once in it. `due_at` is when somebody must look at it next; None once it is resolved.
    `until` is when an acknowledgement or a snooze is over, `reminded` whether whoever acknowledged was told that it ends.
    `version` grows with every change, `epoch` with every answer. `times` counts how often the same trouble was reported.
    Of alerts of another system, `firing` counts those that go on and `since` is when the newest of them began.
    """

    id: int
    key: str
    severity: Severity
    text: str
    policy: Policy
    opened_at: datetime
    opened_by: str
    anchor: datetime
    subject: str = ""
    channels: tuple[ChannelName, ...] = ()
    state: PageState = PageState.OPEN
    epoch: int = 1
    version: int = 1
    level: int = 0
    round: int = 1
    repeats: int = 0
    times: int = 1
    due_at: datetime | None = None
    until: datetime | None = None
    assigned: str = ""
    reminded: bool = False
    reached: tuple[Reached, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    answers: tuple[Answer, ...] = ()
    firing: int = 0
    since: datetime | None = None

    @property
    def name(self) -> str:
        """Return what people call it: `page 12`."""
        return f"page {self.id}"

    @property
    def unresolved(self) -> bool:
        """Say whether it still wants something of somebody."""
        return self.state is not PageState.RESOLVED

    @property
    def calm(self) -> bool:
        """Say whether somebody is on it, and what was reported by another system is over."""
        return self.state is PageState.ACKNOWLEDGED and self.since is not None and not self.firing

    @property
    def answered_by(self) -> str:
        """Return who gave the last answer, or nothing."""
        return self.answers[-1].by if self.answers else ""

    @property
    def rollout(self) -> int | None:
        """Return the rollout that it is about, or None."""
        kind, _, number = self.subject.partition(":")
        return int(number) if kind == "rollout" else None

    def took(self, what: str) -> timedelta | None:
        """Return how long it took until somebody first did `what`; None while nobody has."""
        return next((it.at - self.opened_at for it in self.answers if it.what == what), None)


_DEDUP = "rollcall-page-"
_NUMBERED = re.compile(rf"{_DEDUP}([0-9]{{1,9}})")


def dedup_key(page: Page) -> str:
    """Return the name by which other systems know a page; the same in every process and after every restart."""
    return f"{_DEDUP}{page.id}"


def page_of_dedup_key(key: str) -> int | None:
    """Return the number of the page that such a name means, or None for a name that is not ours."""
    found = _NUMBERED.fullmatch(key)
    return int(found[1]) if found else None


ACKNOWLEDGED, RESOLVED, SNOOZED, REASSIGNED, LAPSED = "acknowledged", "resolved", "snoozed", "reassigned", "lapsed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a page is raised about; without a `key` it is like no other trouble."""

    severity: Severity
    text: str
    key: str = ""
    subject: str = ""
    channels: tuple[ChannelName, ...] = ()
    firing: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Who answers, when and why; `epoch` is the state that the pressed button was drawn for."""

    by: str
    now: datetime
    reason: str = ""
    epoch: int | None = None

    def answer(self, what: str, said: str = "") -> Answer:
        """Return it as an answer."""
        return Answer(what, self.by, self.now, said or self.reason)


def raise_page(number: int, trouble: Trouble, policy: Policy, by: str, now: datetime) -> Page:
    """Return a new page, whose first level is due at once."""
    return Page(
        id=number,
        key=trouble.key or f"page:{number}",
        severity=trouble.severity,
        text=trouble.text,
        policy=policy,
        opened_at=now,
        opened_by=by,
        anchor=now,
        subject=trouble.subject,
        channels=tuple(dict.fromkeys((*policy.channels, *trouble.channels))),
        due_at=now,
        firing=trouble.firing,
        since=trouble.since,
    )


def again(page: Page, trouble: Trouble, now: datetime) -> Page:
    """Return the page once the same trouble was reported again: what is worse now goes its own way through the levels."""
    worse = trouble.severity.rank > page.severity.rank
    severity = trouble.severity if worse else page.severity
    newest = max((it for it in (page.since, trouble.since) if it is not None), default=None)
    after = replace(
        page, times=page.times + 1, text=trouble.text, severity=severity, firing=trouble.firing, since=newest
    )
    if page.calm and trouble.firing and page.until is not None:
        # Whoever took it on has the usual time again, and not the long one of a trouble that seemed to be over.
        after = _resting(after, min(page.until, now + page.policy.acknowledged_for), now)
    if worse and page.state is PageState.OPEN and page.level < len(page.policy.levels_for(severity)):
        after = replace(after, due_at=now)
    return _changed(after)


def acknowledge(page: Page, act: Act) -> Page:
    """Stop the clock: somebody is on it. Raises Stale for a late press, Refused where it is over or somebody else's."""
    _require(page, act.epoch)
    if page.state is PageState.ACKNOWLEDGED:
        who = "You are" if page.answered_by == act.by else f"{page.answered_by} is"
        raise Refused(f"{who} on {page.name} already.", f"/escalate resolve {page.id}")
    until = act.now + page.policy.acknowledged_for
    return _resting(_answered(page, PageState.ACKNOWLEDGED, act.answer(ACKNOWLEDGED), until), until, act.now)


def resolve(page: Page, act: Act) -> Page:
    """End it. An acknowledgement that came in between does not make a press of Resolve late."""
    beaten = page.state is PageState.ACKNOWLEDGED and act.epoch == page.epoch - 1
    _require(page, None if beaten else act.epoch)
    return _answered(page, PageState.RESOLVED, act.answer(RESOLVED), None)


def calmed(page: Page, now: datetime) -> Page:
    """Note that every alert behind a page is over while somebody is on it, who has a day to say that all is well."""
    until = max(page.until or now, now + SLOWLY)
    return _changed(_resting(replace(page, firing=0), until, now))


def snooze(page: Page, act: Act, lasts: timedelta) -> Page:
    """Let it rest for a while. Raises Refused without a reason, or for longer than a week."""
    _require(page, act.epoch)
    if not act.reason.strip():
        raise Refused("A snooze needs a reason: the others see it.", f"/escalate snooze {page.id} 1h because …")
    if lasts > LONGEST_SNOOZE:
        raise Refused("A page can be snoozed for a week at most.", f"/escalate resolve {page.id}")
    return _answered(page, PageState.SNOOZED, act.answer(SNOOZED), act.now + lasts)


def reassign(page: Page, act: Act, to: str) -> Page:
    """Give it to one person, who is reached at once; without an answer it goes on from the level where it stands."""
    _require(page, act.epoch)
    said = f"to {to}: {act.reason}" if act.reason else f"to {to}"
    return replace(rearmed(page, act.now, act.answer(REASSIGNED, said)), assigned=to)


def lapsed(page: Page, now: datetime, why: str) -> Page:
    """Take an answer as void: the page is open again; what reaches every level at once does so again."""
    after = rearmed(page, now, Answer(LAPSED, page.answered_by, now, why))
    return replace(after, level=0) if page.policy.rule(page.severity).at_once else after


def rearmed(page: Page, now: datetime, answer: Answer) -> Page:
    """Let the clock run again at the level where it stood, whose people are reached anew."""
    levels = page.policy.levels_for(page.severity)
    stood = min(max(page.level, 1), len(levels))
    open_again = replace(
        page,
        state=PageState.OPEN,
        anchor=now - levels[stood - 1].after,
        level=stood - 1,
        round=page.round + 1,
        repeats=0,
        due_at=now,
        until=None,
        reminded=False,
        assigned="",
        answers=(*page.answers, answer),
        epoch=page.epoch + 1,
    )
    return _changed(open_again)


def require_drawn_for(page: Page, epoch: int | None) -> None:
    """Refuse a press of a button that was drawn for an earlier state. Raises Stale with what happened meanwhile."""
    if epoch is not None and epoch != page.epoch:
        last = page.answers[-1] if page.answers else None
        by = f"{last.by} {last.what} it" if last is not None and last.what != LAPSED else "nobody is on it any more"
        raise Stale(f"{page.name} has changed since that button was drawn: {by}. Nothing was done.", "/escalate list")


def _require(page: Page, epoch: int | None) -> None:
    if not page.unresolved:
        last = page.answers[-1]
        raise Stale(f"{last.by} resolved {page.name} already; nothing was done.", "/escalate list")
    require_drawn_for(page, epoch)


def _answered(page: Page, state: PageState, answer: Answer, until: datetime | None) -> Page:
    answers = (*page.answers, answer)
    after = replace(page, state=state, until=until, due_at=until, reminded=False, answers=answers)
    return _changed(replace(after, epoch=page.epoch + 1))


def _resting(page: Page, until: datetime, now: datetime) -> Page:
    """Let it rest until then; whoever acknowledged it is reminded shortly before."""
    reminded_at = now + (until - now) * REMINDED_AFTER if page.state is PageState.ACKNOWLEDGED else until
    return replace(page, until=until, due_at=reminded_at, reminded=False)


def _changed(page: Page) -> Page:
    return replace(page, version=page.version + 1)
