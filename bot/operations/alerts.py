"""What is done about other systems' alerts: a page for each trouble, and a stop for the rollouts that an alert names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.announcements import page_told
from bot.domain.actor import SYSTEM_NAME, system_actor
from bot.domain.audit import Action
from bot.domain.errors import NotAllowed, Refused
from bot.domain.escalation import Severity
from bot.domain.page import Act, Page, PageState, Trouble, calmed, resolve
from bot.domain.progress import next_look
from bot.domain.team import PRODUCTION
from bot.domain.verdicts import trip
from bot.operations.alarms import page_facts, put
from bot.operations.consequences import record_consequence, tell_consequence
from bot.operations.notices import card_subject, look_again, redraw
from bot.operations.page_notices import page_subject, redraw_page, tell_answer, tell_page
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.domain.actor import Actor
    from bot.domain.alert import Alarm, Named
    from bot.domain.audit import Facts
    from bot.domain.escalation import Policy
    from bot.domain.plan import Breach
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.domain.verdicts import Happened
    from bot.operations.circumstances import Circumstances
    from bot.ports import Transaction

OVER = "every alert of it is over"
SUBJECT = "alert:"


@dataclass(frozen=True, slots=True)
class Heard:
    """What an alarm led to: its page, if there is one, what happened to which rollouts, and what was odd about it."""

    page: Page | None = None
    known: bool = False
    stopped: tuple[tuple[int, Happened], ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alerts:
    """Hears other systems' alarms. Each is one transaction, whatever it leads to."""

    verbs: Verbs
    circumstances: Circumstances
    team: Callable[[], Team]

    async def hear(self, actor: Actor, alarm: Alarm, environment: str = "") -> Heard:
        """Page about an alarm and stop the rollouts that it names; an alarm that is over ends its page.

        `environment` is the only one that the sender may speak of; empty means every one. Raises NotAllowed for a
        rollout of another one, and Refused where nobody could be paged and nothing was stopped.
        """

        def work(tx: Transaction, now: datetime) -> Done[Heard]:
            hearing = _Hearing(tx, actor, alarm, now, self.circumstances, self.team())
            return hearing.ended() if alarm.over else hearing.raised(_find(tx, alarm, environment))

        attempt = Attempt(Action.PAGE_RAISE, f"{SUBJECT}{alarm.key}", environment, alarm.text)
        return await self.verbs.do(actor, attempt, work)

    async def would_stop(self, alarm: Alarm, environment: str = "") -> bool:
        """Say whether an alarm would stop a rollout: the way down is open, also to whoever asks too often."""
        if alarm.over or not alarm.names:
            return False
        now = self.verbs.clock.now()

        def work(tx: Transaction) -> bool:
            aims = _find(tx, alarm, environment).aims
            return any(trip(it.rollout, it.wanted, now, alarm.because) is not None for it in aims)

        return await self.verbs.store.read(work)


@dataclass(slots=True)
class _Aim:
    """A rollout that an alarm names, with everything that is wanted of it."""

    rollout: Rollout
    wanted: list[Breach | None]


@dataclass(frozen=True, slots=True)
class _Found:
    """The rollouts that an alarm names, and what it names in vain."""

    aims: tuple[_Aim, ...]
    doubts: tuple[str, ...]

    @property
    def about(self) -> Rollout | None:
        """Return the rollout that the alarm's page is about: one that can be stopped, if there is one."""
        named = [it.rollout for it in self.aims]
        return next((it for it in named if it.active), named[0] if named else None)


