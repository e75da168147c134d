"""Routes about channels and the messages in them."""

from __future__ import annotations

from tests.fakes.discord.calls import Call
from tests.fakes.discord.drafts import drafted
from tests.fakes.discord.payloads import channel_json, message_json, readable
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.places import Channel
from tests.fakes.discord.posting import (
    delete_message,
    edit_message,
    may_write,
    new_message,
    remember,
    remembered,
    replied_to,
)
from tests.fakes.discord.posts import Json, Message
from tests.fakes.discord.refusals import Refusal, invalid
from tests.fakes.discord.world import World


def channel(world: World, call: Call) -> Json:
    """`GET /channels/{channel_id}`."""
    return channel_json(world.seen_channel(call.id("channel_id")))


def typing(world: World, call: Call) -> None:
    """`POST /channels/{channel_id}/typing`."""
    world.seen_channel(call.id("channel_id"), "SEND_MESSAGES")


def history(world: World, call: Call) -> list[Json]:
    """`GET /channels/{channel_id}/messages`, from the newest to the oldest; without READ_MESSAGE_HISTORY none."""
    place = world.seen_channel(call.id("channel_id"))
    if Permission.READ_MESSAGE_HISTORY not in place.permissions_of(world.bot):
        return []
    limit = call.limit(50, 100)
    bounds = {name: int(call.query[name]) for name in ("around", "before", "after") if name in call.query}
    if len(bounds) > 1:
        raise invalid(("around", "around, before and after exclude each other."))
    chosen = _chosen(place.messages, bounds, limit)
    return [_readable(world, message) for message in sorted(chosen, key=lambda message: -message.id)]


def _chosen(messages: list[Message], bounds: dict[str, int], limit: int) -> list[Message]:
    if "after" in bounds:
        return [one for one in messages if one.id > bounds["after"]][:limit]
    if "around" in bounds:
        nearest = sorted(messages, key=lambda one: abs(one.id - bounds["around"]))
        return nearest[:limit]
    return [one for one in messages if one.id < bounds.get("before", 2**63)][-limit:]


def create(world: World, call: Call) -> Json:
    """`POST /channels/{channel_id}/messages`."""
    place = world.seen_channel(call.id("channel_id"))
    draft = drafted(call.body, call.files)
    may_write(world, place, draft)
    known = remembered(world, call.body)
    if known is not None:
        return message_json(known)
    more = {"nonce": call.body.get("nonce"), "reply_to": replied_to(place, call.body)}
    message = new_message(world, place, world.bot, draft, **more)
    remember(world, message)
    return message_json(message)


def read(world: World, call: Call) -> Json:
    """`GET /channels/{channel_id}/messages/{message_id}`."""
    return _readable(world, _found(world.seen_channel(call.id("channel_id"), "READ_MESSAGE_HISTORY"), call))


def edit(world: World, call: Call) -> Json:
    """`PATCH /channels/{channel_id}/messages/{message_id}`."""
    place = world.seen_channel(call.id("channel_id"))
    message = _found(place, call)
    if message.author is not world.bot:
        raise Refusal(50005)
    if place.archived:
        raise Refusal(50083)
    draft = drafted(call.body, call.files, of=message)
    _count_old_edit(world, message)
    edit_message(world, message, draft)
    return message_json(message)


def delete(world: World, call: Call) -> None:
    """`DELETE /channels/{channel_id}/messages/{message_id}`."""
    place = world.seen_channel(call.id("channel_id"))
    message = _found(place, call)
    if message.author is not world.bot and Permission.MANAGE_MESSAGES not in place.permissions_of(world.bot):
        raise Refusal(50013)
    delete_message(world, message)


def _readable(world: World, message: Message) -> Json:
    """Return a message as the application may read it; the intent counts here, too."""
    guild = message.channel.guild
    where = {} if guild is None else {"guild_id": str(guild.id)}
    return readable(message_json(message) | where, world.privileged)


def _found(place: Channel, call: Call) -> Message:
    for message in place.messages:
        if message.id == call.id("message_id"):
            return message
    raise Refusal(10008)


def _count_old_edit(world: World, message: Message) -> None:
    """Refuse one edit too many of messages that were posted long ago."""
    rules, now, edits = world.rules, world.clock.now(), message.channel.old_edits
    if rules.old_edits is None or now - message.created_at <= rules.old_after:
        return
    if sum(now - moment < rules.old_edit_window for moment in edits) >= rules.old_edits:
        raise Refusal(30046, retry_after=rules.old_edit_retry_after)
    edits.append(now)
