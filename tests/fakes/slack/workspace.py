"""One Slack workspace: its people and channels, what was said in them, and the app that is installed in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from bot.ports import Clock
from tests.fakes.slack.complaints import Complaints
from tests.fakes.slack.messages import Content, File, Message

if TYPE_CHECKING:
    from tests.fakes.slack.views import View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Installation:
    """The app, its secrets, and the scopes that its bot token has."""

    team_id: str
    scopes: frozenset[str]
    app_id: str = "A0000000001"
    bot_token: str = "xoxb-of-the-bot"  # Opens nothing.
    app_token: str = "xapp-of-the-app"
    app_token_scopes: frozenset[str] = frozenset({"connections:write"})
    signing_secret: str = "the-signing-secret"


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with an account, or a bot."""

    id: str
    name: str
    team_id: str
    email: str
    time_zone: str = "Etc/UTC"
    is_bot: bool = False
    bot_id: str = ""
    app_id: str = ""
    deactivated: bool = False

    @property
    def mention(self) -> str:
        """The person as text that pings them."""
        return f"<@{self.id}>"

    def __repr__(self) -> str:
        return f"<{self.name} {self.id}>"


@dataclass(slots=True, eq=False)
class Channel:
    """A channel, or somebody's direct messages with the bot (`D…`)."""

    id: str
    name: str
    workspace: Workspace
    private: bool = False
    direct: bool = False
    archived: bool = False
    members: dict[str, Person] = field(default_factory=dict)
    posts: dict[str, Message] = field(default_factory=dict)
    replies: dict[str, list[Message]] = field(default_factory=dict)
    """By the id of the message that starts the thread."""

    @property
    def mention(self) -> str:
        """The channel as text that links to it."""
        return f"<#{self.id}|{'' if self.private else self.name}>"

    @property
    def messages(self) -> list[Message]:
        """What stands in the channel, oldest first: threads are left out, replies that were broadcast are not."""
        return look_at(self.shown())

    def shown(self) -> list[Message]:
        """Return the same, which does not count as having looked."""
        return [post for post in self.posts.values() if post.thread_ts is None or post.broadcast]

    def thread(self, root: Message | str) -> list[Message]:
        """Return the replies to a message, oldest first."""
        ts = root if isinstance(root, str) else root.ts
        return look_at(self.replies.get(ts, []))

    def invite(self, *people: Person) -> None:
        self.members |= {person.id: person for person in people}

    def remove(self, person: Person) -> None:
        self.members.pop(person.id, None)

    def archive(self) -> None:
        self.archived = True

    def say(
        self, person: Person, text: str, thread: Message | None = None, metadata: dict[str, Any] | None = None
    ) -> Message:
        """Let somebody who is not the app say something."""
        content = Content(text, metadata=metadata)
        return self.workspace.post(self, person, content, thread_ts=thread.ts if thread else None, looked_at=True)

    def thread_facts(self, message: Message) -> dict[str, Any]:
        """Return what the wire form of a message says about the thread that it starts."""
        replies = self.replies.get(message.ts)
        if not replies or message.only_for:
            return {}
        return {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}

    def __repr__(self) -> str:
        return f"<#{self.name} {self.id}>"


def look_at(posts: Iterable[Message]) -> list[Message]:
    """Return the posts, of which nobody can say now that no test looked at them."""
    found = list(posts)
    for post in found:
        post.looked_at = True
    return found


class Workspace:
    """Everything that Slack knows; it changes in the event loop alone, and wakes whoever waits for a change."""

    def __init__(self, clock: Clock, installation: Installation) -> None:
        self.clock = clock
        self.installation = installation
        self.complaints = Complaints()
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.names: dict[str, str] = {}
        self.ephemerals: list[Message] = []
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.posted_at: dict[str, list[datetime]] = {}
        self.scopes_used: set[str] = set()
        self.pings: list[str] = []
        self.base_url = ""
        self._numbers = 0
        self._last_ts = 0
        self._changed = asyncio.Event()
        app = installation
        self.bot = self.add_person("rollcall", is_bot=True, bot_id="B0000000001", app_id=app.app_id)

    def new_id(self, kind: str) -> str:
        """Return the next id, such as `C0000000003` for the kind `C`."""
        self._numbers += 1
        return f"{kind}{self._numbers:010d}"

    def new_ts(self) -> str:
        """Return the next message's id, seconds and microseconds; no two are the same, and they only grow."""
        self._last_ts = max(self._last_ts + 1, int(self.clock.now().timestamp() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_person(self, name: str, *, email: str = "", **more: Any) -> Person:
        email = email or f"{name}@example.com"
        person = Person(self.new_id("U"), name, self.installation.team_id, email, **more)
        self.people[person.id] = person
        self.names[person.id] = name
        return person

    def add_channel(self, name: str, members: Sequence[Person], *, private: bool = False) -> Channel:
        channel = Channel(self.new_id("C"), name, self, private=private)
        return self._opened(channel, members)

    def direct_messages(self, person: Person) -> Channel:
        """Return a person's direct messages with the bot, opened where they are not yet."""
        for channel in self.channels.values():
            if channel.direct and person.id in channel.members:
                return channel
        return self._opened(Channel(self.new_id("D"), "directmessage", self, direct=True), (person, self.bot))

    def _opened(self, channel: Channel, members: Sequence[Person]) -> Channel:
        channel.invite(*members)
        self.channels[channel.id] = channel
        self.names[channel.id] = channel.name
        return channel

    def channel_names(self) -> frozenset[str]:
        return frozenset(channel.name for channel in self.channels.values() if not channel.direct)

    def post(self, channel: Channel, author: Person, content: Content, **more: Any) -> Message:
        """Put a message into a channel, or beside it where `only_for` says for whom."""
        message = Message(channel, self.new_ts(), self.clock.now(), author, content, self.names, **more)
        if message.only_for is None:
            channel.posts[message.ts] = message
            if message.thread_ts is not None:
                channel.replies.setdefault(message.thread_ts, []).append(message)
        else:
            self.ephemerals.append(message)
        self.pings += content.mentions
        self.changed()
        return message

    def edit(self, message: Message, content: Content) -> None:
        """Show something else in a message; the mark of an edit appears where there are no blocks, as in Slack."""
        self.pings += [whom for whom in content.mentions if whom not in message.mentions]
        message.content = content
        message.edits += 1
        message.edited = not content.blocks
        self.changed()

    def delete(self, message: Message) -> None:
        if message.only_for is None:
            message.channel.posts.pop(message.ts, None)
            if message.thread_ts is not None:
                message.channel.replies[message.thread_ts].remove(message)
        elif message in self.ephemerals:
            self.ephemerals.remove(message)
        self.changed()

    def posts(self) -> list[Message]:
        """List every message there is, those for one person last."""
        return [post for channel in self.channels.values() for post in channel.posts.values()] + self.ephemerals

    def changed(self) -> None:
        """Wake whoever waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], T], within: float, what: str) -> T:
        """Return the first true value of `condition`; fail after `within` real seconds, so that nothing hangs."""
        try:
            async with asyncio.timeout(within):
                while not (value := condition()):
                    await self._changed.wait()
                return value
        except TimeoutError:
            raise AssertionError(f"{what} within {within} s; last there is {self.posts()[-20:]}") from None
