"""Small things that parts of the bot remember for themselves, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from bot.storage.tables import memory

if TYPE_CHECKING:
    from sqlalchemy import Connection

_VALUE = select(memory.c.value).where(memory.c.name == bindparam("of"))
_CHANGE = update(memory).where(memory.c.name == bindparam("of")).values(value=bindparam("value"))
_ADD = insert(memory)


class SqlMemoryRepository:
    """What is remembered, in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def recall(self, name: str) -> str | None:
        value = self._connection.execute(_VALUE, {"of": name}).scalar()
        return None if value is None else str(value)

    def remember(self, name: str, value: str) -> None:
        if self._connection.execute(_CHANGE, {"of": name, "value": value}).rowcount == 0:
            self._connection.execute(_ADD, {"name": name, "value": value})
