"""Which rollouts and flags a channel is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, select

from bot.storage.prepared import Prepared
from bot.storage.statements import insert_unless
from bot.storage.tables import bindings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_COLUMNS = ("platform", "channel", "kind", "subject")
_SAME = and_(*(bindings.c[name] == bindparam(name) for name in _COLUMNS))
_BIND = Prepared(insert_unless(bindings, _SAME, columns=_COLUMNS))
_UNBIND = Prepared(delete(bindings).where(_SAME))
_SUBJECTS = Prepared(
    select(bindings.c.subject)
    .where(*(bindings.c[name] == bindparam(name) for name in ("platform", "channel", "kind")))
    .order_by(bindings.c.id)
)


class SqlBindingRepository:
    """Bindings in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def bind(self, platform: str, channel: str, kind: str, subject: str) -> None:
        _BIND.run(self._connection, {"platform": platform, "channel": channel, "kind": kind, "subject": subject})

    def unbind(self, platform: str, channel: str, kind: str, subject: str) -> None:
        _UNBIND.run(self._connection, {"platform": platform, "channel": channel, "kind": kind, "subject": subject})

    def subjects(self, platform: str, channel: str, kind: str) -> Sequence[str]:
        found = _SUBJECTS.run(self._connection, {"platform": platform, "channel": channel, "kind": kind})
        return found.scalars()
