"""Words that everything said of pages shares: their buttons, their people, what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.duration import describe_duration
from bot.domain.escalation import Severity
from bot.domain.message import Button, ButtonStyle, Line, Mention, Span, Tone, line
from bot.domain.page import Page, PageState, Way, WayKind
from bot.domain.team import listed, platform_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from bot.domain.rollout import Rollout
    from bot.domain.team import Team

LONGEST_HEADING = 150
"""Slack's; Discord allows 256 characters."""

TONES = {
    Severity.CRITICAL: Tone.DANGER,
    Severity.HIGH: Tone.DANGER,
    Severity.MEDIUM: Tone.WARNING,
    Severity.LOW: Tone.INFO,
}


def title(page: Page) -> str:
    """Return what a page is called: `Page 12 (high): payments fail`."""
    return f"Page {page.id} ({page.severity}): {page.text}"


def heading(page: Page) -> str:
    """Return the same, cut to what every platform shows as a title; the whole text stands below it then."""
    whole = title(page)
    return whole if len(whole) <= LONGEST_HEADING else f"{whole[: LONGEST_HEADING - 1].rstrip()}…"


def mention(team: Team, name: str) -> Mention:
    """Return what notifies a person wherever they are known."""
    person = next((it for it in team.people if it.name == name), None)
    identities = tuple((it.platform, it.name) for it in person.identities) if person is not None else ()
    return Mention(name, identities)


def buttons(page: Page, rollout: Rollout | None) -> tuple[Button, ...]:
    """Return what can be done about a page, drawn for its present state."""
    if not page.unresolved:
        return ()
    drawn_for = f"{page.id} --epoch {page.epoch}"
    found = []
    if page.state is not PageState.ACKNOWLEDGED:
        found.append(Button("Acknowledge", f"/escalate ack {drawn_for}", ButtonStyle.PRIMARY))
    found += [
        Button("Resolve", f"/escalate resolve {drawn_for}"),
        Button("Snooze", f"/escalate snooze {drawn_for}"),
    ]
    if rollout is not None and rollout.active:
        found.append(Button("Roll back", f"/rollout rollback 1 --rollout {rollout.id}", ButtonStyle.DANGER))
    return tuple(found)


def ways(found: Iterable[Way]) -> str:
    """Return who is reached and how: `bob (Slack and Discord), #releases (Slack)`."""
    return ", ".join(f"{name} ({listed(where, 'and')})" for name, where in _by_name(found).items())


def people_and_ways(found: Iterable[Way], team: Team) -> Line:
    """Return the same with everybody mentioned, so that the platform notifies them."""
    known = tuple(found)
    people = {way.person for way in known if way.person}
    spans: list[Span] = []
    for name, where in _by_name(known).items():
        spans += line(", ") if spans else ()
        spans += line(mention(team, name) if name in people else name, f" ({listed(where, 'and')})")
    return tuple(spans)


def _by_name(found: Iterable[Way]) -> dict[str, dict[str, None]]:
    how: dict[str, dict[str, None]] = {}
    for way in found:
        name = way.person or (f"#{way.to}" if way.kind is WayKind.CHANNEL else way.to)
        how.setdefault(name, {})[_how(way)] = None
    return how


def lateness(late: timedelta) -> str:
    """Return how late something is, for the end of a sentence; nothing where it is on time."""
    return f", late by {describe_duration(late, 2)}" if late else ""


def _how(way: Way) -> str:
    match way.kind:
        case WayKind.DIRECT | WayKind.CHANNEL:
            return platform_name(way.platform)
        case WayKind.EMAIL:
            return "e-mail"
        case WayKind.PAGERDUTY:
            return "PagerDuty"
        case WayKind.WEBHOOK:
            return "webhook"
