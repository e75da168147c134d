"""`conversations.*`: which channels there are, who is in them, and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fakes.slack.calls import Answer, Caller, method
from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.messages import Message
from tests.fakes.slack.workspace import Channel

SORTS = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}


def page(caller: Caller, items: Sequence[Any], default: int) -> tuple[Sequence[Any], str]:
    """Cut the items a call asked for, with the cursor of the next ones, empty at the end."""
    limit = caller.arguments.number("limit", default, 1000)
    cursor = caller.arguments.text("cursor")
    if cursor and not cursor.removeprefix("after:").isdecimal():
        raise Refused("invalid_cursor", f"a cursor Slack never gave: {cursor!r}")
    start = int(cursor.removeprefix("after:")) if cursor else 0
    after = start + limit
    return items[start:after], f"after:{after}" if after < len(items) else ""


def facts_of(channel: Channel, caller: Caller) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": channel.id, "is_archived": channel.archived, "is_im": channel.direct}
    if channel.direct:
        return facts | {"user": next(one for one in channel.members if one != caller.bot.id)}
    return facts | {
        "name": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_private": channel.private,
        "is_member": caller.bot.id in channel.members,
    }


def list_(caller: Caller) -> Answer:
    sorts = caller.arguments.text("types", "public_channel").split(",")
    if unknown := set(sorts) - SORTS.keys():
        raise Refused("invalid_types", f"no channels are {', '.join(unknown)}")
    caller.need(*(SORTS[sort] for sort in sorts))
    channels = [
        channel
        for channel in caller.workspace.channels.values()
        if _sort_of(channel) in sorts
        and (_sort_of(channel) == "public_channel" or caller.bot.id in channel.members)
        and not (caller.arguments.flag("exclude_archived") and channel.archived)
    ]
    found, cursor = page(caller, channels, 100)
    return {"channels": [facts_of(one, caller) for one in found], "response_metadata": {"next_cursor": cursor}}


def _sort_of(channel: Channel) -> str:
    return "im" if channel.direct else "private_channel" if channel.private else "public_channel"


def info(caller: Caller) -> Answer:
    channel = caller.channel("read", caller.arguments.required("channel"))
    facts = facts_of(channel, caller)
    if caller.arguments.flag("include_num_members"):
        facts["num_members"] = len(channel.members)
    return {"channel": facts}


def members(caller: Caller) -> Answer:
    channel = caller.channel("read", caller.arguments.required("channel"))
    found, cursor = page(caller, list(channel.members), 100)
    return {"members": list(found), "response_metadata": {"next_cursor": cursor}}


def _readable(caller: Caller) -> Channel:
    channel = caller.channel("history", caller.arguments.required("channel"))
    if caller.bot.id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def history(caller: Caller) -> Answer:
    """Newest first; of replies, only those that were broadcast."""
    posts = reversed(_readable(caller).shown())
    return _messages(caller, [post for post in posts if _asked_for(caller, post)], 100)


def replies(caller: Caller) -> Answer:
    """The message that starts the thread, then the replies, oldest first."""
    channel, ts = _readable(caller), caller.arguments.required("ts")
    found = channel.posts.get(ts)
    root = channel.posts.get(found.thread_ts or ts) if found else None
    if root is None:
        raise Refused("thread_not_found")
    posts = channel.replies.get(root.ts, [])
    return _messages(caller, [root, *(post for post in posts if _asked_for(caller, post))], 1000)


def _asked_for(caller: Caller, post: Message) -> bool:
    oldest, latest = caller.arguments.text("oldest", "0"), caller.arguments.text("latest", "9" * 10)
    try:
        at, first, last = float(post.ts), float(oldest), float(latest)
    except ValueError:
        raise Refused("invalid_ts_oldest", f"oldest={oldest} latest={latest}") from None
    if caller.arguments.flag("inclusive"):
        return first <= at <= last
    return first < at < last


def _messages(caller: Caller, posts: list[Message], default: int) -> Answer:
    found, cursor = page(caller, posts, default)
    metadata = caller.arguments.flag("include_all_metadata")
    said = [post.wire(metadata=metadata) for post in found]
    return {"messages": said, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def open_(caller: Caller) -> Answer:
    caller.need("im:write")
    users = caller.arguments.text("users")
    if channel := caller.workspace.channels.get(caller.arguments.text("channel")):
        return {"channel": facts_of(channel, caller), "already_open": True}
    person = caller.workspace.people.get(users)
    if person is None:
        raise Refused("user_not_found")
    if person.deactivated:
        raise Refused("user_disabled")
    return {"channel": {"id": caller.workspace.direct_messages(person).id}}


def join(caller: Caller) -> Answer:
    caller.need("channels:join")
    channel = caller.workspace.channels.get(caller.arguments.required("channel"))
    if channel is None or channel.private:
        raise Refused("channel_not_found")
    if channel.archived:
        raise Refused("is_archived")
    channel.invite(caller.bot)
    return {"channel": facts_of(channel, caller)}


TIMES = "cursor limit oldest latest inclusive include_all_metadata"
METHODS = {
    "conversations.list": method(list_, "cursor limit types exclude_archived", reads=True),
    "conversations.info": method(info, "channel include_locale include_num_members", reads=True),
    "conversations.members": method(members, "channel cursor limit", reads=True),
    "conversations.history": method(history, f"channel {TIMES}", reads=True),
    "conversations.replies": method(replies, f"channel ts {TIMES}", reads=True),
    "conversations.open": method(open_, "channel users return_im prevent_creation"),
    "conversations.join": method(join, "channel"),
}
