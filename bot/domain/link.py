"""Ties between a person's identities on several platforms, and the one-time codes that make them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.team import Identity

CODE_LASTS = timedelta(minutes=10)
"""A code that was not said on the other platform by then is worth nothing."""

WRONG_TRIES = 5
TRIES_WITHIN = timedelta(hours=1)
"""So many wrong codes may somebody say within this time; what is said after that is not even looked at."""

CODE_LENGTH = 8
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Douglas Crockford's 32 symbols, which nobody mistakes for each other; eight of them are 40 bits."""

_MISTAKEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class Link:
    """An identity that somebody tied to their name in chat."""

    identity: Identity
    person: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A code that was handed out: only its SHA-256 (hex) is kept, with the identity to which it was told."""

    digest: str
    given_to: Identity
    person: str
    expires_at: datetime


def written(code: str) -> str:
    """Return a code as people are told it: `7K3M-Q0XA`."""
    half = CODE_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def digest_of(typed: str) -> str:
    """Return the SHA-256 of a code as somebody typed it, whatever the case and the dashes."""
    return hashlib.sha256(typed.upper().translate(_MISTAKEN).encode()).hexdigest()
