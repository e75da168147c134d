"""Escalation policies: who is to be reached when nobody answers, in levels due at times counted from the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.domain.plan import ChannelName

REPEAT_EVERY = timedelta(minutes=15)
REPEAT_TIMES = 8
ACKNOWLEDGED_FOR = timedelta(minutes=30)
SLOWLY = timedelta(days=1)
"""Once the last level was repeated as often as the policy says, it is repeated this often: a page is never forgotten."""


class Severity(StrEnum):
    """How bad it is, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Return a number that is larger for what is worse."""
        return -list(Severity).index(self)


class TargetKind(StrEnum):
    """What a level names."""

    PERSON = "person"
    SCHEDULE = "schedule"
    CHANNEL = "channel"
    EMAIL = "email"
    PAGERDUTY = "pagerduty"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a level reaches: a person, whoever is on call in one `layer` of a schedule, or a place by its name.

    `channels` are where the team's channel of that name is.
    """

    kind: TargetKind
    name: str
    layer: str = ""
    channels: tuple[ChannelName, ...] = ()

    def __str__(self) -> str:
        """Return it for a sentence: `payments/primary on call`, `#releases`."""
        match self.kind:
            case TargetKind.PERSON | TargetKind.EMAIL:
                return self.name
            case TargetKind.SCHEDULE:
                return f"whoever is on call for {self.name}/{self.layer}"
            case TargetKind.CHANNEL:
                return f"#{self.name}"
            case TargetKind.PAGERDUTY:
                return f"PagerDuty ({self.name})"
            case TargetKind.WEBHOOK:
                return f"the webhook {self.name}"


@dataclass(frozen=True, slots=True)
class Level:
    """Who is reached `after` so long without an answer."""

    after: timedelta
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """How a severity changes the path: every level `at_once`, or only the first `levels` of them (None: all)."""

    at_once: bool = False
    levels: int | None = None


USUAL_RULES: Mapping[Severity, SeverityRule] = MappingProxyType({Severity.CRITICAL: SeverityRule(at_once=True)})
"""What holds where the team file says nothing: critical reaches everybody at once."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One escalation path. The last level is repeated every `every`, `times` times, and then slowly.

    An acknowledgement that no resolution follows within `acknowledged_for` is void. `channels` show the live message of
    each page. `rules` are the severities' ways through the levels.
    """

    name: str
    levels: tuple[Level, ...]
    channels: tuple[ChannelName, ...] = ()
    every: timedelta = REPEAT_EVERY
    times: int = REPEAT_TIMES
    acknowledged_for: timedelta = ACKNOWLEDGED_FOR
    rules: tuple[tuple[Severity, SeverityRule], ...] = tuple(USUAL_RULES.items())

    def rule(self, severity: Severity) -> SeverityRule:
        """Return what a severity changes."""
        return dict(self.rules).get(severity, SeverityRule())

    def levels_for(self, severity: Severity) -> tuple[Level, ...]:
        """Return the levels that a severity goes through, with the times at which each is due."""
        rule = self.rule(severity)
        levels = self.levels[: rule.levels]
        return tuple(Level(timedelta(0), it.targets) for it in levels) if rule.at_once else levels
