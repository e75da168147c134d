"""Putting messages into channels and changing them there."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord.drafts import Draft, shown_files
from tests.fakes.discord.intents import Intent
from tests.fakes.discord.mentions import pings_of
from tests.fakes.discord.payloads import message_json
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.places import Channel, Person
from tests.fakes.discord.posts import Json, Message, MessageFlag
from tests.fakes.discord.refusals import Refusal, invalid
from tests.fakes.discord.world import World


def new_message(world: World, channel: Channel, author: Person, draft: Draft, **more: Any) -> Message:
    """Post a draft and tell of it; `more` are further fields of the message."""
    message = Message(world.ids.next(), channel, author, world.clock.now(), **more)
    channel.posts.append(message)
    if channel.thread is not None:
        channel.thread.closed = False
        channel.thread.active_at = world.clock.now()
    fill(world, message, draft)
    tell(world, "MESSAGE_CREATE", message)
    return message


def edit_message(world: World, message: Message, draft: Draft) -> None:
    """Make a message what the draft of its edit says, and tell of it."""
    loading = MessageFlag.LOADING in message.flags
    fill(world, message, draft)
    if not loading:
        message.edits += 1
        message.edited_at = world.clock.now()
    tell(world, "MESSAGE_UPDATE", message)


def fill(world: World, message: Message, draft: Draft) -> None:
    """Write a draft into a message."""
    message.content, message.embeds, message.components = draft.content, draft.embeds, draft.components
    message.flags = draft.flags | message.flags & (MessageFlag.EPHEMERAL | MessageFlag.HAS_THREAD)
    message.attachments = [*draft.kept, *(world.attach(upload, said) for upload, said in draft.uploads)]
    if message.has_layout:
        shown = set(shown_files(message.components))
        for hidden in sorted(draft.filenames - shown):
            world.complain(f"the file {hidden} hangs on a message of components, and none of them shows it")
    if draft.parses_anew:
        replied_to = None if message.reply_to is None else message.reply_to.author
        message.pings = pings_of(draft.mentioning, draft.allowed_mentions, message.channel, message.author, replied_to)
        message.all_pings += [message.pings] if message.pings else []


def delete_message(world: World, message: Message) -> None:
    """Take a message away and tell of it; a thread that was started from it stays."""
    message.deleted = True
    tell(world, "MESSAGE_DELETE", message)


def tell(world: World, event: str, message: Message) -> None:
    """Send an event about a message to the sessions whose intents ask for it."""
    if message.is_ephemeral or Permission.VIEW_CHANNEL not in message.channel.permissions_of(world.bot):
        return
    guild = message.channel.guild
    said: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
    if event != "MESSAGE_DELETE":
        said = message_json(message)
    if guild is not None:
        said["guild_id"] = str(guild.id)
    world.tell(event, said, Intent.DIRECT_MESSAGES if guild is None else Intent.GUILD_MESSAGES)


def may_write(world: World, channel: Channel, draft: Draft) -> None:
    """Refuse what the bot may not post into a channel."""
    if channel.recipient is not None and not channel.recipient.takes_direct_messages:
        raise Refusal(50007)
    held = channel.permissions_of(world.bot)
    wanted = Permission.SEND_MESSAGES if channel.thread is None else Permission.SEND_MESSAGES_IN_THREADS
    if draft.embeds:
        wanted |= Permission.EMBED_LINKS
    if draft.uploads:
        wanted |= Permission.ATTACH_FILES
    if wanted & ~held:
        raise Refusal(50013)
    if channel.thread is not None and channel.thread.locked and Permission.MANAGE_THREADS not in held:
        raise Refusal(160005)


def remembered(world: World, body: Json) -> Message | None:
    """Return the message that bore this nonce already, where the body wants it to be posted once only.

    Discord speaks of the same author and not of the same channel, so that one nonce cannot be used in two channels.
    """
    kept = world.rules.nonce_remembered
    if not body.get("enforce_nonce") or body.get("nonce") is None:
        return None
    moment, message = world.nonces.get(str(body["nonce"]), (None, None))
    return message if moment is not None and world.clock.now() - moment < kept else None


def remember(world: World, message: Message) -> None:
    """Keep a message under its nonce."""
    if message.nonce is not None:
        world.nonces[str(message.nonce)] = (world.clock.now(), message)


def replied_to(channel: Channel, body: Json) -> Message | None:
    """Return the message that a new one answers; raises Refusal for one that is not there."""
    reference = body.get("message_reference")
    if not reference:
        return None
    wanted = int(reference["message_id"])
    found = next((one for one in channel.messages if one.id == wanted), None)
    if found is None and reference.get("fail_if_not_exists", True):
        raise invalid(("message_reference", "Unknown message"))
    return found
