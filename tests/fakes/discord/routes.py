"""Every route of the REST interface, and which function answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.fakes.discord import command_routes, guild_routes, interaction_routes, message_routes, thread_routes
from tests.fakes.discord.calls import Call
from tests.fakes.discord.world import World

Handle = Callable[[World, Call], Any]
"""Returns the JSON of the answer, or None for 204; raises Refusal."""


@dataclass(frozen=True, slots=True)
class Route:
    """Method and template as Discord's documentation writes them."""

    method: str
    template: str
    handle: Handle
    by_token: bool = False
    """Whether a token in the path stands for the bot's own."""

    @property
    def name(self) -> str:
        """What faults and tests call it."""
        return f"{self.method} {self.template}"


_CHANNEL = "/channels/{channel_id}"
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_GLOBAL = "/applications/{application_id}/commands"
_IN_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
_HOOK = "/webhooks/{webhook_id}/{webhook_token}"
_GUILD = "/guilds/{guild_id}"

ROUTES = (
    Route("GET", "/gateway", guild_routes.gateway, by_token=True),
    Route("GET", "/gateway/bot", guild_routes.gateway_bot),
    Route("GET", "/users/@me", guild_routes.me),
    Route("GET", "/users/@me/guilds", guild_routes.my_guilds),
    Route("DELETE", "/users/@me/guilds/{guild_id}", guild_routes.leave),
    Route("POST", "/users/@me/channels", guild_routes.open_direct),
    Route("GET", "/users/{user_id}", guild_routes.user),
    Route("GET", "/oauth2/applications/@me", guild_routes.application),
    Route("GET", "/applications/@me", guild_routes.application),
    Route("GET", "/applications/{application_id}", guild_routes.application),
    *(
        route
        for base in (_GLOBAL, _IN_GUILD)
        for route in (
            Route("GET", base, command_routes.read_all),
            Route("PUT", base, command_routes.overwrite),
            Route("POST", base, command_routes.create),
            Route("GET", f"{base}/{{command_id}}", command_routes.read),
            Route("PATCH", f"{base}/{{command_id}}", command_routes.change),
            Route("DELETE", f"{base}/{{command_id}}", command_routes.delete),
        )
    ),
    Route("GET", _GUILD, guild_routes.guild),
    Route("GET", f"{_GUILD}/channels", guild_routes.channels),
    Route("GET", f"{_GUILD}/roles", guild_routes.roles),
    Route("GET", f"{_GUILD}/members", guild_routes.members),
    Route("GET", f"{_GUILD}/members/search", guild_routes.found_members),
    Route("GET", f"{_GUILD}/members/{{user_id}}", guild_routes.member),
    Route("GET", f"{_GUILD}/threads/active", thread_routes.active),
    Route("GET", _CHANNEL, message_routes.channel),
    Route("PATCH", _CHANNEL, thread_routes.change),
    Route("DELETE", _CHANNEL, thread_routes.delete),
    Route("POST", f"{_CHANNEL}/typing", message_routes.typing),
    Route("GET", f"{_CHANNEL}/messages", message_routes.history),
    Route("POST", f"{_CHANNEL}/messages", message_routes.create),
    Route("GET", _MESSAGE, message_routes.read),
    Route("PATCH", _MESSAGE, message_routes.edit),
    Route("DELETE", _MESSAGE, message_routes.delete),
    Route("POST", f"{_MESSAGE}/threads", thread_routes.from_message),
    Route("POST", f"{_CHANNEL}/threads", thread_routes.create),
    Route("GET", f"{_CHANNEL}/threads/archived/public", thread_routes.archived),
    Route("PUT", f"{_CHANNEL}/thread-members/@me", thread_routes.join),
    Route("PUT", f"{_CHANNEL}/thread-members/{{user_id}}", thread_routes.add),
    Route(
        "POST", "/interactions/{interaction_id}/{interaction_token}/callback", interaction_routes.answer, by_token=True
    ),
    Route("POST", _HOOK, interaction_routes.follow_up, by_token=True),
    Route("GET", f"{_HOOK}/messages/{{message_id}}", interaction_routes.read, by_token=True),
    Route("PATCH", f"{_HOOK}/messages/{{message_id}}", interaction_routes.edit, by_token=True),
    Route("DELETE", f"{_HOOK}/messages/{{message_id}}", interaction_routes.delete, by_token=True),
)


def route_names() -> Iterable[str]:
    """Yield the names of all routes."""
    return (route.name for route in ROUTES)


def route_for(call: Call) -> Route | None:
    """Find the route of a request, the most literal one first, and write its name and the ids into the call."""
    for route in _LITERAL_FIRST:
        ids = _matched(route, call)
        if ids is not None:
            call.ids, call.name = ids, route.name
            return route
    return None


_LITERAL_FIRST = sorted(ROUTES, key=lambda route: route.template.count("{"))


def _matched(route: Route, call: Call) -> dict[str, str] | None:
    wanted, given = route.template.split("/"), call.path.split("/")
    if route.method != call.method or len(wanted) != len(given):
        return None
    ids: dict[str, str] = {}
    for part, word in zip(wanted, given, strict=True):
        if part.startswith("{"):
            ids[part.strip("{}")] = word
        elif part != word:
            return None
    return ids
