"""Alerts of other systems: what they say, which rollout they name, and what a team makes of their words."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.escalation import Severity
from bot.domain.plan import Breach

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_TEXT = 500
"""Characters of a text from outside that are kept."""

LONGEST_WORD = 100
"""Characters of a name from outside that are kept."""

UNKNOWN_SEVERITY = Severity.MEDIUM
"""What an alert is that says nothing of how bad it is, or nothing that anybody knows."""

USUAL_WORDS: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "fatal": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "page": Severity.HIGH,
    "high": Severity.HIGH,
    "error": Severity.HIGH,
    "major": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "minor": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.LOW,
    "none": Severity.LOW,
}
"""What other systems call how bad it is; the team file may say otherwise."""


@dataclass(frozen=True, slots=True)
class HookRules:
    """What the team file says of alerts: whom one reaches that names nobody, and what its words mean."""

    policy: str = ""
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def severity(self, words: Iterable[str]) -> Severity:
        """Return the worst that some words stand for; a word that nobody knows counts as medium."""
        found = [self._meant(word.strip().casefold()) for word in words]
        return max(found, key=lambda it: it.rank, default=UNKNOWN_SEVERITY)

    def _meant(self, word: str) -> Severity:
        return self.severities.get(word) or USUAL_WORDS.get(word) or UNKNOWN_SEVERITY


@dataclass(frozen=True, slots=True)
class Named:
    """The rollouts that an alert names: one by its number, or the active ones of a flag or of a plan.

    `environment` narrows the last two; `then` is what shall be done to them, None for what their plan says.
    """

    rollout: int | None = None
    flag: str = ""
    plan: str = ""
    environment: str = ""
    then: Breach | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One notification of another system about one trouble.

    `key` recognises the trouble among those of the same sender. `firing` counts the alerts that go on, `ended` those
    that are over; with none going on all of it is over, unless `unseen` ones were left out. `since` is when the newest
    of them began, or, once all is over, when the last one ended.
    """

    sender: str
    key: str
    text: str
    firing: int
    ended: int = 0
    unseen: int = 0
    since: datetime | None = None
    severities: tuple[str, ...] = ()
    policy: str = ""
    names: tuple[Named, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Say whether nothing of it goes on."""
        return not self.firing

    @property
    def because(self) -> str:
        """Return it as the reason for which a rollout is stopped."""
        return f"{self.sender} says “{self.text}”"


def digest(*parts: str) -> str:
    """Return a short text that only these parts have, whatever is in them."""
    joined = "\0".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode(errors="surrogatepass")).hexdigest()[:40]


def harmless(text: str, most: int = LONGEST_TEXT) -> str:
    """Return a text from outside on one line, without what is invisible or no character at all, and cut."""
    # Only as much is looked at as can remain; what is invisible may take some room.
    kept = "".join(" " if unicodedata.category(it)[0] in "CZ" else it for it in text[: most * 4])
    shown = " ".join(kept.split())
    return shown if len(shown) <= most else f"{shown[: most - 1].rstrip()}…"
