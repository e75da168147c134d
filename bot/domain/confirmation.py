"""Dangerous acts that wait for a person's yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A question that was asked and not answered yet.

    `command` is done when the last of `remaining` yeses is given by the same person while the subject still has
    `version`; it lapses at `expires_at`.
    """

    token: str
    person: str
    command: str
    subject: str
    version: int
    remaining: int
    expires_at: datetime
