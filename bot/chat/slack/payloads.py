"""What Slack sends when somebody does something, read into what the bot works with.

A payload that lacks what its kind always has raises Unreadable: nothing is guessed. The name that a request has for us
(`request_id`) comes from Slack and is the same whenever the same thing is delivered again, on whichever connection:

- typed and pressed: the `trigger_id`, which Slack makes anew for everything that a person does and keeps in a repeat.
  Slack repeats neither by itself, but an envelope may come once more after a connection was lost.
- submitted: the view's id and hash with a digest of what was written. Where our answer came too late the dialog stays
  open, and whoever presses the button again sends a new `trigger_id` with the same view and the same words: that is one
  wish, while other words are another.
- events: the `event_id`, which the three repeats of the Events API share.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.conversation import Origin
from bot.chat.slack.modal import LONGEST_METADATA
from bot.chat.slack.spans import PLATFORM
from bot.chat.slack.typed_text import typed_text

Payload = Mapping[str, Any]


class Unreadable(Exception):
    """A payload lacks what its kind always has."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer for one person can go.

    `response_url` takes up to five messages within half an hour, `trigger` opens one dialog within three seconds,
    `dialog` is the id of an open one, `thread` the message below which to answer; each may be empty. In the Home tab
    nobody else is: there the person's own id stands for the channel.
    """

    channel: str
    user: str
    response_url: str = ""
    thread: str = ""
    trigger: str = ""
    dialog: str = ""

    @property
    def is_personal(self) -> bool:
        """Say whether it is the Home tab."""
        return self.channel == self.user


@dataclass(frozen=True, slots=True)
class Typed:
    """A slash command."""

    line: str
    origin: Origin
    place: Place


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button; `line` is the command that it carries."""

    line: str
    origin: Origin
    place: Place


@dataclass(frozen=True, slots=True)
class Submission:
    """A dialog that was filled in: the command it leads to, and what was written, by the name of the field."""

    line: str
    given: Mapping[str, str]
    origin: Origin
    place: Place


# ---------------------------------------------------------------------------------------------------------------------
# Who


def teams_of(payload: Payload) -> frozenset[str]:
    """Return every workspace that a payload names for whoever did something, and for where it was done.

    In a channel shared with others, Slack names ours beside that of the person (`user.team_id`, `user_team`).
    """
    named = (
        ("team_id",),
        ("team",),
        ("team", "id"),
        ("user", "team_id"),
        ("event", "user_team"),
        ("event", "team"),
        ("view", "app_installed_team_id"),
    )
    return frozenset(filter(None, (_text(payload, *path) for path in named)))


def user_of(payload: Payload) -> str:
    """Return who did something; empty where nobody is named."""
    paths = (("user_id",), ("user", "id"), ("event", "user"))
    return next(filter(None, (_text(payload, *path) for path in paths)), "")


def bots_of(payload: Payload) -> frozenset[str]:
    """Return as whom the app is installed where an event happened."""
    found = payload.get("authorizations")
    installed = found if isinstance(found, list) else []
    return frozenset(filter(None, (_text(it, "user_id") for it in installed if isinstance(it, Mapping))))


def kind_of(payload: Payload) -> str:
    """Return what a payload is, in one word or two: `command`, `block_actions`, `event team_join`."""
    if "command" in payload:
        return "command"
    kind = _text(payload, "type") or "nothing known"
    return f"event {_text(payload, 'event', 'type')}" if kind == "event_callback" else kind


def place_of(payload: Payload) -> Place:
    """Return where whoever did something can be answered, as far as that can be told."""
    user = user_of(payload)
    channel = _text(payload, "channel_id") or _text(payload, "channel", "id") or user
    dialog = _text(payload, "view", "id") if _text(payload, "view", "type") == "modal" else ""
    return Place(channel, user, _text(payload, "response_url"), "", _text(payload, "trigger_id"), dialog)


def request_of(payload: Payload) -> str:
    """Return what the log calls a request, whatever it is."""
    return f"{PLATFORM}:{_text(payload, 'trigger_id') or _text(payload, 'event_id') or 'unnamed'}"


# ---------------------------------------------------------------------------------------------------------------------
# What


