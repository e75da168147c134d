"""Questions about dangerous acts that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, insert, or_, select

from bot.domain.confirmation import Confirmation
from bot.storage.tables import confirmations

if TYPE_CHECKING:
    from sqlalchemy import Connection

# A request that is delivered again has the token of the first time, also where it leads to another question meanwhile.
_FORGET_OLDER = delete(confirmations).where(
    or_(
        and_(confirmations.c.person == bindparam("who"), confirmations.c.command == bindparam("what")),
        confirmations.c.token == bindparam("same"),
    )
)
_ADD = insert(confirmations)
_GET = select(confirmations).where(confirmations.c.token == bindparam("of"))
_FORGET = delete(confirmations).where(confirmations.c.token == bindparam("of"))


class SqlConfirmationRepository:
    """Open questions in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, confirmation: Confirmation) -> None:
        older = {"who": confirmation.person, "what": confirmation.command, "same": confirmation.token}
        self._connection.execute(_FORGET_OLDER, older)
        values = {column.name: getattr(confirmation, column.name) for column in confirmations.c}
        self._connection.execute(_ADD, values)

    def take(self, token: str) -> Confirmation | None:
        row = self._connection.execute(_GET, {"of": token}).first()
        if row is None or self._connection.execute(_FORGET, {"of": token}).rowcount == 0:
            return None
        return Confirmation(*row)
