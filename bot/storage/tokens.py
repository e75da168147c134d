"""The tokens of programs, by their names and by their digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from bot.domain.token import Scope, Token
from bot.storage.prepared import Prepared
from bot.storage.rows import words_from_text, words_to_text
from bot.storage.tables import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_ALL = Prepared(select(tokens).order_by(tokens.c.created_at, tokens.c.name))
_GET = Prepared(select(tokens).where(tokens.c.name == bindparam("of")))
_ADD = Prepared(insert(tokens))
_REVOKE = Prepared(
    update(tokens)
    .where(tokens.c.name == bindparam("of"), tokens.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_USED = Prepared(update(tokens).where(tokens.c.name == bindparam("of")).values(used_at=bindparam("at")))


class SqlTokenRepository:
    """Tokens in the database; `changed_here` says whether this transaction made or ended one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.changed_here = False

    def all(self) -> Sequence[Token]:
        return [_token(row) for row in _ALL.run(self._connection)]

    def get(self, name: str) -> Token | None:
        row = _GET.run(self._connection, {"of": name}).first()
        return None if row is None else _token(row)

    def add(self, token: Token) -> None:
        self.changed_here = True
        values = {
            "name": token.name,
            "digest": token.digest,
            "scopes": words_to_text(token.scopes),
            "environment": token.environment,
            "created_at": token.created_at,
            "created_by": token.created_by,
            "expires_at": token.expires_at,
        }
        _ADD.run(self._connection, values)

    def revoke(self, name: str, at: datetime) -> bool:
        self.changed_here = True
        return _REVOKE.run(self._connection, {"of": name, "at": at}).rowcount > 0

    def used(self, name: str, at: datetime) -> None:
        _USED.run(self._connection, {"of": name, "at": at})


def _token(row: Row[Any]) -> Token:
    return Token(
        row.name,
        row.digest,
        tuple(Scope(word) for word in words_from_text(row.scopes)),
        row.environment,
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
        row.used_at,
    )
