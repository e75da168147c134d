"""The append-only log: entries chained to the head, searched by their columns, walked in order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, or_, select

from bot.domain.audit import Entry, Head, Outcome, chain
from bot.storage.columns import moment_text
from bot.storage.prepared import Prepared
from bot.storage.rows import to_json
from bot.storage.tables import audit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from bot.domain.actor import Actor
    from bot.domain.audit import Action, Event, Facts

PAGE = 500
"""How many entries are in memory at once while the log is walked."""

_HEAD = Prepared(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1))
_APPEND = Prepared(insert(audit))
_GET = Prepared(select(audit).where(audit.c.seq == bindparam("of")))
_PAGE = Prepared(select(audit).where(audit.c.seq >= bindparam("start")).order_by(audit.c.seq).limit(PAGE))
_NEWEST = select(audit).order_by(audit.c.seq.desc())
_SEARCHED = tuple(column for column in audit.c if column.name not in {"seq", "body", "hash"})


class SqlAuditRepository:
    """The log in the database, which itself refuses to change or delete an entry."""

    def __init__(self, connection: Connection, known_head: Head | None = None) -> None:
        self._connection = connection
        self.known_head = known_head

    def append(self, event: Event, actor: Actor, at: datetime) -> Entry:
        entry = chain(self.head(), event, actor, at)
        _APPEND.run(self._connection, _values(entry))
        self.known_head = Head(entry.seq, entry.hash)
        return entry

    def head(self) -> Head:
        if self.known_head is None:
            row = _HEAD.run(self._connection).first()
            self.known_head = Head() if row is None else Head(*row)
        return self.known_head

    def get(self, seq: int) -> Entry | None:
        row = _GET.run(self._connection, {"of": seq}).first()
        return None if row is None else _entry(row)

    def search(self, *, words: Sequence[str] = (), subject: str | None = None, limit: int = 20) -> Sequence[Entry]:
        statement = _NEWEST.where(*(_holds(word) for word in words)).limit(limit)
        if subject is not None:
            statement = statement.where(audit.c.subject == subject)
        return [_entry(row) for row in self._connection.execute(statement)]

    def moments(
        self,
        actions: Collection[Action],
        since: datetime,
        *,
        person: str = "",
        platform: str = "",
        channel: str = "",
        outcome: str = Outcome.ACCEPTED,
    ) -> Sequence[datetime]:
        wanted = {"person": person, "platform": platform, "channel": channel}
        statement = select(audit.c.at).where(
            audit.c.at >= moment_text(since),
            audit.c.action.in_([str(action) for action in actions]),
            audit.c.outcome == str(outcome),
            *(audit.c[name] == value for name, value in wanted.items() if value),
        )
        return [datetime.fromisoformat(at) for at in self._connection.execute(statement).scalars()]

    def walk(self, start: int = 1) -> Iterator[Entry]:
        while page := _PAGE.run(self._connection, {"start": start}).all():
            yield from map(_entry, page)
            start = page[-1].seq + 1


def _holds(word: str) -> ColumnElement[bool]:
    # A database folds the case of plain letters only, so the usual spellings of any other word are asked for as well.
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(column.icontains(word, autoescape=True) for column in _SEARCHED for word in sorted(spellings)))


def _values(entry: Entry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": moment_text(entry.at),
        "person": entry.person,
        "platform": entry.platform,
        "platform_id": entry.platform_id,
        "channel": entry.channel,
        "action": str(entry.action),
        "outcome": str(entry.outcome),
        "subject": entry.subject,
        "environment": entry.environment,
        "reason": entry.reason,
        "request_id": entry.request_id,
        "before": None if entry.before is None else to_json(entry.before),
        "after": None if entry.after is None else to_json(entry.after),
        "body": entry.body,
        "hash": entry.hash,
    }


def _entry(row: Row[Any]) -> Entry:
    """Make an entry of whatever stands in a row: what was tampered with must be read to be named."""
    return Entry(
        seq=row.seq,
        at=_moment(row.at),
        person=row.person,
        platform=row.platform,
        platform_id=row.platform_id,
        channel=row.channel,
        action=row.action,
        outcome=row.outcome,
        subject=row.subject,
        environment=row.environment,
        reason=row.reason,
        request_id=row.request_id,
        before=_facts(row.before),
        after=_facts(row.after),
        body=_bytes(row.body),
        hash=row.hash,
    )


def _moment(written: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else datetime.min.replace(tzinfo=UTC)


def _facts(written: object) -> Facts | None:
    if written is None:
        return None
    try:
        facts = json.loads(str(written))
    except ValueError:
        facts = None
    return facts if isinstance(facts, dict) else {"unreadable": str(written)}


def _bytes(written: object) -> bytes:
    return written if isinstance(written, bytes) else str(written).encode(errors="replace")
