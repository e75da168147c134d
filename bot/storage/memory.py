"""Small things that parts of the bot remember for themselves, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from bot.storage.prepared import Prepared
from bot.storage.tables import memory

if TYPE_CHECKING:
    from sqlalchemy import Connection

_VALUE = Prepared(select(memory.c.value).where(memory.c.name == bindparam("of")))
_CHANGE = Prepared(update(memory).where(memory.c.name == bindparam("of")).values(value=bindparam("value")))
_ADD = Prepared(insert(memory))


class SqlMemoryRepository:
    """What is remembered, in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def recall(self, name: str) -> str | None:
        value = _VALUE.run(self._connection, {"of": name}).scalar()
        return None if value is None else str(value)

    def remember(self, name: str, value: str) -> None:
        if _CHANGE.run(self._connection, {"of": name, "value": value}).rowcount == 0:
            _ADD.run(self._connection, {"name": name, "value": value})
