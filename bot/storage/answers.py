"""Answers to requests that programs may repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, select, tuple_

from bot.domain.errors import AlreadyDone
from bot.domain.kept_answer import KeptAnswer
from bot.storage.prepared import Prepared
from bot.storage.statements import insert_unless
from bot.storage.tables import answers

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_ONE = and_(answers.c.token == bindparam("of"), answers.c.key == bindparam("named"))
_GET = Prepared(select(answers).where(_ONE, answers.c.at >= bindparam("since")))
_MAKE_ROOM = Prepared(delete(answers).where(_ONE, answers.c.at < bindparam("since")))
_ADD = Prepared(
    insert_unless(
        answers,
        and_(answers.c.token == bindparam("token"), answers.c.key == bindparam("key")),
        columns=("token", "key", "digest", "status", "content", "at"),
    )
)
_OLDEST = (
    select(answers.c.token, answers.c.key)
    .where(answers.c.at < bindparam("before"))
    .order_by(answers.c.at)
    .limit(bindparam("most"))
)
_PRUNE = Prepared(delete(answers).where(tuple_(answers.c.token, answers.c.key).in_(_OLDEST)))


class SqlAnswerRepository:
    """Answers in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, token: str, key: str, since: datetime) -> KeptAnswer | None:
        row = _GET.run(self._connection, {"of": token, "named": key, "since": since}).first()
        return KeptAnswer(row.token, row.key, row.digest, row.status, row.content, row.at) if row is not None else None

    def add(self, answer: KeptAnswer, since: datetime) -> None:
        _MAKE_ROOM.run(self._connection, {"of": answer.token, "named": answer.key, "since": since})
        values = {name: getattr(answer, name) for name in ("token", "key", "digest", "status", "content", "at")}
        if not _ADD.run(self._connection, values).rowcount:
            raise AlreadyDone("A request with this key was answered before; it is not done twice.")

    def prune(self, before: datetime, limit: int) -> int:
        return _PRUNE.run(self._connection, {"before": before, "most": limit}).rowcount
