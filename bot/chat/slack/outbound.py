"""How messages leave for Slack: posted once under a key that can be found again, edited in place, with files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.chat.slack.failures import translated
from bot.chat.slack.render import SlackMessage, render
from bot.chat.slack.tokens import error_of
from bot.domain.outbox import IN_CHANNEL, Placing
from bot.domain.plan import ChannelName

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.chat.directory import Directory
    from bot.domain.message import Message
    from bot.domain.outbox import Attachment
    from bot.ports import Journal

    Json = dict[str, Any]

PLATFORM = "slack"
KEY_EVENT = "rollcall_message"
"""The kind of metadata that carries a message's key."""

PAGE, PAGES = 200, 5
"""A message whose sending is uncertain is looked for among so many, from when it may have been sent first.

Slack gives a channel's messages newest first, and those of a thread oldest first: without that moment, what stands at the
end of a long thread would never be found.
"""

SKEW = timedelta(minutes=10)
"""So far our clock may be ahead of Slack's, by which messages are numbered; signed requests allow for half of it."""

GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "message_not_owned_by_app"})
"""The old card cannot be edited any more, and a new one takes its place."""

THREAD_GONE = frozenset({"thread_not_found", "message_not_found", "restricted_action_non_threadable_channel"})
_PERSONS = frozenset("UW")
"""The letters with which people's ids begin; the names of channels are in small letters."""

BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})


