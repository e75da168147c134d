"""One call of the Web API: how its arguments are read, whose token it carries and what that token may."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from aiohttp import web

from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.messages import Content, content_of
from tests.fakes.slack.workspace import Channel, Person, Workspace

STRUCTURED = {"blocks", "attachments", "metadata", "view", "files"}
"""Arguments that are JSON within a form."""
ANYWHERE = frozenset({"token", "team_id"})


@dataclass(slots=True)
class Call:
    """A call as it came in and how it ended: `answer` is None while, or because, there was none.

    `error` is Slack's word for what was wrong, empty where the call did what it says.
    """

    method: str
    at: datetime
    arguments: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] | None = None
    error: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call by name, whether they came in the address, a form or as JSON."""

    given: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.given.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise Refused("invalid_arguments", f"no {name}", response_metadata={"messages": [f"missing: {name}"]})
        return value

    def flag(self, name: str) -> bool:
        """Return a truth value: true, "true", 1 and "1" are true."""
        return str(self.given.get(name, "")).lower() in {"true", "1"}

    def number(self, name: str, default: int, most: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not 1 <= int(value) <= most:
            raise Refused("invalid_limit" if name == "limit" else "invalid_arguments", f"{name}={value}")
        return int(value)


@dataclass(frozen=True, slots=True)
class Caller:
    """What a method works on: the workspace and the call's arguments; it asks for scopes as it goes."""

    workspace: Workspace
    method: str
    arguments: Arguments

    @property
    def bot(self) -> Person:
        return self.workspace.bot

    def complain(self, complaint: str) -> None:
        self.workspace.complaints.add(f"{self.method}: {complaint}")

    def need(self, *scopes: str) -> None:
        """Insist on scopes of the bot token, and note that they are used."""
        granted = self.workspace.installation.scopes
        self.workspace.scopes_used |= set(scopes)
        if missing := [scope for scope in scopes if scope not in granted]:
            more = {"needed": ",".join(scopes), "provided": ",".join(sorted(granted))}
            raise Refused("missing_scope", f"the token has no {', '.join(missing)}", **more)

    def has(self, scope: str) -> bool:
        return scope in self.workspace.installation.scopes

    def channel(self, kind: str, channel_id: str) -> Channel:
        """Find a channel that the bot may know of; `kind` (`read`, `history`) names the scope it needs by its sort."""
        channel = self.workspace.channels.get(channel_id)
        if channel is None or (channel.private and self.bot.id not in channel.members):
            raise Refused("channel_not_found")
        self.need(f"{sort_of(channel)}:{kind}")
        return channel

    def content(self, *, edit: bool = False) -> Content:
        """Read what the call wants to say."""
        names = self.workspace.channel_names()
        return content_of(self.arguments.given, self.complain, names, edit=edit)


def sort_of(channel: Channel) -> str:
    """Return the word by which scopes name a channel's sort."""
    return "im" if channel.direct else "groups" if channel.private else "channels"


Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API: what it does, what it takes, and the scopes it needs whatever it is called for.

    A method that reads takes no JSON. `form` methods that write take both, as those that the documentation lists with
    two content types.
    """

    perform: Callable[[Caller], Answer]
    takes: frozenset[str]
    scopes: tuple[str, ...] = ()
    reads: bool = False
    token: Literal["bot", "app", "none"] = "bot"


def method(perform: Callable[[Caller], Answer], takes: str = "", scopes: str = "", **more: Any) -> Method:
    """Describe a method; `takes` and `scopes` are words with spaces between them."""
    return Method(perform, frozenset(takes.split()), tuple(scopes.split()), **more)


async def read_arguments(request: web.Request, called: Method, complain: Callable[[str], None]) -> dict[str, Any]:
    """Read what was given in the address and the body; the body wins."""
    given: dict[str, Any] = dict(request.query)
    if "token" in given:
        complain("a token in the address, where logs keep it")
    if request.content_type == "application/json":
        given |= await _json_of(request, called, complain)
    elif request.can_read_body:
        given |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    for name in STRUCTURED & given.keys():
        given[name] = _structured(name, given[name])
    unknown = given.keys() - called.takes - ANYWHERE
    if unknown:
        complain(f"arguments it does not know, and drops without a word: {', '.join(sorted(unknown))}")
    return {name: value for name, value in given.items() if name not in unknown}


async def _json_of(request: web.Request, called: Method, complain: Callable[[str], None]) -> dict[str, Any]:
    if called.reads:
        complain("JSON for a method that reads forms and addresses only")
        return {}
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise Refused("invalid_json", "a body that is no JSON") from None
    if not isinstance(body, dict):
        raise Refused("json_not_object", "a body that is no object")
    return body


def _structured(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused("invalid_arguments", f"{name} is no JSON") from None
