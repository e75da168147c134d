"""The server's things as Discord writes them in JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.fakes.discord.intents import Intent
from tests.fakes.discord.permissions import Overwrite
from tests.fakes.discord.places import Channel, ChannelType, Guild, Member, Person, Role
from tests.fakes.discord.posts import Attachment, Json, Message
from tests.fakes.discord.snowflakes import written

if TYPE_CHECKING:
    from tests.fakes.discord.world import World

ATTACHMENT_LIMIT = 10 * 2**20


def user_json(person: Person) -> Json:
    """A user object."""
    return {
        "id": str(person.id),
        "username": person.name,
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": person.bot,
        "public_flags": 0,
    }


def member_json(member: Member, *, with_user: bool = True) -> Json:
    """A guild member object."""
    said: Json = {
        "nick": member.nick,
        "avatar": None,
        "roles": [str(role.id) for role in member.roles],
        "joined_at": written(member.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }
    return said | {"user": user_json(member.person)} if with_user else said


def role_json(role: Role) -> Json:
    """A role object."""
    return {
        "id": str(role.id),
        "name": role.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": role.position,
        "permissions": str(int(role.permissions)),
        "managed": False,
        "mentionable": role.mentionable,
        "flags": 0,
    }


def channel_json(channel: Channel) -> Json:
    """A channel object of whatever kind."""
    posts = channel.posts
    said: Json = {
        "id": str(channel.id),
        "type": int(channel.kind),
        "last_message_id": str(posts[-1].id) if posts else None,
        "flags": 0,
    }
    if channel.guild is None:
        assert channel.recipient is not None, "a channel without a guild is somebody's direct messages"
        return said | {"recipients": [user_json(channel.recipient)]}
    said |= {"guild_id": str(channel.guild.id), "name": channel.name, "rate_limit_per_user": 0, "nsfw": False}
    return said | (_thread_json(channel) if channel.thread is not None else _guild_channel_json(channel, channel.guild))


def _guild_channel_json(channel: Channel, guild: Guild) -> Json:
    spoken: Json = {"bitrate": 64000, "user_limit": 0} if channel.kind is ChannelType.VOICE else {}
    return spoken | {
        "position": guild.channels.index(channel),
        "parent_id": None,
        "topic": None,
        "permission_overwrites": [_overwrite_json(one, over, guild) for one, over in channel.overwrites.items()],
    }


def _overwrite_json(whose: int, overwrite: Overwrite, guild: Guild) -> Json:
    of_role = any(role.id == whose for role in guild.roles)
    return {
        "id": str(whose),
        "type": 0 if of_role else 1,
        "allow": str(int(overwrite.allow)),
        "deny": str(int(overwrite.deny)),
    }


def _thread_json(channel: Channel) -> Json:
    thread = channel.thread
    assert thread is not None, "only threads are written as threads"
    assert channel.parent is not None, "a thread stands in a channel"
    return {
        "parent_id": str(channel.parent.id),
        "owner_id": str(thread.owner.id),
        "message_count": len(channel.messages),
        "total_message_sent": len(channel.posts),
        "member_count": len(thread.members),
        "thread_metadata": {
            "archived": channel.archived,
            "auto_archive_duration": int(thread.archived_after.total_seconds()) // 60,
            "archive_timestamp": written(thread.active_at),
            "create_timestamp": written(thread.started_at),
            "locked": thread.locked,
            "invitable": thread.invitable,
        },
    }


def guild_json(guild: Guild) -> Json:
    """A guild object, as REST gives it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "owner_id": str(guild.owner.id),
        "roles": [role_json(role) for role in guild.roles],
        "emojis": [],
        "stickers": [],
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "afk_timeout": 300,
        "preferred_locale": "en-US",
        "system_channel_id": None,
        "system_channel_flags": 0,
        "description": None,
    }


