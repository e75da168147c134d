"""`chat.*` and `reactions.add`: what an app says in channels, to one person, and about messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.fakes.slack.calls import Answer, Caller, method
from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.messages import Content, Message
from tests.fakes.slack.workspace import Channel

SAID = "channel text blocks attachments parse link_names as_user metadata markdown_text"
CUSTOM = {"username", "icon_emoji", "icon_url"}


def post_message(caller: Caller) -> Answer:
    channel = _channel_to_post_in(caller, caller.arguments.required("channel"))
    if CUSTOM & caller.arguments.given.keys():
        caller.need("chat:write.customize")
    content = caller.content()
    thread_ts, broadcast = _thread(caller, channel), caller.arguments.flag("reply_broadcast")
    if broadcast and thread_ts is None:
        caller.complain("reply_broadcast without a thread")
    caller.workspace.posted_at.setdefault(channel.id, []).append(caller.workspace.clock.now())
    message = caller.workspace.post(channel, caller.bot, content, thread_ts=thread_ts, broadcast=broadcast)
    return _posted(message)


def _channel_to_post_in(caller: Caller, wanted: str) -> Channel:
    """Find a channel by its id, its name, or the id of the person to whom it is direct."""
    workspace = caller.workspace
    channel = workspace.channels.get(wanted)
    if channel is None and wanted in workspace.people:
        if workspace.people[wanted].deactivated:
            raise Refused("channel_not_found")
        channel = workspace.direct_messages(workspace.people[wanted])
    if channel is None:
        named = [one for one in workspace.channels.values() if f"#{one.name}" == wanted and not one.private]
        channel = named[0] if named else None
    if channel is None:
        raise Refused("channel_not_found")
    return _writable(caller, channel)


def _writable(caller: Caller, channel: Channel) -> Channel:
    if caller.bot.id not in channel.members:
        if channel.private or channel.direct:
            raise Refused("channel_not_found")
        if not caller.has("chat:write.public") or caller.method != "chat.postMessage":
            raise Refused("not_in_channel")
        caller.need("chat:write.public")
    if channel.archived:
        raise Refused("is_archived")
    return channel


def _thread(caller: Caller, channel: Channel) -> str | None:
    """Return the thread to reply in, which has the id of the message that starts it."""
    thread_ts = caller.arguments.text("thread_ts")
    if not thread_ts:
        return None
    root = channel.posts.get(thread_ts)
    if root is None:
        raise Refused("thread_not_found")
    if root.thread_ts not in {None, root.ts}:
        raise Refused("cannot_reply_to_message", "thread_ts is that of a reply, and not of the message it answers")
    return thread_ts


def _posted(message: Message) -> Answer:
    return {"channel": message.channel.id, "ts": message.ts, "message": message.wire(metadata=True)}


def _own_message(caller: Caller, error: str) -> Message:
    channel = caller.workspace.channels.get(caller.arguments.required("channel"))
    if channel is None:
        raise Refused("channel_not_found")
    message = _writable(caller, channel).posts.get(caller.arguments.required("ts"))
    if message is None:
        raise Refused("message_not_found")
    if message.author is not caller.bot:
        raise Refused(error)
    return message


def update(caller: Caller) -> Answer:
    message = _own_message(caller, "cant_update_message")
    content = caller.content(edit=True)
    caller.workspace.edit(message, replace(content, metadata=_metadata_after(message, content)))
    if caller.arguments.flag("reply_broadcast"):
        message.broadcast = True
    return {**_posted(message), "text": message.text}


def _metadata_after(message: Message, content: Content) -> dict[str, Any] | None:
    """An edit keeps the metadata unless it says otherwise; an empty object takes them away."""
    return message.metadata if content.metadata is None else content.metadata or None


def delete(caller: Caller) -> Answer:
    message = _own_message(caller, "cant_delete_message")
    caller.workspace.delete(message)
    return {"channel": message.channel.id, "ts": message.ts}


def post_ephemeral(caller: Caller) -> Answer:
    channel = _channel_to_post_in(caller, caller.arguments.required("channel"))
    person = caller.workspace.people.get(caller.arguments.required("user"))
    if person is None or person.id not in channel.members:
        raise Refused("user_not_in_channel")
    thread_ts = _thread(caller, channel)
    content = caller.content()
    message = caller.workspace.post(channel, caller.bot, content, thread_ts=thread_ts, only_for=person)
    return {"message_ts": message.ts}


def get_permalink(caller: Caller) -> Answer:
    channel = caller.workspace.channels.get(caller.arguments.required("channel"))
    if channel is None:
        raise Refused("channel_not_found")
    message = channel.posts.get(caller.arguments.required("message_ts"))
    if message is None:
        raise Refused("message_not_found")
    address = f"https://workspace.slack.test/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": address}


def add_reaction(caller: Caller) -> Answer:
    channel = caller.workspace.channels.get(caller.arguments.required("channel"))
    if channel is None:
        raise Refused("channel_not_found")
    message = _writable(caller, channel).posts.get(caller.arguments.required("timestamp"))
    name = caller.arguments.required("name")
    if message is None:
        raise Refused("message_not_found")
    if name in message.reactions:
        raise Refused("already_reacted")
    message.reactions.append(name)
    return {}


METHODS = {
    "chat.postMessage": method(
        post_message,
        f"{SAID} thread_ts reply_broadcast unfurl_links unfurl_media mrkdwn username icon_emoji icon_url",
        "chat:write",
    ),
    "chat.update": method(update, f"{SAID} ts file_ids reply_broadcast", "chat:write"),
    "chat.delete": method(delete, "channel ts as_user", "chat:write"),
    "chat.postEphemeral": method(
        post_ephemeral,
        f"{SAID} user thread_ts username icon_emoji icon_url",
        "chat:write",
    ),
    "chat.getPermalink": method(get_permalink, "channel message_ts", reads=True),
    "reactions.add": method(add_reaction, "channel name timestamp", "reactions:write"),
}