def read_command(payload: Payload) -> Typed:
    """Read a slash command. Raises Unreadable."""
    line = f"{_needed(payload, 'command')} {typed_text(_text(payload, 'text'))}".strip()
    trigger = _needed(payload, "trigger_id")
    place = Place(_needed(payload, "channel_id"), _needed(payload, "user_id"), _text(payload, "response_url"))
    return Typed(line, _origin(place, trigger), place)


def read_press(payload: Payload) -> Press | None:
    """Read a pressed button; None for one that carries no command, such as a link. Raises Unreadable."""
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], Mapping):
        raise Unreadable("block_actions without an action")
    line = _text(actions[0], "value")
    if not line:
        return None
    trigger = _needed(payload, "trigger_id")
    place = _place_of_press(payload, trigger)
    return Press(line, _origin(place, trigger, pressed=True), place)


def read_submission(payload: Payload) -> Submission:
    """Read a dialog that was filled in. Raises Unreadable."""
    view = payload.get("view")
    if not isinstance(view, Mapping):
        raise Unreadable("view_submission without a view")
    kept = read_metadata(_text(view, "private_metadata"))
    given = _filled_in(view)
    written = json.dumps(sorted(given.items())).encode()
    request = f"{_needed(view, 'id')}:{_needed(view, 'hash')}:{hashlib.sha256(written).hexdigest()[:16]}"
    place = _place_kept(kept, _needed(payload, "user", "id"), dialog=_needed(view, "id"))
    return Submission(_needed(kept, "line"), given, _origin(place, request, pressed=True), place)


def origin_of_event(payload: Payload) -> Origin:
    """Return where an event came from; its channel may be empty. Raises Unreadable."""
    place = Place(_text(payload, "event", "channel"), _needed(payload, "event", "user"))
    return _origin(place, _needed(payload, "event_id"))


# ---------------------------------------------------------------------------------------------------------------------
# What a dialog keeps


def metadata(place: Place, line: str = "") -> str:
    """Return what a dialog keeps of where it was opened: its answer belongs there, and `line` is what it leads to."""
    kept = {"channel": place.channel, "thread": place.thread, "response_url": place.response_url, "line": line}
    text = json.dumps({name: value for name, value in kept.items() if value})
    if len(text) <= LONGEST_METADATA:
        return text
    return metadata(Place(place.channel, place.user, thread=place.thread), line)


def read_metadata(text: str) -> dict[str, str]:
    """Return what a dialog kept; nothing where it kept nothing that we wrote."""
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    return {name: value for name, value in kept.items() if isinstance(value, str)} if isinstance(kept, dict) else {}


# ---------------------------------------------------------------------------------------------------------------------
# Pieces


def _text(payload: Payload, *path: str) -> str:
    value: object = payload
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _needed(payload: Payload, *path: str) -> str:
    value = _text(payload, *path)
    if not value:
        raise Unreadable(f"there is no {'.'.join(path)}")
    return value


def _origin(place: Place, request: str, *, pressed: bool = False) -> Origin:
    return Origin(PLATFORM, place.channel, place.user, f"{PLATFORM}:{request}", pressed=pressed)


def _place_of_press(payload: Payload, trigger: str) -> Place:
    user = _needed(payload, "user", "id")
    match _text(payload, "view", "type"):
        case "home":
            return Place(user, user, trigger=trigger)
        case "":
            channel = _text(payload, "channel", "id") or _needed(payload, "container", "channel_id")
            return Place(channel, user, _text(payload, "response_url"), _thread_of(payload), trigger)
        case _:
            kept = read_metadata(_text(payload, "view", "private_metadata"))
            return _place_kept(kept, user, trigger=trigger, dialog=_needed(payload, "view", "id"))


def _place_kept(kept: Mapping[str, str], user: str, *, trigger: str = "", dialog: str = "") -> Place:
    channel = kept.get("channel", user)
    return Place(channel, user, kept.get("response_url", ""), kept.get("thread", ""), trigger, dialog)


def _thread_of(payload: Payload) -> str:
    """Return the thread that the message of a button stands in; a message that only begins one stands in the channel."""
    thread = _text(payload, "message", "thread_ts") or _text(payload, "container", "thread_ts")
    return "" if thread == _text(payload, "container", "message_ts") else thread


def _filled_in(view: Payload) -> dict[str, str]:
    """Return what was written, by the names of the fields, which are the ids of their blocks."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    fields = values if isinstance(values, Mapping) else {}
    return {name: _text(fields, name, name, "value") for name in fields}
