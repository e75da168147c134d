"""Announcements, what was known when they were decided on, and who asked to hear of what."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from bot.domain.announcement import Announcement, AnnouncementState, Destination, Subscription
from bot.domain.announcing import Seen
from bot.domain.moments import Occasion
from bot.domain.rollout import Status
from bot.domain.status_page import STATUS_PAGE
from bot.storage.announcement_tables import announcements, announcing, subscriptions
from bot.storage.documents import message_from_text, message_to_text
from bot.storage.prepared import Prepared
from bot.storage.rows import to_json, words_from_text, words_to_text
from bot.storage.statements import insert_unless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

_OF = announcing.c.rollout == bindparam("of")
_HEED = Prepared(update(announcing).where(_OF, announcing.c.mark != bindparam("mark_now")).values(
    wake_at=bindparam("at"), mark=bindparam("mark_now")
))  # fmt: skip
_FIRST = Prepared(
    insert_unless(
        announcing, announcing.c.rollout == bindparam("rollout"), columns=("rollout", "wake_at", "mark", "seen")
    )
)
_TO_LOOK = Prepared(
    select(announcing.c.rollout)
    .where(announcing.c.wake_at <= bindparam("now"))
    .order_by(announcing.c.wake_at)
    .limit(bindparam("most"))
)
_NEXT_LOOK = Prepared(select(func.min(announcing.c.wake_at)).where(announcing.c.wake_at.is_not(None)))
_SEEN = Prepared(select(announcing.c.seen).where(_OF))
_NOTE = Prepared(update(announcing).where(_OF).values(wake_at=None, seen=bindparam("seen_now")))
_LATER = Prepared(update(announcing).where(_OF).values(wake_at=bindparam("at")))

_NEW = tuple(column.name for column in announcements.c if column.name != "id")
_ADD = Prepared(insert_unless(announcements, announcements.c.key == bindparam("key"), columns=_NEW))
_ALL = select(announcements)
_GET = Prepared(_ALL.where(announcements.c.id == bindparam("of")))
_DUE = Prepared(
    _ALL.where(announcements.c.due_at <= bindparam("now"))
    .order_by(announcements.c.due_at, announcements.c.id)
    .limit(bindparam("most"))
)
_NEXT_DUE = Prepared(select(func.min(announcements.c.due_at)).where(announcements.c.due_at.is_not(None)))
_OF_SUBJECT = Prepared(
    _ALL.where(announcements.c.subject == bindparam("of")).order_by(announcements.c.id.desc()).limit(bindparam("most"))
)
_PUBLISHED = Prepared(
    _ALL.where(announcements.c.destinations.contains(f'["{STATUS_PAGE}"', autoescape=True))
    .order_by(announcements.c.id.desc())
    .limit(bindparam("most"))
)
_NEWEST = Prepared(_ALL.order_by(announcements.c.id.desc()).limit(bindparam("most")))
_CHANGING = ("happened_at", "subject", "due_at", "state", "note", "destinations", "message", "hold", "by")
_SAVE = Prepared(
    update(announcements)
    .where(announcements.c.id == bindparam("of"))
    .values({it: bindparam(f"{it}_now") for it in _CHANGING})
)

_SUBSCRIBE = Prepared(insert(subscriptions))
_SUBSCRIPTIONS = Prepared(select(subscriptions).order_by(subscriptions.c.id))
_UNSUBSCRIBE = Prepared(delete(subscriptions).where(subscriptions.c.id == bindparam("of")))


class SqlAnnouncementRepository:
    """Announcements in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def heed(self, rollout_id: int, mark: str, at: datetime) -> None:
        if _HEED.run(self._connection, {"of": rollout_id, "mark_now": mark, "at": at}).rowcount == 0:
            _FIRST.run(self._connection, {"rollout": rollout_id, "wake_at": at, "mark": mark, "seen": None})

    def to_look_at(self, now: datetime, limit: int) -> Sequence[int]:
        return list(_TO_LOOK.run(self._connection, {"now": now, "most": limit}).scalars())

    def look_later(self, rollout_id: int, at: datetime) -> None:
        _LATER.run(self._connection, {"of": rollout_id, "at": at})

    def next_due(self) -> datetime | None:
        found = [it.run(self._connection).scalar_one() for it in (_NEXT_LOOK, _NEXT_DUE)]
        return min((it for it in found if it is not None), default=None)

    def seen(self, rollout_id: int) -> Seen | None:
        text = _SEEN.run(self._connection, {"of": rollout_id}).scalar()
        return None if text is None else _seen(json.loads(text))

    def note(self, rollout_id: int, seen: Seen) -> None:
        _NOTE.run(self._connection, {"of": rollout_id, "seen_now": _seen_text(seen)})

    def add(self, announcement: Announcement) -> bool:
        return _ADD.run(self._connection, _values(announcement)).rowcount == 1

    def get(self, number: int) -> Announcement | None:
        return next(iter(self._found(_GET, {"of": number})), None)

    def due(self, now: datetime, limit: int) -> Sequence[Announcement]:
        return self._found(_DUE, {"now": now, "most": limit})

    def save(self, announcement: Announcement) -> None:
        values = _values(announcement)
        _SAVE.run(self._connection, {"of": announcement.id, **{f"{it}_now": values[it] for it in _CHANGING}})

    def of_subject(self, subject: str, limit: int = 200) -> Sequence[Announcement]:
        return self._found(_OF_SUBJECT, {"of": subject, "most": limit})

    def recent(self, limit: int) -> Sequence[Announcement]:
        return self._found(_NEWEST, {"most": limit})

    def published(self, limit: int) -> Sequence[Announcement]:
        return self._found(_PUBLISHED, {"most": limit})

    def _found(self, statement: Prepared, values: dict[str, object]) -> list[Announcement]:
        return [_announcement(row) for row in statement.run(self._connection, values)]


