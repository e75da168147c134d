"""Identities that people tied to their names, and the codes that are still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, or_, select

from bot.domain.link import Link, LinkCode
from bot.domain.team import Identity
from bot.storage.prepared import Prepared
from bot.storage.tables import link_codes, links

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_ALL = Prepared(select(links).order_by(links.c.linked_at, links.c.platform, links.c.platform_id))
_ADD = Prepared(insert(links))
_REMOVE = Prepared(delete(links).where(links.c.platform == bindparam("where"), links.c.platform_id == bindparam("who")))
_FORGET_OLDER = Prepared(
    delete(link_codes).where(
        or_(link_codes.c.person == bindparam("whose"), link_codes.c.expires_at <= bindparam("now"))
    )
)
_OFFER = Prepared(insert(link_codes))
_GET = Prepared(select(link_codes).where(link_codes.c.digest == bindparam("of")))
_FORGET = Prepared(delete(link_codes).where(link_codes.c.digest == bindparam("of")))


class SqlLinkRepository:
    """Links and their codes in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[Link]:
        rows = _ALL.run(self._connection)
        return [Link(Identity(row.platform, row.platform_id), row.person, row.linked_at) for row in rows]

    def add(self, link: Link) -> None:
        values = {
            "platform": link.identity.platform,
            "platform_id": link.identity.name,
            "person": link.person,
            "linked_at": link.linked_at,
        }
        _ADD.run(self._connection, values)

    def remove(self, identity: Identity) -> bool:
        return _REMOVE.run(self._connection, {"where": identity.platform, "who": identity.name}).rowcount > 0

    def offer(self, code: LinkCode, now: datetime) -> None:
        _FORGET_OLDER.run(self._connection, {"whose": code.person, "now": now})
        values = {
            "digest": code.digest,
            "platform": code.given_to.platform,
            "platform_id": code.given_to.name,
            "person": code.person,
            "expires_at": code.expires_at,
        }
        _OFFER.run(self._connection, values)

    def take(self, digest: str) -> LinkCode | None:
        row = _GET.run(self._connection, {"of": digest}).first()
        if row is None or _FORGET.run(self._connection, {"of": digest}).rowcount == 0:
            return None
        return LinkCode(row.digest, Identity(row.platform, row.platform_id), row.person, row.expires_at)
