"""The tokens by which programs are let in: what each may do, where and until when."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
ENVIRONMENT_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

PREFIX = "rollcall_"
"""Lets programs that search code for secrets recognise one."""

SECRET_BYTES = 32
"""256 bits: nobody guesses one, so that a plain SHA-256 is enough to keep it by."""


class Scope(StrEnum):
    """What a token lets its holder do."""

    READ = "read"
    EVALUATE = "evaluate"
    ALERT = "alert"
    REPORT = "report"
    WRITE = "write"
    ADMIN = "admin"


ROLES = {Scope.REPORT: "tester", Scope.WRITE: "operator", Scope.ADMIN: "owner"}
"""The roles with which a token's holder acts, so that one set of rules judges people and programs."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept: by its SHA-256 (hex), never itself. An empty environment means every one."""

    name: str
    digest: str
    scopes: tuple[Scope, ...]
    environment: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def lives(self, now: datetime) -> bool:
        """Say whether the token is still good."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def allows(self, scope: Scope) -> bool:
        """Say whether the token lets its holder do something; an admin may do everything."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles with which its holder acts."""
        return frozenset(ROLES[scope] for scope in self.scopes if scope in ROLES)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made, and its secret, which is told once and kept nowhere."""

    token: Token
    secret: str

    def __repr__(self) -> str:
        """Leave the secret out, so that no log and no traceback holds it."""
        return f"NewToken({self.token.name})"


def new_secret() -> str:
    """Return a new random secret: `rollcall_` and 43 letters, digits, dashes and underscores."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """Return the SHA-256 (hex) by which a secret is kept and found."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def in_order(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    """Return each scope once, from the least to the most."""
    given = set(scopes)
    return tuple(scope for scope in Scope if scope in given)
