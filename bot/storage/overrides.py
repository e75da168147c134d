"""Who stands in for whoever is on call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from bot.domain.oncall import Override, OverrideKind
from bot.storage.prepared import Prepared
from bot.storage.tables import overrides

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_FIELDS = ("schedule", "layer", "person", "start", "end", "by", "reason", "instead_of")
_ADD = insert(overrides).returning(overrides.c.id)
_SINCE = Prepared(
    select(overrides)
    .where(overrides.c.end > bindparam("since"), overrides.c.cancelled_at.is_(None))
    .order_by(overrides.c.id)
)
_CANCEL = Prepared(
    update(overrides)
    .where(overrides.c.id == bindparam("of"), overrides.c.cancelled_at.is_(None))
    .values(cancelled_at=bindparam("now"))
)


class SqlOverrideRepository:
    """Overrides in the database; cancelled ones are kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, override: Override) -> Override:
        values = {name: getattr(override, name) for name in _FIELDS}
        found = self._connection.execute(_ADD, {**values, "kind": override.kind.value})
        return replace(override, id=int(found.scalar_one()))

    def since(self, moment: datetime) -> Sequence[Override]:
        rows = _SINCE.run(self._connection, {"since": moment})
        return [
            Override(
                kind=OverrideKind(row.kind),
                id=row.id,
                **{name: getattr(row, name) for name in _FIELDS},
            )
            for row in rows
        ]

    def cancel(self, override_id: int, now: datetime) -> bool:
        return _CANCEL.run(self._connection, {"of": override_id, "now": now}).rowcount == 1
