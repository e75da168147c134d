"""What the core asks of the database about who somebody is: identities that people tied together, and programs' tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.link import Link, LinkCode
    from bot.domain.team import Identity
    from bot.domain.token import Token


class LinkRepository(Protocol):
    """Identities that people tied to their names, and the codes that are still open."""

    def all(self) -> Sequence[Link]:
        """Return every link, oldest first."""
        ...

    def add(self, link: Link) -> None:
        """Store a link of an identity that has none."""
        ...

    def remove(self, identity: Identity) -> bool:
        """Forget a link; False where there is none."""
        ...

    def offer(self, code: LinkCode, now: datetime) -> None:
        """Store a code in place of an older one of the same person; codes that have lapsed are forgotten."""
        ...

    def take(self, digest: str) -> LinkCode | None:
        """Return a code and remove it, lapsed or not: it is used once."""
        ...


class TokenRepository(Protocol):
    """The tokens by which programs are let in."""

    def all(self) -> Sequence[Token]:
        """Return every token, revoked and lapsed ones included, oldest first."""
        ...

    def get(self, name: str) -> Token | None:
        """Return a token by its name."""
        ...

    def add(self, token: Token) -> None:
        """Store a new token."""
        ...

    def revoke(self, name: str, at: datetime) -> bool:
        """End a token; False where there is none that was not revoked before."""
        ...

    def used(self, name: str, at: datetime) -> None:
        """Note when a token was last presented."""
        ...
