"""What is due about a page: a pure function of its state, the time, and who can be reached.

Levels are due at absolute times from the anchor. What was missed while the bot was down is made up for once per level,
marked with how late it is. A level at which nobody can be reached is skipped at once, and the next one is gone to in
its place. Nobody is reached twice by the same way for one level and round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.escalation import SLOWLY, Level, Target, TargetKind
from bot.domain.page import Page, PageState, Reached, Skipped, Way, lapsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ON_TIME = timedelta(minutes=1)
"""What is late by less than this is said to be on time."""

KEPT = 200
"""So many of the newest reaches are kept with a page."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The ways to reach a target now; `missing` says why there is none."""

    ways: tuple[Way, ...] = ()
    missing: str = ""


class NoticeKind(StrEnum):
    """What happened to a page by itself."""

    REACHED = "reached"
    SKIPPED = "skipped"
    NOBODY = "nobody"
    REARMED = "rearmed"
    REMINDED = "reminded"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell: who is to be reached by which ways at which level and round, or what could not be done."""

    kind: NoticeKind
    level: int = 0
    round: int = 0
    ways: tuple[Way, ...] = ()
    why: str = ""
    late: timedelta = timedelta(0)


Decision = tuple[Page, tuple[Notice, ...]]


def decide(page: Page, now: datetime, reach: Callable[[Target], Contact]) -> Decision:
    """Return the page after everything that is due now, and what is to be told because of it."""
    if not page.unresolved or page.due_at is None or now < page.due_at:
        return page, ()
    notices: list[Notice] = []
    if page.state is not PageState.OPEN and page.until is not None and now < page.until:
        return _reminded(page, reach)
    if page.state is not PageState.OPEN:
        why = "nobody resolved it in time" if page.state is PageState.ACKNOWLEDGED else "its snooze is over"
        notices.append(Notice(NoticeKind.REARMED, why=why))
        page = lapsed(page, now, why)
    after, found = _Pass(page, now, reach).run()
    return replace(after, version=after.version + 1), (*notices, *found)


def _reminded(page: Page, reach: Callable[[Target], Contact]) -> Decision:
    """Remind whoever acknowledged, once, that the acknowledgement ends."""
    after = replace(page, reminded=True, due_at=page.until, version=page.version + 1)
    if page.reminded or page.state is not PageState.ACKNOWLEDGED:
        return after, ()
    contact = reach(Target(TargetKind.PERSON, page.answered_by))
    return after, (Notice(NoticeKind.REMINDED, page.level, page.round, contact.ways, contact.missing),)


def lost(page: Page, way: Way, round_: int, why: str, now: datetime) -> Page:
    """Note that a message did not arrive; where nobody else was reached at that level, the next one is due at once."""
    noted = tuple(
        replace(it, lost=why) if (it.way, it.round) == (way, round_) and not it.lost else it for it in page.reached
    )
    if noted == page.reached:
        return page
    after = replace(page, reached=noted, version=page.version + 1)
    if page.state is PageState.OPEN and _reached_nobody(after) and page.level < len(_levels(page)):
        after = replace(after, due_at=now)
    return after


def _reached_nobody(page: Page) -> bool:
    """Say whether every message of the level where it stands was lost."""
    sent = [it for it in page.reached if (it.level, it.round) == (page.level, page.round)]
    return bool(sent) and all(it.lost for it in sent)


class _Pass:
    """One look at an open page."""

    def __init__(self, page: Page, now: datetime, reach: Callable[[Target], Contact]) -> None:
        self.page = page
        self.now = now
        self.reach = reach
        self.levels = _levels(page)
        self.notices: list[Notice] = []
        self.told: set[Way] = set()

    def run(self) -> Decision:
        before = self.page.level
        self._reach_assigned()
        self._go_up()
        if self.page.level == before and before >= len(self.levels):
            self._repeat()
        self.page = replace(self.page, due_at=self._next())
        return self.page, tuple(self.notices)

    def _reach_assigned(self) -> None:
        """Reach the one person whom the page was given to, in place of the level where it stood."""
        if not self.page.assigned:
            return
        level = self.page.level + 1
        contact = self.reach(Target(TargetKind.PERSON, self.page.assigned))
        if contact.ways:
            self._told(level, contact.ways)
            self.page = replace(self.page, level=level)
        else:
            self._skip(level, contact.missing)
        self.page = replace(self.page, assigned="")

    def _go_up(self) -> None:
        """Go to every level that is due; one at which nobody was reached brings the next one forward."""
        early = _reached_nobody(self.page)
        while self.page.level < len(self.levels):
            level = self.levels[self.page.level]
            due = self.page.anchor + level.after
            if due > self.now and not early:
                break
            number = self.page.level + 1
            early = not self._go_to(number, level, max(self.now - due, timedelta(0)))
            self.page = replace(self.page, level=number)
        if early:
            self._lament()

    def _go_to(self, number: int, level: Level, late: timedelta) -> bool:
        ways, missing = self._ways(level.targets)
        if not ways:
            self._skip(number, "; ".join(missing) or "it names nobody")
            return False
        self._told(number, ways, late, "; ".join(missing))
        return True

    def _repeat(self) -> None:
        """Reach the last level again, or the nearest one below it at which somebody can be reached."""
        self.page = replace(self.page, round=self.page.round + 1, repeats=self.page.repeats + 1)
        everybody = tuple(target for level in self.levels for target in level.targets)
        for number in range(len(self.levels), 0, -1):
            at_once = self.page.policy.rule(self.page.severity).at_once
            ways, missing = self._ways(everybody if at_once else self.levels[number - 1].targets)
            if ways:
                late = max(self.now - (self.page.due_at or self.now), timedelta(0))
                self._told(number, ways, late, "; ".join(missing))
                return
        self._lament()

    def _ways(self, targets: Iterable[Target]) -> tuple[tuple[Way, ...], list[str]]:
        contacts = [self.reach(it) for it in targets]
        ways = dict.fromkeys(way for it in contacts for way in it.ways)
        return tuple(ways), [it.missing for it in contacts if not it.ways]

    def _told(self, level: int, ways: tuple[Way, ...], late: timedelta = timedelta(0), missing: str = "") -> None:
        """Note who is reached; whoever was reached in this very look already gets no second message."""
        late = late if late >= ON_TIME else timedelta(0)
        new = tuple(way for way in ways if way not in self.told)
        self.told |= set(ways)
        reached = tuple(Reached(level, self.page.round, way, self.now, late) for way in ways)
        self.page = replace(self.page, reached=(*self.page.reached, *reached)[-KEPT:])
        self.notices.append(Notice(NoticeKind.REACHED, level, self.page.round, new, missing, late))

    def _skip(self, level: int, why: str) -> None:
        skipped = (*self.page.skipped, Skipped(level, self.page.round, self.now, why))
        self.page = replace(self.page, skipped=skipped[-KEPT:])
        self.notices.append(Notice(NoticeKind.SKIPPED, level, self.page.round, why=why))

    def _lament(self) -> None:
        """Say loudly that there is nobody further up, and where nobody at all was reached."""
        if not any(it.round == self.page.round and not it.lost for it in self.page.reached):
            self.notices.append(Notice(NoticeKind.NOBODY, len(self.levels), self.page.round))

    def _next(self) -> datetime:
        """Return when it is due next: the next level's time, or the next repetition of the last one."""
        if self.page.level < len(self.levels):
            return self.page.anchor + self.levels[self.page.level].after
        policy = self.page.policy
        return self.now + (policy.every if self.page.repeats < policy.times else SLOWLY)


def _levels(page: Page) -> tuple[Level, ...]:
    return page.policy.levels_for(page.severity)
