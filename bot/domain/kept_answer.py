"""What a program was answered, kept so that a repeated request changes nothing and gets the same answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

KEPT_FOR = timedelta(hours=24)
"""After so long a key may be used for something else."""

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One answer to one token's request with a key. `digest` tells whether a request is the same; `content` is JSON."""

    token: str
    key: str
    digest: str
    status: int
    content: str
    at: datetime


def digest_of_request(method: str, address: str, content: object) -> str:
    """Return what tells two requests apart: what is asked, of what, with which body; how JSON is laid out is no matter."""
    asked = json.dumps([method, address, content], sort_keys=True, separators=(",", ":"))
    return sha256(asked.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Say whether a text can be a key: visible ASCII, and not too long."""
    return 0 < len(text) <= LONGEST_KEY and all("!" <= it <= "~" for it in text)
