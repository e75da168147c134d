"""Routes about the application, its guilds and the people in them."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord.calls import Call
from tests.fakes.discord.intents import Intent
from tests.fakes.discord.payloads import channel_json, guild_json, member_json, role_json, user_json
from tests.fakes.discord.posts import Json
from tests.fakes.discord.refusals import Refusal, invalid
from tests.fakes.discord.world import World

LIMITED_FLAGS = {Intent.GUILD_PRESENCES: 1 << 13, Intent.GUILD_MEMBERS: 1 << 15, Intent.MESSAGE_CONTENT: 1 << 19}
"""The flags by which an application of fewer than 100 guilds may ask for privileged intents."""


def application_flags(world: World) -> int:
    """Return the application's flags: which privileged intents are switched on for it."""
    return sum(flag for intent, flag in LIMITED_FLAGS.items() if intent in world.privileged)


def gateway_address(world: World) -> str:
    """Return where the gateway is."""
    return world.address.replace("http://", "ws://") + "/gateway/"


def gateway(world: World, _call: Call) -> Json:
    """`GET /gateway`."""
    return {"url": gateway_address(world)}


def gateway_bot(world: World, _call: Call) -> Json:
    """`GET /gateway/bot`."""
    limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
    return {"url": gateway_address(world), "shards": 1, "session_start_limit": limit}


def me(world: World, _call: Call) -> Json:
    """`GET /users/@me`."""
    return user_json(world.bot) | {"verified": True, "mfa_enabled": False, "flags": 0, "locale": "en-US"}


def user(world: World, call: Call) -> Json:
    """`GET /users/{user_id}`."""
    person = world.people.get(call.id("user_id"))
    if person is None:
        raise Refusal(10013)
    return user_json(person)


def application(world: World, call: Call) -> Json:
    """`GET /oauth2/applications/@me` and the two newer ways to ask for the same."""
    if call.ids.get("application_id", str(world.application_id)) != str(world.application_id):
        raise Refusal(50001)
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "owner": user_json(world.bot),
        "team": None,
        "verify_key": "0" * 64,
        "flags": application_flags(world),
        "bot": user_json(world.bot),
        "interactions_endpoint_url": None,
        "approximate_guild_count": len(world.guilds),
    }


def my_guilds(world: World, _call: Call) -> list[Json]:
    """`GET /users/@me/guilds`."""
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(int(guild.permissions_of(world.bot))),
            "features": [],
        }
        for guild in world.guilds.values()
    ]


def leave(world: World, call: Call) -> None:
    """`DELETE /users/@me/guilds/{guild_id}`."""
    guild = world.seen_guild(call.id("guild_id"))
    del world.guilds[guild.id]
    del guild.members[world.bot.id]
    world.tell("GUILD_DELETE", {"id": str(guild.id)}, Intent.GUILDS)


def open_direct(world: World, call: Call) -> Json:
    """`POST /users/@me/channels`; opening works with everybody, writing may not."""
    wanted = str((call.body or {}).get("recipient_id"))
    person = world.people.get(int(wanted)) if wanted.isdigit() else None
    if person is None:
        raise invalid(("recipient_id", f"Value {wanted!r} is no user."))
    return channel_json(world.direct_channel(person))


def guild(world: World, call: Call) -> Json:
    """`GET /guilds/{guild_id}`."""
    found = world.seen_guild(call.id("guild_id"))
    counts = {"approximate_member_count": len(found.members), "approximate_presence_count": 1}
    return guild_json(found) | (counts if call.query.get("with_counts") in {"1", "true"} else {})


def channels(world: World, call: Call) -> list[Json]:
    """`GET /guilds/{guild_id}/channels`."""
    return [channel_json(channel) for channel in world.seen_guild(call.id("guild_id")).channels]


def roles(world: World, call: Call) -> list[Json]:
    """`GET /guilds/{guild_id}/roles`."""
    return [role_json(role) for role in world.seen_guild(call.id("guild_id")).roles]


def members(world: World, call: Call) -> list[Json]:
    """`GET /guilds/{guild_id}/members`, which needs the privileged intent."""
    found = world.seen_guild(call.id("guild_id"))
    if Intent.GUILD_MEMBERS not in world.privileged:
        raise Refusal(50001)
    after = int(call.query.get("after", 0))
    listed = [one for number, one in sorted(found.members.items()) if number > after]
    return [member_json(one) for one in listed[: call.limit(1, 1000)]]


def found_members(world: World, call: Call) -> list[Json]:
    """`GET /guilds/{guild_id}/members/search`: names that begin with the query."""
    found = world.seen_guild(call.id("guild_id"))
    wanted = call.query.get("query", "").lower()
    listed = [one for one in found.members.values() if (one.nick or one.person.name).lower().startswith(wanted)]
    return [member_json(one) for one in listed[: call.limit(1, 1000)]]


def member(world: World, call: Call) -> Any:
    """`GET /guilds/{guild_id}/members/{user_id}`."""
    found = world.seen_guild(call.id("guild_id")).members.get(call.id("user_id"))
    if found is None:
        raise Refusal(10007)
    return member_json(found)
