"""What is done about pages that were answered elsewhere: the same as if somebody had answered here, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain import page as pages
from bot.domain.actor import Actor
from bot.domain.alert import digest, harmless
from bot.domain.audit import Action
from bot.domain.escalation import Severity
from bot.domain.page import Act, PageState
from bot.domain.page_event import OLDEST, SOMEBODY, Answering, PageEvent, went_there
from bot.domain.pager import PAGERDUTY
from bot.operations.alarms import page_facts
from bot.operations.notices import look_again
from bot.operations.page_notices import page_subject, redraw_page, tell_answer
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.page import Page
    from bot.domain.team import Team
    from bot.operations.circumstances import Circumstances
    from bot.ports import Transaction

ACTIONS = {
    Answering.ACKNOWLEDGED: Action.PAGE_ACKNOWLEDGE,
    Answering.RESOLVED: Action.PAGE_RESOLVE,
    Answering.REASSIGNED: Action.PAGE_REASSIGN,
}
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class PageEvents:
    """Hears PagerDuty. What it says is on record with the platform `pagerduty`, so that nothing is sent back there."""

    verbs: Verbs
    circumstances: Circumstances
    team: Callable[[], Team]

    async def hear(self, event: PageEvent) -> str:
        """Answer our page as the incident was answered; return why nothing was done, or an empty text.

        Raises AlreadyDone for an event that was heard before.
        """
        person = event.agent.person(self.team())
        name = person.name if person is not None else SOMEBODY
        actor = Actor(name, PAGERDUTY, harmless(event.agent.id, LONGEST_NAME), "", f"pagerduty:{digest(event.id)}")

        def work(tx: Transaction, now: datetime) -> Done[str]:
            before = tx.pages.get(event.page)
            why = self._why_not(before, event, now)
            if before is None or why:
                facts: dict[str, object] = {"ignored": why, "event": str(event.what)}
                return Done(why, None, facts, action=Action.ALERT_HEAR, stirs=False)
            after = self._answered(before, event, name, now)
            tx.pages.save(after, before.version)
            redraw_page(tx, after, now)
            tell_answer(tx, after, actor, now)
            if after.severity is Severity.CRITICAL and not after.unresolved:
                look_again(tx, self.circumstances, now)
            facts = {**page_facts(after), "agent": harmless(event.agent.name, LONGEST_NAME)}
            return Done("", page_facts(before), facts)

        return await self.verbs.do(actor, Attempt(ACTIONS[event.what], page_subject(event.page)), work)

    def _why_not(self, page: Page | None, event: PageEvent, now: datetime) -> str:
        if now - event.at > OLDEST:
            return "the event is too old"
        if page is None or not went_there(page):
            return "there is no such page that went to PagerDuty"
        if not page.unresolved:
            return "the page is resolved"
        if event.what is Answering.RESOLVED:
            return ""
        if page.answers and page.answers[-1].at > event.at:
            return "the page was answered since"
        if event.what is Answering.ACKNOWLEDGED and page.state is PageState.ACKNOWLEDGED:
            return f"{page.answered_by} is on it already"
        if event.what is Answering.REASSIGNED and self._given_to(event) is None:
            return "it was given to somebody whom the team file does not list"
        return ""

    def _given_to(self, event: PageEvent) -> str | None:
        found = (it.person(self.team()) for it in event.to)
        return next((it.name for it in found if it is not None), None)

    def _answered(self, page: Page, event: PageEvent, name: str, now: datetime) -> Page:
        who = harmless(event.agent.name, LONGEST_NAME)
        act = Act(name, now, f"{who} in PagerDuty" if who and name == SOMEBODY else "in PagerDuty")
        match event.what:
            case Answering.ACKNOWLEDGED:
                return pages.acknowledge(page, act)
            case Answering.RESOLVED:
                return pages.resolve(page, act)
            case Answering.REASSIGNED:
                return pages.reassign(page, act, self._given_to(event) or name)
