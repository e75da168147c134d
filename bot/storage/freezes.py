"""Freezes that people declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, or_, select, update

from bot.domain.freeze import Freeze
from bot.storage.prepared import Prepared
from bot.storage.tables import freezes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_ADD = Prepared(insert(freezes))
_STANDING = Prepared(
    select(freezes)
    .where(freezes.c.since <= bindparam("now"), or_(freezes.c.until.is_(None), freezes.c.until > bindparam("now")))
    .order_by(freezes.c.since, freezes.c.id)
)
_LIFT = Prepared(
    update(freezes)
    .where(
        freezes.c.environment.is_not_distinct_from(bindparam("where")),
        or_(freezes.c.until.is_(None), freezes.c.until > bindparam("now")),
    )
    .values(until=bindparam("now"))
)


class SqlFreezeRepository:
    """Freezes in the database; a lifted one is kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, freeze: Freeze) -> None:
        values = {name: getattr(freeze, name) for name in ("environment", "reason", "by", "since", "until")}
        _ADD.run(self._connection, values)

    def standing(self, now: datetime) -> Sequence[Freeze]:
        rows = _STANDING.run(self._connection, {"now": now})
        return [Freeze(row.environment, row.reason, row.by, row.since, row.until) for row in rows]

    def lift(self, environment: str | None, now: datetime) -> int:
        return _LIFT.run(self._connection, {"where": environment, "now": now}).rowcount