@dataclass(frozen=True, slots=True)
class _Hearing:
    """One alarm in one transaction."""

    tx: Transaction
    actor: Actor
    alarm: Alarm
    now: datetime
    circumstances: Circumstances
    team: Team

    @property
    def key(self) -> str:
        """Return the page's key, which is the sender's own: nobody ends another one's pages."""
        return f"{SUBJECT}{self.actor.platform_id}:{self.alarm.key}"

    def raised(self, found: _Found) -> Done[Heard]:
        """Stop what is named first: whether somebody can be paged about it does not keep it from being stopped."""
        stopped = tuple(self._stopped(found))
        policy, doubts = self._policy(found.about)
        heard = Heard(stopped=stopped, doubts=(*found.doubts, *doubts))
        if policy is not None:
            return self._paged(heard, policy, found.about)
        if not stopped:
            raise Refused(heard.doubts[-1], "docs/team.md: Escalation")
        return Done(heard, None, self._facts(heard), action=Action.ALERT_HEAR)

    def _stopped(self, found: _Found) -> Iterator[tuple[int, Happened]]:
        for aim in found.aims:
            consequence = trip(aim.rollout, aim.wanted, self.now, self.alarm.because)
            if consequence is not None:
                after = consequence.rollout
                around = self.circumstances.of(self.tx, after, self.now)
                self.tx.rollouts.save(after, next_look(after, self.now, around))
                record_consequence(self.tx, aim.rollout, consequence, system_actor(self.actor.request_id), self.now)
                tell_consequence(self.tx, consequence, self.now)
                redraw(self.tx, after, self.now)
                yield after.id, consequence.happened

    def _policy(self, about: Rollout | None) -> tuple[Policy | None, tuple[str, ...]]:
        """Return whom it reaches: as it says, as its rollout's plan or the team file says, or the only way there is."""
        known, asked = self.team.escalation, self.alarm.policy
        doubts: tuple[str, ...] = ()
        if asked and asked not in known:
            doubts = (f"The team file has no escalation policy “{asked}”.",)
        wanted = (asked, about.plan.escalation if about is not None else "", self.team.hooks.policy)
        only = tuple(known) if len(known) == 1 else ()
        found = next((known[it] for it in (*wanted, *only) if it in known), None)
        if found is None:
            lacks = "several escalation policies, none of them for alerts" if known else "no escalation policy"
            doubts += (f"Nobody could be paged: the team file has {lacks}.",)
        return found, doubts

    def _paged(self, heard: Heard, policy: Policy, about: Rollout | None) -> Done[Heard]:
        alarm, own = self.alarm, self.circumstances.reachable(policy.channels)
        trouble = Trouble(
            self.team.hooks.severity(alarm.severities),
            alarm.text,
            self.key,
            card_subject(about.id) if about is not None else "",
            () if own or about is None else about.channels,
            alarm.firing,
            alarm.since,
        )
        before = self.tx.pages.with_key(self.key)
        by = self.actor.person if alarm.sender == self.actor.person else f"{alarm.sender} ({self.actor.person})"
        page, known = put(self.tx, self.circumstances, policy, trouble, self.now, by=by)
        if known and alarm.ended:
            said = page_told.render_partly_over(page, alarm.ended)
            tell_page(self.tx, page, said, f"partly:{page.version}", self.now)
        heard = replace(heard, page=page, known=known)
        was = page_facts(before) if before is not None else None
        return Done(heard, was, {**page_facts(page), **self._facts(heard)}, subject=page_subject(page.id))

    def ended(self) -> Done[Heard]:
        """End the page of a trouble that is over; whoever took it on keeps it, and is told."""
        page = self.tx.pages.with_key(self.key)
        doubt = _why_not_over(page, self.alarm)
        if page is None or doubt:
            heard = Heard(page, known=page is not None, doubts=(*self.alarm.doubts, doubt))
            subject = page_subject(page.id) if page is not None else ""
            return Done(heard, None, self._facts(heard), subject, action=Action.ALERT_HEAR, stirs=False)
        taken = page.state is PageState.ACKNOWLEDGED
        after = self._calmed(page) if taken else self._resolved(page)
        redraw_page(self.tx, after, self.now)
        heard = Heard(after, known=True, doubts=self.alarm.doubts)
        return Done(
            heard,
            page_facts(page),
            {**page_facts(after), **self._facts(heard)},
            subject=page_subject(page.id),
            action=Action.ALERT_HEAR if taken else Action.PAGE_RESOLVE,
        )

    def _calmed(self, page: Page) -> Page:
        after = page if page.calm else calmed(page, self.now)
        if after is not page:
            self.tx.pages.save(after, page.version)
        tell_page(self.tx, after, page_told.render_over(after), f"over:{page.epoch}:{page.times}", self.now)
        return after

    def _resolved(self, page: Page) -> Page:
        after = resolve(replace(page, firing=0), Act(SYSTEM_NAME, self.now, OVER))
        self.tx.pages.save(after, page.version)
        tell_answer(self.tx, after, self.actor, self.now)
        if after.severity is Severity.CRITICAL:
            look_again(self.tx, self.circumstances, self.now)
        return after

    def _facts(self, heard: Heard) -> Facts:
        """Return what the audit log keeps of an alarm beside its page."""
        return {
            "alarm": self.alarm.text,
            "sender": self.alarm.sender,
            "firing": self.alarm.firing,
            "ended": self.alarm.ended,
            "unseen": self.alarm.unseen,
            "stopped": {f"#{number}": str(happened) for number, happened in heard.stopped},
            "doubts": list(heard.doubts),
        }


def _why_not_over(page: Page | None, alarm: Alarm) -> str:
    """Return why news that a trouble is over ends no page; empty where it does."""
    if page is None:
        return "No page is open about it."
    if alarm.unseen:
        return f"{alarm.unseen} alerts of it were left out, so that nobody knows whether they are over."
    if page.since is not None and alarm.since is not None and alarm.since < page.since:
        return "This is old news: it was over before the alert began that the page is about."
    return ""


def _find(tx: Transaction, alarm: Alarm, environment: str) -> _Found:
    """Look up what an alarm names. Raises NotAllowed for what lies in another environment than the sender's."""
    aims: dict[int, _Aim] = {}
    doubts = list(alarm.doubts)
    for names in alarm.names:
        if environment and names.environment not in {"", environment}:
            raise _elsewhere(f"something in {names.environment}", environment)
        rollouts = list(_rollouts(tx, names, environment))
        for rollout in rollouts:
            if environment not in {"", rollout.current.environment}:
                raise _elsewhere(f"{rollout.name} in {rollout.current.environment}", environment)
            aims.setdefault(rollout.id, _Aim(rollout, [])).wanted.append(names.then)
        if not any(it.active for it in rollouts):
            doubts.append(f"{_said(names)} is over." if rollouts else f"No rollout is under way for {_said(names)}.")
    return _Found(tuple(aims.values()), tuple(doubts))


def _rollouts(tx: Transaction, names: Named, environment: str) -> Iterator[Rollout]:
    if names.rollout is not None:
        rollout = tx.rollouts.get(names.rollout)
        if rollout is not None:
            yield rollout
    if names.flag:
        yield from tx.rollouts.of_flag(names.flag, names.environment or environment or PRODUCTION)
    if names.plan:
        for rollout in tx.rollouts.active():
            if rollout.plan.key == names.plan and names.environment in {"", rollout.current.environment}:
                yield rollout


def _elsewhere(what: str, environment: str) -> NotAllowed:
    return NotAllowed(f"This token is for {environment} only, and the alert names {what}.")


def _said(names: Named) -> str:
    if names.rollout is not None:
        return f"#{names.rollout}"
    return f"the flag {names.flag}" if names.flag else f"the plan {names.plan}"