def available_guild_json(guild: Guild, bot: Person) -> Json:
    """A guild as GUILD_CREATE tells of it: with its channels, its active threads, and the bot's own member."""
    return guild_json(guild) | {
        "unavailable": False,
        "large": False,
        "joined_at": written(guild.members[bot.id].joined_at),
        "member_count": len(guild.members),
        "members": [member_json(guild.members[bot.id])],
        "channels": [channel_json(channel) for channel in guild.channels],
        "threads": [channel_json(thread) for thread in guild.threads if not thread.archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment_json(attachment: Attachment) -> Json:
    """An attachment object; its file can be fetched at its address."""
    return {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "description": attachment.description,
        "size": len(attachment.content),
        "content_type": attachment.content_type,
        "url": attachment.url,
        "proxy_url": attachment.url,
    }


def message_json(message: Message) -> Json:
    """A message object."""
    people = {person.name: person for person in message.channel.world.people.values()}
    guild = message.channel.guild
    said: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": _message_type(message),
        "author": user_json(message.author),
        "content": message.content,
        "timestamp": written(message.created_at),
        "edited_timestamp": written(message.edited_at),
        "tts": False,
        "mention_everyone": bool(message.pings.everyone),
        "mentions": [user_json(people[name]) for name in sorted(message.pings.people)],
        "mention_roles": [str(role.id) for role in (guild.roles if guild else ()) if role.name in message.pings.roles],
        "attachments": [attachment_json(attachment) for attachment in message.attachments],
        "embeds": [{"type": "rich"} | embed for embed in message.embeds],
        "components": message.components,
        "pinned": False,
        "flags": int(message.flags),
    }
    return said | _more_of_message(message)


def readable(said: Json, allowed: Intent) -> Json:
    """Leave out what the bot may not read: without the intent for it the content of people's messages in guilds.

    What mentions the bot it may read, and so its own messages and those of other bots that we do not have.
    """
    if "content" not in said or "guild_id" not in said or Intent.MESSAGE_CONTENT in allowed:
        return said
    if said["author"]["bot"] or any(user["bot"] for user in said["mentions"]):
        return said
    return said | {"content": "", "embeds": [], "attachments": [], "components": []}


def _message_type(message: Message) -> int:
    if message.reply_to is not None:
        return 19
    return 20 if (message.interaction or {}).get("type") == 2 else 0


def _more_of_message(message: Message) -> Json:
    said: Json = {}
    if message.nonce is not None:
        said["nonce"] = message.nonce
    if message.interaction is not None:
        application = str(message.author.id)
        said |= {"application_id": application, "webhook_id": application, "interaction_metadata": message.interaction}
    if message.reply_to is not None:
        said["message_reference"] = {
            "type": 0,
            "message_id": str(message.reply_to.id),
            "channel_id": str(message.channel.id),
        }
        said["referenced_message"] = None if message.reply_to.deleted else message_json(message.reply_to)
    if message.thread is not None:
        said["thread"] = channel_json(message.thread)
    return said


def resolved_json(things: Iterable[object], guild: Guild | None, world: World) -> Json:
    """Everything that somebody chose, in full, by kind and id: people, roles, channels, files."""
    said: Json = {}
    for thing in things:
        match thing:
            case Person():
                said.setdefault("users", {})[str(thing.id)] = user_json(thing)
                if guild is not None and thing.id in guild.members:
                    held = str(int(guild.permissions_of(thing)))
                    member = member_json(guild.members[thing.id], with_user=False) | {"permissions": held}
                    said.setdefault("members", {})[str(thing.id)] = member
            case Role():
                said.setdefault("roles", {})[str(thing.id)] = role_json(thing)
            case Channel():
                held = str(int(thing.permissions_of(world.bot)))
                said.setdefault("channels", {})[str(thing.id)] = channel_json(thing) | {"permissions": held}
            case Attachment():
                said.setdefault("attachments", {})[str(thing.id)] = attachment_json(thing)
            case _:
                raise AssertionError(f"{thing!r} is nothing that Discord resolves")
    return said


def interacting_json(world: World, person: Person, channel: Channel) -> Json:
    """What every interaction tells: where it happened, who it was, and what the person and the bot may there."""
    direct = channel.kind is ChannelType.DIRECT
    held = str(int(channel.permissions_of(person)))
    said: Json = {
        "application_id": str(world.application_id),
        "version": 1,
        "channel_id": str(channel.id),
        "channel": channel_json(channel) | {"permissions": held},
        "locale": person.locale,
        "app_permissions": str(int(channel.permissions_of(world.bot))),
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {"0": "0" if channel.guild is None else str(channel.guild.id)},
        "context": 1 if direct else 0,
        "attachment_size_limit": ATTACHMENT_LIMIT,
    }
    if channel.guild is None:
        return said | {"user": user_json(person)}
    return said | {
        "guild_id": str(channel.guild.id),
        "guild": {"id": str(channel.guild.id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": member_json(channel.guild.members[person.id]) | {"permissions": held},
    }
