"""Signed webhooks, as a platform whose channels are their names: an event is posted as JSON, once or again with the same id.

The signature is HMAC-SHA256 over the time of sending, a dot and the body, so that nobody can make one or send an old one again.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.domain.errors import Refused, Unavailable
from bot.domain.outbox import IN_CHANNEL
from bot.domain.signal import SignalKind
from bot.pagers.mail_text import plain_body
from bot.pagers.web_post import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.message import Message
    from bot.domain.outbox import Placing
    from bot.domain.pager import Webhook
    from bot.pagers.web_post import Web
    from bot.ports import Clock

_GONE = 410
_REDIRECTS = range(300, 400)
_AGAIN = frozenset({408, 425})
"""Too early, or not read in time: the other side wants it once more."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The ChatPlatform port over the team file's webhooks in force."""

    web: Web
    clock: Clock
    hooks: Callable[[], Mapping[str, Webhook]]

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Post an event to a webhook and return its id, which is the same for the same key."""
        del placing
        hook = self.hooks().get(channel)
        if hook is None:
            raise Refused(f"The team file declares no webhook “{channel}”.", "webhooks in the team file")
        event, body = event_of(channel, key, message)
        request = Request("POST", hook.address, f"The webhook {channel}", body, self._headers(hook, event, body))
        answer = await self.web.call(request)
        if not answer.good:
            raise _refusal(channel, answer.status)
        return event["id"]

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Refuse: what was posted stays."""
        del channel, reference, message
        raise Refused("An event cannot be changed once it is posted.", "cards belong into channels")

    def _headers(self, hook: Webhook, event: dict[str, str], body: bytes) -> dict[str, str]:
        sent_at = str(int(self.clock.now().timestamp()))
        return {
            "Content-Type": "application/json",
            "Rollcall-Event": event["type"],
            "Rollcall-Id": event["id"],
            "Rollcall-Timestamp": sent_at,
            "Rollcall-Signature": f"v1={signature(hook.secret.value, sent_at, body)}",
        }


def signature(secret: str, sent_at: str, body: bytes) -> str:
    """Return the signature of a body that is sent at a time (seconds since 1970), in hexadecimal digits."""
    return hmac.new(secret.encode(), f"{sent_at}.".encode() + body, sha256).hexdigest()


def event_of(channel: str, key: str, message: Message) -> tuple[dict[str, str], bytes]:
    """Return an event's id and type, and the whole of it as JSON, the same for every time it is sent."""
    signal = message.signal
    kind = str(signal.kind if signal is not None else SignalKind.ANNOUNCED)
    at = signal.at.isoformat() if signal is not None else ""
    head = {"id": sha256(f"{key}:{at}".encode()).hexdigest()[:32], "type": kind, "at": at, "webhook": channel}
    rest = {
        "about": signal.about if signal is not None else "",
        "severity": signal.severity if signal is not None else "",
        "summary": message.summary,
        "text": plain_body(message),
        "facts": dict(signal.facts) if signal is not None else {},
        "links": [{"text": text, "href": address} for text, address in (signal.links if signal is not None else ())],
    }
    return head, json.dumps({**head, **rest}, ensure_ascii=False).encode()


def _refusal(channel: str, status: int) -> Exception:
    if status == _GONE:
        return Refused(f"The webhook {channel} is gone (410).", "remove it from the team file, or give its new address")
    if status in _REDIRECTS:
        return Refused(
            f"The webhook {channel} points elsewhere ({status}).", "redirects are not followed: correct its address"
        )
    if status in _AGAIN:
        return Unavailable(f"The webhook {channel} does not take the event now ({status}).")
    return Refused(f"The webhook {channel} refuses the event with status {status}.", "look into the receiver's own log")
