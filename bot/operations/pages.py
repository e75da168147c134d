"""What people do with pages: raise them, answer them, look at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain import page as pages
from bot.domain.audit import Action
from bot.domain.errors import NotAllowed, NotFound, Refused, WhichOne
from bot.domain.escalation import Severity
from bot.domain.page import Act, Page, Trouble
from bot.domain.plan import ChannelName
from bot.domain.reach import DIRECT
from bot.domain.team import LOCAL
from bot.domain.team_access import person_named
from bot.operations.alarms import page_facts, put
from bot.operations.channels import named_rollout, rollout_here
from bot.operations.notices import card_subject, look_again
from bot.operations.page_notices import about, page_subject, redraw_page, tell_answer
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from bot.domain.actor import Actor
    from bot.domain.escalation import Policy
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.operations.circumstances import Circumstances
    from bot.ports import Transaction


LONGEST_KEY = 100
"""Characters of the name under which people report the same trouble."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A page that somebody raised, and whether it was open already."""

    page: Page
    known: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A page with the rollout that it is about, and whether its policy is another one by now."""

    page: Page
    rollout: Rollout | None
    policy_changed: bool


@dataclass(frozen=True, slots=True)
class Answering:
    """Which page somebody answers, and for which state the pressed button was drawn; None where that was left open."""

    page: int | None = None
    epoch: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """Everything a person can do with pages."""

    verbs: Verbs
    circumstances: Circumstances
    team: Callable[[], Team]

    async def open(
        self,
        actor: Actor,
        severity: Severity,
        text: str,
        *,
        policy: str = "",
        key: str = "",
        rollout: int | None = None,
    ) -> Raised:
        """Raise a page, about the rollout that was named or that this channel is about.

        It goes the way of the named policy, else that of the rollout's plan, else the only one. Raises NotAllowed,
        NotFound, or WhichOne with several policies.
        """

        def work(tx: Transaction, now: datetime) -> Done[Raised]:
            self._require_listed(actor)
            subject = _rollout(tx, actor, rollout)
            chosen = self._policy(policy or (subject.plan.escalation if subject is not None else ""))
            about_ = card_subject(subject.id) if subject is not None else ""
            trouble = Trouble(
                severity, text, key and f"by-hand:{key[:LONGEST_KEY]}", about_, self._channels(actor, chosen, subject)
            )
            page, known = put(tx, self.circumstances, chosen, trouble, now, by=actor.person)
            return Done(Raised(page, known), None, page_facts(page), subject=page_subject(page.id))

        return await self.verbs.do(actor, Attempt(Action.PAGE_RAISE, "page:new", reason=text), work)

    async def acknowledge(self, actor: Actor, which: Answering) -> Page:
        """Take a page on: nobody else is paged unless it is not resolved in time. Raises Stale, Refused, WhichOne."""
        return await self._answer(actor, which, Action.PAGE_ACKNOWLEDGE, pages.acknowledge)

    async def resolve(self, actor: Actor, which: Answering) -> Page:
        """End a page. What a rollout waits for beside it stays as it is: nothing is resumed."""
        return await self._answer(actor, which, Action.PAGE_RESOLVE, pages.resolve)

    async def snooze(self, actor: Actor, which: Answering, lasts: timedelta) -> Page:
        """Let a page rest for a while."""

        def move(page: Page, act: Act) -> Page:
            return pages.snooze(page, act, lasts)

        return await self._answer(actor, which, Action.PAGE_SNOOZE, move)

    async def reassign(self, actor: Actor, which: Answering, to: str) -> Page:
        """Give a page to one listed person, who is paged at once. Raises NotFound."""
        person = person_named(self.team(), actor.platform, to).name

        def move(page: Page, act: Act) -> Page:
            return pages.reassign(page, act, person)

        return await self._answer(actor, which, Action.PAGE_REASSIGN, move)

    async def unresolved(self) -> Sequence[Page]:
        """Return every page that still wants something."""
        return await self.verbs.store.read(lambda tx: tx.pages.unresolved())

    async def recent(self, limit: int = 20) -> Sequence[Page]:
        """Return the newest pages, resolved ones too."""
        return await self.verbs.store.read(lambda tx: tx.pages.recent(limit))

    async def show(self, number: int | None = None) -> Shown:
        """Return a page, or the only one that is open."""

        def work(tx: Transaction) -> Shown:
            page = _meant(tx, number)
            now_in_force = self.team().escalation.get(page.policy.name)
            return Shown(page, about(tx, page), now_in_force != page.policy)

        return await self.verbs.store.read(work)

    async def draw_anew(self, number: int) -> None:
        """Have a page's live messages drawn anew, for somebody who pressed what stands there no more."""

        def work(tx: Transaction) -> None:
            page = tx.pages.get(number)
            if page is not None:
                redraw_page(tx, page, self.verbs.clock.now())

        await self.verbs.store.write(work)
        self.verbs.poke()

    def policies(self) -> Sequence[Policy]:
        """Return the policies of the team file."""
        return tuple(self.team().escalation.values())

    async def _answer(self, actor: Actor, which: Answering, action: Action, move: Callable[[Page, Act], Page]) -> Page:
        def work(tx: Transaction, now: datetime) -> Done[Page]:
            self._require_listed(actor)
            before = _meant(tx, which.page)
            after = move(before, Act(actor.person, now, which.reason, which.epoch))
            tx.pages.save(after, before.version)
            redraw_page(tx, after, now)
            tell_answer(tx, after, actor, now)
            if after.severity is Severity.CRITICAL and not after.unresolved:
                look_again(tx, self.circumstances, now)
            return Done(after, page_facts(before), page_facts(after), subject=page_subject(after.id))

        subject = page_subject(which.page) if which.page is not None else "page:"
        return await self.verbs.do(actor, Attempt(action, subject, reason=which.reason), work)

    def _require_listed(self, actor: Actor) -> None:
        """Pages wake people up, so that whoever raises or answers one must be somebody whom the team knows."""
        if actor.platform != LOCAL and not any(it.name == actor.person for it in self.team().people):
            raise NotAllowed(
                "Only people whom the team file lists may raise and answer pages.",
                "/access link ties you to your name there",
                "/rollout problem TEXT is open to everybody",
            )

    def _policy(self, name: str) -> Policy:
        known = self.team().escalation
        if name in known:
            return known[name]
        if name:
            hint = f"There are: {', '.join(known)}." if known else "docs/team.md says how to write one"
            raise NotFound(f"{self.team().lacks} escalation policy “{name}”.", hint)
        if len(known) == 1:
            return next(iter(known.values()))
        if known:
            raise WhichOne(
                "Which escalation policy?",
                tuple((it, f"--policy {it}") for it in known),
                "/escalate high --policy NAME TEXT",
            )
        raise Refused(f"{self.team().lacks} escalation policy: nobody could be paged.", "docs/team.md: Escalation")

    def _channels(self, actor: Actor, policy: Policy, rollout: Rollout | None) -> tuple[ChannelName, ...]:
        """Return where the page stands beside its policy's channels: where it was raised, and by the rollout's card."""
        here = ChannelName(actor.platform, actor.channel)
        mine = () if actor.channel.startswith(DIRECT) or actor.platform not in self.verbs.platforms else (here,)
        own = self.circumstances.reachable(policy.channels)
        others = rollout.channels if rollout is not None and not own else ()
        return tuple(dict.fromkeys((*others, *mine)))


def _rollout(tx: Transaction, actor: Actor, number: int | None) -> Rollout | None:
    """Return the rollout that was named, or the one that this channel is about, if that is one."""
    if number is not None:
        return named_rollout(tx, number)
    try:
        return rollout_here(tx, actor)
    except (NotFound, WhichOne):
        return None


def _meant(tx: Transaction, number: int | None) -> Page:
    """Return the page that was named, or the only unresolved one. Raises NotFound, or WhichOne with several."""
    if number is not None:
        found = tx.pages.get(number)
        if found is None:
            raise NotFound(f"There is no page {number}.", "/escalate list")
        return found
    open_ = tx.pages.unresolved()
    if len(open_) == 1:
        return open_[0]
    if not open_:
        raise NotFound("No page is open.", "/escalate list --all")
    choices = tuple((f"{it.id} {it.text}"[:70], f"--page {it.id}") for it in open_[-5:])
    raise WhichOne(f"{len(open_)} pages are open. Which one?", choices)
