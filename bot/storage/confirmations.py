"""Questions about dangerous acts that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from bot.domain.confirmation import Confirmation
from bot.storage.tables import confirmations

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FORGET_OLDER = delete(confirmations).where(
    confirmations.c.person == bindparam("who"), confirmations.c.command == bindparam("what")
)
_ADD = insert(confirmations)
_GET = select(confirmations).where(confirmations.c.token == bindparam("of"))
_FORGET = delete(confirmations).where(confirmations.c.token == bindparam("of"))


class SqlConfirmationRepository:
    """Open questions in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, confirmation: Confirmation) -> None:
        self._connection.execute(_FORGET_OLDER, {"who": confirmation.person, "what": confirmation.command})
        values = {column.name: getattr(confirmation, column.name) for column in confirmations.c}
        self._connection.execute(_ADD, values)

    def take(self, token: str) -> Confirmation | None:
        row = self._connection.execute(_GET, {"of": token}).first()
        if row is None or self._connection.execute(_FORGET, {"of": token}).rowcount == 0:
            return None
        return Confirmation(*row)
