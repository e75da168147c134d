"""Questions about dangerous acts that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, insert, or_, select

from bot.domain.confirmation import Confirmation
from bot.storage.prepared import Prepared
from bot.storage.tables import confirmations

if TYPE_CHECKING:
    from sqlalchemy import Connection

# A request that is delivered again has the token of the first time, also where it leads to another question meanwhile.
_FORGET_OLDER = Prepared(
    delete(confirmations).where(
        or_(
            and_(confirmations.c.person == bindparam("who"), confirmations.c.command == bindparam("what")),
            confirmations.c.token == bindparam("same"),
        )
    )
)
_ADD = Prepared(insert(confirmations))
_GET = Prepared(select(confirmations).where(confirmations.c.token == bindparam("of")))
_FORGET = Prepared(delete(confirmations).where(confirmations.c.token == bindparam("of")))


class SqlConfirmationRepository:
    """Open questions in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, confirmation: Confirmation) -> None:
        older = {"who": confirmation.person, "what": confirmation.command, "same": confirmation.token}
        _FORGET_OLDER.run(self._connection, older)
        values = {column.name: getattr(confirmation, column.name) for column in confirmations.c}
        _ADD.run(self._connection, values)

    def take(self, token: str) -> Confirmation | None:
        row = _GET.run(self._connection, {"of": token}).first()
        if row is None or _FORGET.run(self._connection, {"of": token}).rowcount == 0:
            return None
        return Confirmation(*row)
