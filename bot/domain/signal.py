"""What a message says to programs: the same event as its words, in a form that needs no reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SignalKind(StrEnum):
    """What happened, as `noun.verb`."""

    PAGE_TRIGGERED = "page.triggered"
    PAGE_ACKNOWLEDGED = "page.acknowledged"
    PAGE_SNOOZED = "page.snoozed"
    PAGE_REASSIGNED = "page.reassigned"
    PAGE_RESOLVED = "page.resolved"
    STEP_REACHED = "rollout.step_reached"
    ROLLED_BACK = "rollout.rolled_back"
    COMPLETED = "rollout.completed"
    ANNOUNCED = "rollout.announced"


@dataclass(frozen=True, slots=True)
class Signal:
    """An event for a program.

    `about` is the same for everything about one page or rollout, and stays so over restarts. `severity` is a word of
    `Severity`, for pages alone. `facts` are names with values; `links` are texts with the addresses behind them.
    """

    kind: SignalKind
    about: str
    at: datetime
    severity: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