class SlackPlatform:
    """The ChatPlatform, FileSharing and Pacing ports over Slack's Web API. A reference is `channel/timestamp`."""

    between_posts = timedelta(seconds=1)
    between_edits = timedelta(seconds=3)

    def __init__(self, client: AsyncWebClient, directory: Directory, journal: Journal) -> None:
        self._client = client
        self._directory = directory
        self._journal = journal

    async def post(self, channel: str, key: str, message: Message, placing: Placing = IN_CHANNEL) -> str:
        """Post a message; where an earlier attempt may have arrived, it is looked for first."""
        there = self._id_of(channel)
        # Direct messages cannot be read back without a scope for all of them: a page rather comes twice than never.
        if placing.again and not channel.startswith("@"):
            found = await self._find(there, key, placing)
            if found is not None:
                return found
        return await self._post(there, key, message, placing)

    async def edit(self, channel: str, reference: str, message: Message) -> str:
        """Replace a message in place, or post it anew where the old one is gone."""
        from slack_sdk.errors import SlackApiError

        there, ts = _place(reference)
        async with translated(self._name_of(there)):
            try:
                await self._update(there, ts, render(message))
                return reference
            except SlackApiError as problem:
                error = error_of(problem)
                if error in BAD_BLOCKS:
                    self._journal.warning("slack.blocks.refused", error=error)
                    await self._update(there, ts, _plainer(message))
                    return reference
                if error not in GONE:
                    raise
        # The first attempt to post it anew may have arrived: its key names the lost message.
        return await self.post(channel, f"anew:{reference}", message, Placing(again=True))

    async def share(
        self,
        channel: str,
        key: str,
        message: Message,
        files: Sequence[Attachment],
        placing: Placing = IN_CHANNEL,
    ) -> str:
        """Post a message, and its files below it; what arrived of them in an earlier attempt is not sent again."""
        from slack_sdk.errors import SlackApiError

        reference = await self.post(channel, key, message, placing)
        there, ts = _place(reference)
        thread = _place(placing.thread)[1] if placing.thread else ts
        if not (placing.again and await self._has_files(there, thread, ts, files)):
            async with translated(self._name_of(there)):
                try:
                    await self._upload(there, thread, files)
                except SlackApiError as problem:
                    if thread == ts or error_of(problem) not in THREAD_GONE:
                        raise
                    # The message stands in the channel, because somebody deleted the card.
                    await self._upload(there, ts, files)
        return reference

    async def _post(self, there: str, key: str, message: Message, placing: Placing) -> str:
        from slack_sdk.errors import SlackApiError

        arguments: Json = {"metadata": {"event_type": KEY_EVENT, "event_payload": {"key": key}}}
        if placing.thread:
            arguments |= {"thread_ts": _place(placing.thread)[1], "reply_broadcast": placing.broadcast}
        async with translated(self._name_of(there)):
            try:
                return await self._say(there, render(message), arguments)
            except SlackApiError as problem:
                error = error_of(problem)
                if error in THREAD_GONE and placing.thread:
                    # Somebody deleted the card: what was to stand in its thread stands in the channel.
                    arguments = {"metadata": arguments["metadata"]}
                    return await self._say(there, render(message), arguments)
                if error not in BAD_BLOCKS:
                    raise
                self._journal.warning("slack.blocks.refused", error=error)
                return await self._say(there, _plainer(message), arguments)

    async def _say(self, there: str, drawn: SlackMessage, arguments: Json) -> str:
        answer = await self._client.chat_postMessage(
            channel=there,
            text=drawn.text,
            blocks=drawn.blocks,
            parse="none",
            unfurl_links=False,
            unfurl_media=False,
            **arguments,
        )
        return f"{answer['channel']}/{answer['ts']}"

    async def _update(self, there: str, ts: str, drawn: SlackMessage) -> None:
        await self._client.chat_update(channel=there, ts=ts, text=drawn.text, blocks=drawn.blocks, parse="none")

    async def _find(self, there: str, key: str, placing: Placing) -> str | None:
        """Return the reference of the message that carries a key, in a channel or a thread."""
        thread = _place(placing.thread)[1] if placing.thread else ""
        oldest = f"{(placing.since - SKEW).timestamp():.6f}" if placing.since is not None else ""
        async for message in self._said(there, thread, oldest):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == KEY_EVENT and (metadata.get("event_payload") or {}).get("key") == key:
                return f"{there}/{message['ts']}"
        return None

    async def _has_files(self, there: str, thread: str, ts: str, files: Sequence[Attachment]) -> bool:
        wanted = {file.name for file in files}
        async for message in self._said(there, thread, ts):
            names = {str(file.get("name")) for file in message.get("files") or ()}
            if wanted <= names:
                return True
        return False

    async def _said(self, there: str, thread: str, oldest: str) -> AsyncIterator[Json]:
        """Yield what was said in a channel, or a thread, after a timestamp, as far as it is looked through.

        What was meant for a thread that is gone stands in the channel.
        """
        from slack_sdk.errors import SlackApiError

        read = self._client.conversations_replies if thread else self._client.conversations_history
        more: Json = {**({"ts": thread} if thread else {}), **({"oldest": oldest} if oldest else {})}
        for _ in range(PAGES):
            async with translated(self._name_of(there)):
                try:
                    page = await read(channel=there, limit=PAGE, include_all_metadata=True, **more)
                except SlackApiError as problem:
                    if "ts" not in more or error_of(problem) not in THREAD_GONE:
                        raise
                    del more["ts"]
                    read = self._client.conversations_history
                    page = await read(channel=there, limit=PAGE, include_all_metadata=True, **more)
            for message in page.get("messages") or ():
                yield message
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
            more["cursor"] = cursor

    async def _upload(self, there: str, thread: str, files: Sequence[Attachment]) -> None:
        uploads = [
            {"filename": file.name, "title": file.name, "content": file.content, "alt_txt": file.alt or None}
            for file in files
        ]
        await self._client.files_upload_v2(channel=there, thread_ts=thread, file_uploads=uploads)

    def _id_of(self, channel: str) -> str:
        """Return a channel's id; `@` and a person's id mean the direct messages with that person."""
        if channel.startswith("@"):
            return channel[1:]
        return self._directory.resolve(ChannelName(PLATFORM, channel)).channel

    def _name_of(self, there: str) -> str:
        if there[:1] in _PERSONS:
            return f"@{there}"
        return f"#{self._directory.name_of(ChannelName(PLATFORM, there))}"


def _place(reference: str) -> tuple[str, str]:
    """Return the channel and the timestamp of a reference."""
    channel, _, ts = reference.partition("/")
    return channel, ts


def _plainer(message: Message) -> SlackMessage:
    return render(message, native_tables=False)
