"""The names of channels are read when the bot connects, when Slack says that one changed, and once an hour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.chat.directory import Directory
from bot.chat.slack.channel_names import ChannelNames
from bot.chat.slack.client import open_client
from bot.domain.plan import ChannelName
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.slack import CutBefore, SlackServer


class Reader:
    """The service over a server, with what came of it."""

    def __init__(self, slack: SlackServer, clock: MovedClock) -> None:
        self.slack, self.clock = slack, clock
        self.directory, self.journal = Directory(), KeptJournal()
        client = open_client(slack.bot_token, slack.api_url)
        self.names = ChannelNames(client, self.directory, clock, self.journal)

    def resolved(self, name: str) -> str:
        return self.directory.resolve(ChannelName("slack", name)).channel

    async def asked(self, times: int) -> None:
        await self.slack.until(lambda: len(self.slack.calls_of("conversations.list")) >= times)
        for _ in range(20):
            await asyncio.sleep(0)  # noqa: TID251  # Lets the answer be read; no time passes.


@asynccontextmanager
async def reading() -> AsyncIterator[Reader]:
    clock, stop = MovedClock(), asyncio.Event()
    async with SlackServer(clock) as slack:
        reader = Reader(slack, clock)
        slack.channel("releases")
        serving = asyncio.create_task(reader.names.run(stop))
        try:
            yield reader
        finally:
            stop.set()
            await serving


async def test_a_name_is_known_after_the_start_and_a_new_one_when_slack_tells() -> None:
    async with reading() as reader:
        while reader.directory.revision == 0:
            await asyncio.wait({asyncio.ensure_future(reader.asked(1))})
        there = reader.slack.channel("launch")
        reader.names.look()
        await reader.asked(2)
        while reader.resolved("launch") != there.id:
            await asyncio.wait({asyncio.ensure_future(reader.asked(2))})


async def test_trouble_is_told_once_and_tried_again_after_a_minute() -> None:
    async with reading() as reader:
        await reader.asked(1)
        reader.slack.faults.always("conversations.list", CutBefore())
        for _ in range(3):
            reader.names.look()
            await reader.asked(1)
            reader.clock.advance(timedelta(minutes=2))
        while not reader.journal.lines:
            await asyncio.wait({asyncio.ensure_future(reader.asked(1))})
        assert reader.journal.events("warning").count("slack.channels.unread") == 1
