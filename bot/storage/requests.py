"""Requests that were handled, so that a repeated delivery does nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from bot.domain.errors import AlreadyDone
from bot.storage.prepared import Prepared
from bot.storage.statements import insert_unless
from bot.storage.tables import requests

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_SEEN = Prepared(select(requests.c.audit_seq).where(requests.c.request_id == bindparam("of")))
_ADD = Prepared(
    insert_unless(requests, requests.c.request_id == bindparam("request_id"), columns=("request_id", "audit_seq", "at"))
)
_OLDEST = (
    select(requests.c.request_id)
    .where(requests.c.at < bindparam("before"))
    .order_by(requests.c.at)
    .limit(bindparam("most"))
)
_PRUNE = Prepared(delete(requests).where(requests.c.request_id.in_(_OLDEST)))


class SqlRequestRepository:
    """Handled requests in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen(self, request_id: str) -> int | None:
        seq: int | None = _SEEN.run(self._connection, {"of": request_id}).scalar()
        return seq

    def add(self, request_id: str, audit_seq: int, at: datetime) -> None:
        """Store that a request was handled. Raises AlreadyDone where it was stored before, so that all is undone."""
        added = _ADD.run(self._connection, {"request_id": request_id, "audit_seq": audit_seq, "at": at}).rowcount
        if not added:
            raise AlreadyDone("This request was handled before; it is not done twice.")

    def prune(self, before: datetime, limit: int) -> int:
        return _PRUNE.run(self._connection, {"before": before, "most": limit}).rowcount
