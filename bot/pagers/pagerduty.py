"""PagerDuty by its Events API v2, as platforms whose channels are services: alerts of pages, and changes by rollouts.

An alert's dedup key is the page's own: whatever is sent twice is one alert there. A change event has no such key, so
that one whose answer is lost may stand there twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.errors import Refused, Unavailable
from bot.domain.outbox import IN_CHANNEL
from bot.domain.signal import SignalKind
from bot.pagers.web_post import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.message import Message
    from bot.domain.outbox import Placing
    from bot.domain.pager import PagerDutyService
    from bot.domain.signal import Signal
    from bot.pagers.web_post import Web

SOURCE = "rollcall"
LONGEST_SUMMARY = 1024
LONGEST_FACT = 4000
MOST_BYTES = 512_000
"""PagerDuty takes 512 KB; what is larger loses its details."""

PACE = timedelta(seconds=0.5)
"""PagerDuty takes about 120 events a minute for one key."""

_SEVERITIES = {"critical": "critical", "high": "error", "medium": "warning", "low": "info"}
_ACTIONS = {
    SignalKind.PAGE_TRIGGERED: "trigger",
    SignalKind.PAGE_ACKNOWLEDGED: "acknowledge",
    SignalKind.PAGE_SNOOZED: "acknowledge",
    SignalKind.PAGE_RESOLVED: "resolve",
}
_TAKEN = 202
_REQUEST_TIMEOUT = 408
_NOTHING = "nothing to tell"


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Hands events to PagerDuty. `services` are the team file's in force, `base` the address of its Events API."""

    web: Web
    base: str
    services: Callable[[], Mapping[str, PagerDutyService]]

    async def send(self, path: str, service: str, event: dict[str, Any]) -> None:
        """Send an event with a service's key. Raises Unavailable, Uncertain, Refused."""
        declared = self.services().get(service)
        if declared is None:
            raise Refused(f"The team file declares no PagerDuty service “{service}”.", "pagerduty: services")
        body = fitting({**event, "routing_key": declared.routing_key.value})
        headers = {"Content-Type": "application/json"}
        answer = await self.web.call(Request("POST", f"{self.base.rstrip('/')}{path}", "PagerDuty", body, headers))
        if answer.status == _REQUEST_TIMEOUT:
            raise Unavailable("PagerDuty did not take the event in time.")
        if answer.status != _TAKEN:
            hint = f"check {declared.routing_key} and the integration it belongs to"
            raise Refused(f"PagerDuty refuses an event for {service} with status {answer.status}.", hint)


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """The ChatPlatform port over alerts: a page triggers one, and what people answer in chat is told."""

    enqueue: Enqueue
    client_url: str = ""
    between_posts: timedelta = PACE
    between_edits: timedelta = PACE

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Tell a service of a page's state and return the dedup key; what PagerDuty has no word for is not told."""
        del key, placing
        signal = message.signal
        action = _ACTIONS.get(signal.kind) if signal is not None else None
        if signal is None or action is None:
            return _NOTHING
        event: dict[str, Any] = {"event_action": action, "dedup_key": signal.about}
        if action == "trigger":
            event |= {"payload": _alert(message, signal), "links": _links(signal), "client": "Rollcall"}
            event |= {"client_url": self.client_url} if self.client_url else {}
        await self.enqueue.send("/v2/enqueue", channel, event)
        return signal.about

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Refuse: an alert is told of what happens to it."""
        del channel, reference, message
        raise Refused("An alert in PagerDuty is not edited.", "cards belong into channels")


@dataclass(frozen=True, slots=True)
class PagerDutyChanges:
    """The ChatPlatform port over change events, which notify nobody and stand beside a service's incidents."""

    enqueue: Enqueue
    between_posts: timedelta = PACE
    between_edits: timedelta = PACE

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Record a change with a service and return the key of what was sent."""
        del placing
        signal = message.signal
        if signal is None:
            return _NOTHING
        payload = {
            "summary": message.summary[:LONGEST_SUMMARY],
            "timestamp": signal.at.isoformat(),
            "source": SOURCE,
            "custom_details": _details(signal),
        }
        await self.enqueue.send("/v2/change/enqueue", channel, {"payload": payload, "links": _links(signal)})
        return key

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Refuse: what was recorded stays."""
        del channel, reference, message
        raise Refused("A change in PagerDuty is not edited.", "cards belong into channels")


def _alert(message: Message, signal: Signal) -> dict[str, Any]:
    facts = dict(signal.facts)
    title = facts.get("title", "")
    summary = f"Page {facts['page']}: {facts['text']}" if {"page", "text"} <= set(facts) else message.summary
    return {
        "summary": summary[:LONGEST_SUMMARY],
        "source": title or SOURCE,
        "severity": _SEVERITIES.get(signal.severity, "error"),
        "timestamp": facts.get("opened_at", signal.at.isoformat()),
        **({"component": facts["plan"]} if "plan" in facts else {}),
        **({"group": facts["environment"]} if "environment" in facts else {}),
        "class": "page",
        "custom_details": _details(signal),
    }


def _details(signal: Signal) -> dict[str, str]:
    return {name: value[:LONGEST_FACT] for name, value in signal.facts}


def _links(signal: Signal) -> list[dict[str, str]]:
    return [{"href": address, "text": text} for text, address in signal.links]


def fitting(event: dict[str, Any]) -> bytes:
    """Return the event as JSON of at most 512 KB, without its details where it would be larger."""
    body = json.dumps(event, ensure_ascii=False).encode()
    if len(body) <= MOST_BYTES:
        return body
    slim = {name: value for name, value in event["payload"].items() if name != "custom_details"}
    return json.dumps({**event, "payload": slim, "links": []}, ensure_ascii=False).encode()