class SqlSubscriptionRepository:
    """Subscriptions in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[Subscription]:
        return [Subscription(**row._asdict()) for row in _SUBSCRIPTIONS.run(self._connection)]

    def add(self, subscription: Subscription) -> None:
        names = ("platform", "channel", "by", "since", "flag", "plan", "environment", "kind")
        _SUBSCRIBE.run(self._connection, {name: getattr(subscription, name) for name in names})

    def remove(self, number: int) -> None:
        _UNSUBSCRIBE.run(self._connection, {"of": number})


def _seen_text(seen: Seen) -> str:
    return to_json(
        {
            "status": seen.status.value,
            "arrived": seen.arrived,
            "step": seen.step,
            "phase": seen.phase,
            "failed": list(seen.failed),
            "problem": seen.problem,
            "level": seen.level,
        }
    )


def _seen(found: dict[str, Any]) -> Seen:
    return Seen(**{**found, "status": Status(found["status"]), "failed": tuple(found["failed"])})


def _values(it: Announcement) -> dict[str, Any]:
    return {
        **{name: getattr(it, name) for name in ("key", "subject", "plan", "when", "say", "step", "by", "hold", "note")},
        **{name: getattr(it, name) for name in ("subscribers", "created_at", "happened_at", "due_at")},
        "to": words_to_text(it.to),
        "facts": to_json([list(pair) for pair in it.facts]),
        "occasion": it.occasion.value if it.occasion is not None else None,
        "state": it.state.value,
        "destinations": to_json([_destination_written(to) for to in it.destinations]),
        "message": None if it.message is None else message_to_text(it.message),
    }


def _announcement(row: Row[Any]) -> Announcement:
    kept = ("id", "key", "subject", "plan", "when", "say", "step", "by", "hold", "note")
    moments = ("subscribers", "created_at", "happened_at", "due_at")
    found = row._asdict()
    return Announcement(
        **{name: found[name] for name in (*kept, *moments)},
        to=words_from_text(row.to),
        facts=tuple((name, value) for name, value in json.loads(row.facts)),
        occasion=None if row.occasion is None else Occasion(row.occasion),
        state=AnnouncementState(row.state),
        destinations=tuple(map(_destination, json.loads(row.destinations))),
        message=None if row.message is None else message_from_text(row.message),
    )


def _destination_written(to: Destination) -> list[str]:
    written = [to.platform, to.channel, to.audience, to.key]
    return written if to.said_at is None else [*written, to.said_at.isoformat()]


def _destination(written: list[str]) -> Destination:
    said_at = datetime.fromisoformat(written[4]) if len(written) > 4 else None  # noqa: PLR2004  # What has been told since.
    return Destination(written[0], written[1], written[2], written[3], said_at)
