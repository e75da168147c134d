"""Policies, people who can be reached, and pages, for the tests of paging."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.domain.escalation import Level, Policy, Severity, Target, TargetKind
from bot.domain.page import Page, Trouble, Way, WayKind, raise_page
from bot.domain.paging import Contact

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)

Reaching = Callable[[Target], Contact]


def person(name: str) -> Target:
    return Target(TargetKind.PERSON, name)


def level(minutes: int, *names: str) -> Level:
    return Level(minutes * MINUTE, tuple(person(name) for name in names))


ALASKA = Policy("payments", (level(0, "engineer"), level(15, "lead"), level(30, "cto"), level(60, "ceo")))
"""On-call engineer, team lead, CTO, CEO: 0, 15, 30 and 60 minutes."""


def a_page(policy: Policy = ALASKA, severity: Severity = Severity.HIGH) -> Page:
    return raise_page(1, Trouble(severity, "payments fail"), policy, "ana", START)


def direct(name: str, platform: str = "slack") -> Way:
    return Way(WayKind.DIRECT, f"U{name.upper()}", platform, name)


def all_but(*missing: str, platforms: tuple[str, ...] = ("slack",)) -> Reaching:
    """Reach everybody by a direct message on each platform, but for some."""

    def reach(target: Target) -> Contact:
        if target.name in missing:
            return Contact(missing=f"{target.name} cannot be reached")
        return Contact(tuple(direct(target.name, platform) for platform in platforms))

    return reach


everybody = all_but()
