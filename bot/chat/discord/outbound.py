"""How messages leave for Discord: posted once under a key that is recognised, edited in place, details in a thread."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot.chat.discord.failures import HAS_THREAD, MOST_EDITS, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, translated
from bot.chat.discord.render import render
from bot.domain.errors import Refused
from bot.domain.outbox import IN_CHANNEL, Placing
from bot.domain.plan import ChannelName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import discord

    from bot.chat.directory import Directory
    from bot.domain.message import Message
    from bot.domain.outbox import Attachment
    from bot.ports import Journal

PLATFORM = "discord"

LOOKED_AT = 100
"""A message whose sending is uncertain is looked for among so many of the newest ones: one page of Discord's."""

LONGEST_NAME = 100
ARCHIVED_AFTER: Literal[10080] = 10080
"""In minutes: a week, the longest that Discord offers; a post opens the thread again."""


class DiscordPlatform:
    """The ChatPlatform, FileSharing and Pacing ports over Discord's REST interface.

    A reference is `channel/message`. `client` gives the client that is logged in and raises Unavailable without one.
    """

    between_posts = timedelta(seconds=1)
    between_edits = timedelta(seconds=5)

    def __init__(self, client: Callable[[], discord.Client], directory: Directory, journal: Journal) -> None:
        self._client = client
        self._directory = directory
        self._journal = journal
        self._titles: dict[str, str] = {}
        self._threads: set[str] = set()

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Post a message; where an earlier attempt may have arrived, it is looked for first.

        Discord has no reply that is in a thread and in the channel: what matters is a reply to the card in the channel.
        """
        return await self.share(channel, key, message, (), placing)

    async def share(
        self,
        channel: str,
        key: str,
        message: Message,
        files: Sequence[Attachment],
        placing: Placing = IN_CHANNEL,
    ) -> str:
        """Post a message with files, in one piece."""
        there = await self._id_of(channel)
        name = self._name_of(channel)
        async with translated(name):
            if placing.thread and not placing.broadcast:
                place = await self._thread(placing.thread)
            else:
                place = self._channel(there)
            found = await self._find(place, key) if placing.again else None
            if found is None:
                found = await self._send(place, key, message, files, placing)
        reference = f"{there}/{found}"
        if not placing.thread:
            self._titles[reference] = message.summary.partition(":")[0]
        return reference

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Replace a message in place, or post it anew where the old one is gone or was edited too often."""
        import discord

        there, number = _place(reference)
        drawn = render(message)
        async with translated(self._name_of(channel)):
            try:
                old = self._channel(there).get_partial_message(number)
                await old.edit(view=drawn.view(_mark(reference)), allowed_mentions=drawn.allowed())
                self._titles[reference] = message.summary.partition(":")[0]
                return reference
            except discord.HTTPException as problem:
                if problem.code not in {UNKNOWN_MESSAGE, MOST_EDITS}:
                    raise
                kept = problem.code == MOST_EDITS
        # The first attempt to post it anew may have arrived: its key names the old message. As a reply it points there.
        placing = Placing(reference if kept else "", broadcast=kept, again=True)
        return await self.post(channel, f"anew:{reference}", message, placing)

    async def _send(
        self,
        place: discord.PartialMessageable,
        key: str,
        message: Message,
        files: Sequence[Attachment],
        placing: Placing,
    ) -> int:
        import discord

        drawn = render(message, files)
        how: dict[str, Any] = {"nonce": _nonce(place.id, key), "allowed_mentions": drawn.allowed()}
        if placing.thread and placing.broadcast:
            there, number = _place(placing.thread)
            how["reference"] = discord.MessageReference(message_id=number, channel_id=there, fail_if_not_exists=False)
        if drawn.mentions and not files:
            # A message of components has no words in a push notification: whoever is called reads words first.
            sent = await place.send(drawn.notice, **how)
            await sent.edit(content=None, view=drawn.view(_mark(key)), allowed_mentions=discord.AllowedMentions.none())
            return sent.id
        sent = await place.send(view=drawn.view(_mark(key)), files=drawn.files(), **how)
        return sent.id

    async def _find(self, place: discord.PartialMessageable, key: str) -> int | None:
        """Return the number of the message that carries a key, among the newest; a mark is in its container's id."""
        bot = self._client().user
        async for message in place.history(limit=LOOKED_AT):
            if (
                bot is not None
                and message.author.id == bot.id
                and _mark(key) in {getattr(it, "id", None) for it in message.components}
            ):
                return message.id
        return None

    async def _thread(self, card: str) -> discord.PartialMessageable:
        """Return the thread of a card, made now where there is none; it has the card's own number."""
        import discord

        there, number = _place(card)
        if card not in self._threads:
            try:
                name = self._titles.get(card, "Details")[:LONGEST_NAME]
                # By its REST call: an object of the library would have to know the server.
                await self._client().http.start_thread_with_message(
                    there, number, name=name, auto_archive_duration=ARCHIVED_AFTER
                )
            except discord.HTTPException as problem:
                if problem.code in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                    return self._channel(there)
                if problem.code != HAS_THREAD:
                    raise
            self._threads.add(card)
        return self._channel(number)

    def _channel(self, number: int) -> discord.PartialMessageable:
        return self._client().get_partial_messageable(number)

    async def _id_of(self, channel: str) -> int:
        """Return a channel's number; `@` and a person's number mean the direct messages with that person."""
        if channel.startswith("@"):
            return await self._direct_messages(channel)
        number = self._directory.resolve(ChannelName(PLATFORM, channel)).channel
        if not number.isdecimal():
            raise Refused(
                f"Discord has no #{number} that the bot knows.",
                "put the channel's id into the team file; docs/discord.md says where it stands",
            )
        return int(number)

    async def _direct_messages(self, person: str) -> int:
        import discord

        if not person[1:].isdecimal():
            raise Refused(f"{person} is no person on Discord.", "check the person's Discord id in the team file")
        async with translated(person):
            return (await self._client().create_dm(discord.Object(int(person[1:])))).id

    def _name_of(self, channel: str) -> str:
        if channel.startswith("@"):
            return channel
        return f"#{self._directory.name_of(ChannelName(PLATFORM, channel))}"


def _place(reference: str) -> tuple[int, int]:
    """Return the channel and the message of a reference."""
    channel, _, message = reference.partition("/")
    return int(channel), int(message)


def _mark(key: str) -> int:
    """Return the number by which a message with this key is found again: a component's id has 31 bits, and is not zero."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % (2**31 - 1) + 1


def _nonce(place: int, key: str) -> str:
    """Return the key as Discord takes it, at most 25 characters: a repeat within minutes gives the first message."""
    return hashlib.sha256(f"{place} {key}".encode()).hexdigest()[:25]
