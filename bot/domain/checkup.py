"""What a look over the whole installation found: what works, what does not, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad a finding is. Only what failed keeps the bot from doing what it promises."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `what` names it, `sentence` says how it is, `hint` what to do."""

    what: str
    grade: Grade
    sentence: str
    hint: str = ""


def good(what: str, sentence: str) -> Finding:
    """Return a finding about something that works."""
    return Finding(what, Grade.GOOD, sentence)


def doubtful(what: str, sentence: str, hint: str = "") -> Finding:
    """Return a finding about something that works, and may not for long or not for everything."""
    return Finding(what, Grade.DOUBTFUL, sentence, hint)


def failed(what: str, sentence: str, hint: str = "") -> Finding:
    """Return a finding about something that does not work."""
    return Finding(what, Grade.FAILED, sentence, hint)
