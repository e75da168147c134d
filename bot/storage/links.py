"""Identities that people tied to their names, and the codes that are still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, or_, select

from bot.domain.link import Link, LinkCode
from bot.domain.team import Identity
from bot.storage.tables import link_codes, links

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_ALL = select(links).order_by(links.c.linked_at, links.c.platform, links.c.platform_id)
_ADD = insert(links)
_REMOVE = delete(links).where(links.c.platform == bindparam("where"), links.c.platform_id == bindparam("who"))
_FORGET_OLDER = delete(link_codes).where(
    or_(link_codes.c.person == bindparam("whose"), link_codes.c.expires_at <= bindparam("now"))
)
_OFFER = insert(link_codes)
_GET = select(link_codes).where(link_codes.c.digest == bindparam("of"))
_FORGET = delete(link_codes).where(link_codes.c.digest == bindparam("of"))


class SqlLinkRepository:
    """Links and their codes in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[Link]:
        rows = self._connection.execute(_ALL)
        return [Link(Identity(row.platform, row.platform_id), row.person, row.linked_at) for row in rows]

    def add(self, link: Link) -> None:
        values = {
            "platform": link.identity.platform,
            "platform_id": link.identity.name,
            "person": link.person,
            "linked_at": link.linked_at,
        }
        self._connection.execute(_ADD, values)

    def remove(self, identity: Identity) -> bool:
        return self._connection.execute(_REMOVE, {"where": identity.platform, "who": identity.name}).rowcount > 0

    def offer(self, code: LinkCode, now: datetime) -> None:
        self._connection.execute(_FORGET_OLDER, {"whose": code.person, "now": now})
        values = {
            "digest": code.digest,
            "platform": code.given_to.platform,
            "platform_id": code.given_to.name,
            "person": code.person,
            "expires_at": code.expires_at,
        }
        self._connection.execute(_OFFER, values)

    def take(self, digest: str) -> LinkCode | None:
        row = self._connection.execute(_GET, {"of": digest}).first()
        if row is None or self._connection.execute(_FORGET, {"of": digest}).rowcount == 0:
            return None
        return LinkCode(row.digest, Identity(row.platform, row.platform_id), row.person, row.expires_at)
