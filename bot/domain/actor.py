"""Who does something, from where, and by which request."""

from __future__ import annotations

from dataclasses import dataclass

SYSTEM_NAME = "rollcall"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the bot itself) acting in one channel of one platform.

    `person` is the one name a human has on every platform, `platform_id` the platform's own identity,
    `request_id` is unique per request and lets a repeated delivery be recognised. `seen_here` says whether the others in
    the channel see the answer: that to a typed line they do, that to a pressed button is for the person alone.
    """

    person: str
    platform: str
    platform_id: str
    channel: str
    request_id: str
    roles: frozenset[str] = frozenset()
    seen_here: bool = True


def system_actor(request_id: str) -> Actor:
    """Return the actor of what the loop does by itself, traced to the request or the due work that caused it."""
    return Actor(SYSTEM_NAME, SYSTEM_NAME, SYSTEM_NAME, "", request_id, frozenset({"system"}))
