"""Pages, each as one document beside the columns by which it is found."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.errors import Stale
from bot.storage.prepared import NOTHING, Prepared
from bot.storage.statements import following
from bot.storage.tables import IS_CRITICAL_PAGE, IS_UNRESOLVED, pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pydantic import TypeAdapter
    from sqlalchemy import Connection

    from bot.domain.page import Page

_DOCUMENT = select(pages.c.document)
_NEXT_ID = Prepared(select(following(pages.c.id)))
_GET = Prepared(_DOCUMENT.where(pages.c.id == bindparam("of")))
_WITH_KEY = Prepared(_DOCUMENT.where(pages.c.key == bindparam("key"), IS_UNRESOLVED))
_DUE = Prepared(
    _DOCUMENT.where(pages.c.due_at <= bindparam("now")).order_by(pages.c.due_at, pages.c.id).limit(bindparam("most"))
)
_NEXT_DUE = Prepared(select(func.min(pages.c.due_at)).where(pages.c.due_at.is_not(None)))
_UNRESOLVED = Prepared(_DOCUMENT.where(IS_UNRESOLVED).order_by(pages.c.id))
_CRITICAL = Prepared(_DOCUMENT.where(IS_CRITICAL_PAGE).order_by(pages.c.id))
_RECENT = Prepared(_DOCUMENT.order_by(pages.c.id.desc()).limit(bindparam("most")))
_ADD = Prepared(insert(pages))
_CHANGING = ("state", "severity", "version", "due_at", "document")
_SAVE = Prepared(
    update(pages)
    .where(pages.c.id == bindparam("of"), pages.c.version == bindparam("expected"))
    .values({name: bindparam(name) for name in _CHANGING})
)


@cache
def _adapter() -> TypeAdapter[Page]:
    from pydantic import TypeAdapter

    from bot.domain.page import Page

    return TypeAdapter(Page)


class SqlPageRepository:
    """Pages in the database; resolved ones are kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_id(self) -> int:
        return int(_NEXT_ID.run(self._connection).scalar_one())

    def get(self, page_id: int) -> Page | None:
        return next(iter(self._pages(_GET, {"of": page_id})), None)

    def with_key(self, key: str) -> Page | None:
        return next(iter(self._pages(_WITH_KEY, {"key": key})), None)

    def add(self, page: Page) -> None:
        _ADD.run(self._connection, {"id": page.id, "key": page.key, **_changing(page)})

    def save(self, page: Page, expected_version: int) -> None:
        values = {"of": page.id, "expected": expected_version, **_changing(page)}
        if _SAVE.run(self._connection, values).rowcount == 0:
            raise Stale(f"{page.name} changed in the meantime, so nothing was done.", f"/escalate show {page.id}")

    def due(self, now: datetime, limit: int) -> Sequence[Page]:
        return self._pages(_DUE, {"now": now, "most": limit})

    def next_due(self) -> datetime | None:
        earliest: datetime | None = _NEXT_DUE.run(self._connection).scalar_one()
        return earliest

    def unresolved(self) -> Sequence[Page]:
        return self._pages(_UNRESOLVED)

    def critical(self) -> Sequence[Page]:
        return self._pages(_CRITICAL)

    def recent(self, limit: int) -> Sequence[Page]:
        return self._pages(_RECENT, {"most": limit})

    def _pages(self, statement: Prepared, values: Mapping[str, object] = NOTHING) -> list[Page]:
        return [_adapter().validate_json(row.document) for row in statement.run(self._connection, values)]


def _changing(page: Page) -> dict[str, object]:
    return {
        "state": page.state.value,
        "severity": page.severity.value,
        "version": page.version,
        "due_at": page.due_at,
        "document": _adapter().dump_json(page).decode(),
    }
