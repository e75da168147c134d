"""Routes about threads: docs.discord.com/developers/topics/threads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.fakes.discord.calls import Call
from tests.fakes.discord.findings import Findings
from tests.fakes.discord.intents import Intent
from tests.fakes.discord.payloads import channel_json
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.places import Channel, ChannelType, ThreadState
from tests.fakes.discord.posts import Json, Message, MessageFlag
from tests.fakes.discord.refusals import Refusal, invalid
from tests.fakes.discord.world import World

ARCHIVED_AFTER = (60, 1440, 4320, 10080)
"""In minutes: the times that a thread may stay without a message."""
CHANGEABLE = {"name", "archived", "locked", "auto_archive_duration", "invitable", "rate_limit_per_user", "flags"}


def from_message(world: World, call: Call) -> Json:
    """`POST /channels/{channel_id}/messages/{message_id}/threads`: the thread gets the message's id."""
    channel = world.seen_channel(call.id("channel_id"), "CREATE_PUBLIC_THREADS")
    message = next((one for one in channel.messages if one.id == call.id("message_id")), None)
    if message is None:
        raise Refusal(10008)
    if message.thread is not None:
        raise Refusal(160004)
    return channel_json(_started(world, channel, call.body, ChannelType.PUBLIC_THREAD, message))


def create(world: World, call: Call) -> Json:
    """`POST /channels/{channel_id}/threads`: a private one, where nothing else is said."""
    body = call.body or {}
    kind = ChannelType(body.get("type", ChannelType.PRIVATE_THREAD))
    wanted = {
        ChannelType.PUBLIC_THREAD: "CREATE_PUBLIC_THREADS",
        ChannelType.PRIVATE_THREAD: "CREATE_PRIVATE_THREADS",
    }
    if kind not in wanted:
        raise invalid(("type", f"A thread is not of type {kind}."))
    channel = world.seen_channel(call.id("channel_id"), wanted[kind])
    return channel_json(_started(world, channel, body, kind, None))


def _started(world: World, channel: Channel, body: Any, kind: ChannelType, message: Message | None) -> Channel:
    guild, now = channel.guild, world.clock.now()
    if guild is None or channel.kind is not ChannelType.TEXT:
        raise Refusal(50024)
    _check(body or {}, named=True)
    if sum(not thread.archived for thread in guild.threads) >= guild.most_active_threads:
        raise Refusal(160006)
    minutes = body.get("auto_archive_duration") or 4320
    number = world.ids.next() if message is None else message.id
    thread = Channel(world, number, kind, body["name"], guild=guild, parent=channel)
    thread.thread = ThreadState(world.bot, timedelta(minutes=minutes), now, now, {world.bot.id})
    guild.threads.append(thread)
    if message is not None:
        message.thread = thread
        message.flags |= MessageFlag.HAS_THREAD
    world.tell("THREAD_CREATE", channel_json(thread) | {"newly_created": True}, Intent.GUILDS)
    return thread


def _check(body: Json, *, named: bool) -> None:
    found = Findings()
    if named or "name" in body:
        found.text("name", body.get("name"), 100, shortest=1)
    if body.get("auto_archive_duration") not in {None, *ARCHIVED_AFTER}:
        found.say("auto_archive_duration", f"Must be one of {ARCHIVED_AFTER} minutes.")
    if found.problems:
        raise invalid(*found.problems)


def change(world: World, call: Call) -> Json:
    """`PATCH /channels/{channel_id}`: of a thread only; the bot changes no other channel."""
    channel, thread = _thread(world, call)
    body = call.body or {}
    managing = Permission.MANAGE_THREADS in channel.permissions_of(world.bot)
    if unknown := set(body) - CHANGEABLE:
        raise invalid(*((name, "This server does not know it.") for name in unknown))
    _check(body, named=False)
    if channel.archived and body.get("archived") is not False:
        raise Refusal(50083)
    if not managing and (thread.owner is not world.bot or {"locked", "rate_limit_per_user"} & set(body)):
        raise Refusal(50013)
    if "archived" in body:
        thread.closed, thread.active_at = bool(body["archived"]), world.clock.now()
    channel.name = body.get("name", channel.name)
    thread.locked = bool(body.get("locked", thread.locked))
    if minutes := body.get("auto_archive_duration"):
        thread.archived_after, thread.active_at = timedelta(minutes=minutes), world.clock.now()
    world.tell("THREAD_UPDATE", channel_json(channel), Intent.GUILDS)
    return channel_json(channel)


def delete(world: World, call: Call) -> Json:
    """`DELETE /channels/{channel_id}`: of a thread only."""
    channel, _ = _thread(world, call)
    if Permission.MANAGE_THREADS not in channel.permissions_of(world.bot):
        raise Refusal(50013)
    assert channel.guild is not None, "a thread is in a guild"
    said = channel_json(channel)
    channel.guild.threads.remove(channel)
    world.tell("THREAD_DELETE", {name: said[name] for name in ("id", "guild_id", "parent_id", "type")}, Intent.GUILDS)
    return said


def _thread(world: World, call: Call) -> tuple[Channel, ThreadState]:
    channel = world.seen_channel(call.id("channel_id"))
    if channel.thread is None:
        raise Refusal(50013)
    return channel, channel.thread


def join(world: World, call: Call) -> None:
    """`PUT /channels/{channel_id}/thread-members/@me`."""
    _let_in(world, call, world.bot.id)


def add(world: World, call: Call) -> None:
    """`PUT /channels/{channel_id}/thread-members/{user_id}`."""
    number = call.id("user_id")
    channel, _ = _thread(world, call)
    if channel.guild is None or number not in channel.guild.members:
        raise Refusal(10013)
    _let_in(world, call, number)


def _let_in(world: World, call: Call, number: int) -> None:
    channel, thread = _thread(world, call)
    if channel.archived:
        raise Refusal(50083)
    thread.members.add(number)


def active(world: World, call: Call) -> Json:
    """`GET /guilds/{guild_id}/threads/active`."""
    guild = world.seen_guild(call.id("guild_id"))
    return _listed(world, [thread for thread in guild.threads if not thread.archived])


def archived(world: World, call: Call) -> Json:
    """`GET /channels/{channel_id}/threads/archived/public`, the latest first."""
    channel = world.seen_channel(call.id("channel_id"), "READ_MESSAGE_HISTORY")
    found = [one for one in channel.threads if one.archived and one.kind is ChannelType.PUBLIC_THREAD]
    limit = call.limit(50, 100)
    return _listed(world, found[::-1][:limit]) | {"has_more": len(found) > limit}


def _listed(world: World, threads: list[Channel]) -> Json:
    seen = [one for one in threads if Permission.VIEW_CHANNEL in one.permissions_of(world.bot)]
    return {"threads": [channel_json(thread) for thread in seen], "members": []}
