"""What the status page shows: the announcements that were published there, with how their rollouts stand now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.status_page import (
    SHOWN,
    SHOWN_FOR,
    Course,
    Published,
    course_of,
    planned_course,
    published,
    title_of,
)
from bot.operations.notices import SUBJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.announcement import Announcement
    from bot.ports import Store, Transaction

LOOKED_AT = 3 * SHOWN
"""So many of the newest are read: what was told long after it was decided on is further down, by its number."""


@dataclass(frozen=True, slots=True)
class StatusFeed:
    """Reads the page's content."""

    store: Store

    async def courses(self, now: datetime) -> tuple[Course, ...]:
        """Return every rollout of which something was published lately; what was told last comes first.

        Raises Unavailable.
        """
        return await self.store.read(lambda tx: _courses(tx, now))


def _courses(tx: Transaction, now: datetime) -> tuple[Course, ...]:
    found = [(it, told) for it in tx.announcements.published(LOOKED_AT) if (told := published(it)) is not None]
    recent = [(it, told) for it, told in found if told.at > now - SHOWN_FOR]
    recent.sort(key=lambda pair: (pair[1].at, pair[0].id), reverse=True)
    by_subject: dict[str, list[tuple[Announcement, Published]]] = {}
    for it, told in recent[:SHOWN]:
        by_subject.setdefault(it.subject, []).append((it, told))
    return tuple(_course(tx, subject, pairs, now) for subject, pairs in by_subject.items())


def _course(tx: Transaction, subject: str, pairs: Sequence[tuple[Announcement, Published]], now: datetime) -> Course:
    told = tuple(it for _, it in pairs)
    rollout = tx.rollouts.get(int(subject.removeprefix(SUBJECT))) if subject.startswith(SUBJECT) else None
    if rollout is not None:
        return course_of(rollout, told)
    newest = next(iter(tx.announcements.of_subject(subject, 1)), None)
    said = pairs[0][0]
    title = title_of(said.message) if said.message is not None else said.plan
    return planned_course(title, told, _starts(said), _starts(newest), now)


def _starts(said: Announcement | None) -> datetime | None:
    """Return when the start is planned that an announcement comes ahead of."""
    written = dict(said.facts).get("starts_at", "") if said is not None else ""
    return datetime.fromisoformat(written) if written else None
