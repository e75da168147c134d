"""The local chat's own channels: what was posted there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from bot.domain.outbox import Post
from bot.storage.documents import message_from_text, message_to_text
from bot.storage.prepared import Prepared
from bot.storage.statements import following
from bot.storage.tables import posts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.message import Message

_NEXT_REVISION = Prepared(select(following(posts.c.revision)))
_OF_KEY = Prepared(select(posts.c.id).where(posts.c.channel == bindparam("there"), posts.c.key == bindparam("of")))
_PUT = Prepared(insert(posts).returning(posts.c.id))
_EDIT = Prepared(
    update(posts)
    .where(posts.c.id == bindparam("of"))
    .values(message=bindparam("message"), edited_at=bindparam("edited_at"), revision=bindparam("revision"))
)
_SINCE = Prepared(
    select(posts.c.id, posts.c.key, posts.c.message, posts.c.at, posts.c.revision)
    .where(posts.c.channel == bindparam("there"), posts.c.revision > bindparam("seen"))
    .order_by(posts.c.revision)
    .limit(bindparam("most"))
)


class SqlPostRepository:
    """The local chat's posts in the database. A reference is the row's number."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, channel: str, key: str, message: Message, at: datetime) -> str:
        number = _OF_KEY.run(self._connection, {"there": channel, "of": key}).scalar()
        if number is None:
            values = {"channel": channel, "key": key, "message": message_to_text(message), "at": at}
            number = _PUT.run(self._connection, {**values, "revision": self._next_revision()}).scalar_one()
        return str(number)

    def edit(self, reference: str, message: Message, at: datetime) -> bool:
        if not reference.isdecimal():
            return False
        values = {"of": int(reference), "message": message_to_text(message), "edited_at": at}
        return _EDIT.run(self._connection, {**values, "revision": self._next_revision()}).rowcount == 1

    def since(self, channel: str, revision: int, limit: int = 50) -> Sequence[Post]:
        found = _SINCE.run(self._connection, {"there": channel, "seen": revision, "most": limit})
        return [
            Post(str(number), channel, key, message_from_text(document), at, changed)
            for number, key, document, at, changed in found
        ]

    def _next_revision(self) -> int:
        return int(_NEXT_REVISION.run(self._connection).scalar_one())
