"""Slack, by our strict server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.chat.directory import Directory
from bot.chat.slack.client import open_client
from bot.chat.slack.outbound import SlackPlatform
from tests.contracts.chat_platforms.world import Seen
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.slack import Channel, CutAfter, CutBefore, RateLimited, SlackServer


@dataclass
class SlackWorld:
    """A channel of a workspace."""

    server: SlackServer
    there: Channel
    platform: SlackPlatform
    channel: str
    somebody: tuple[tuple[str, str], ...]

    def shown(self) -> list[Seen]:
        found = []
        for message in self.there.messages:
            if message.thread_ts is not None:
                continue
            found.append(Seen(message.seen))
            found += [
                Seen(reply.seen, in_thread=True, in_channel=reply.broadcast) for reply in self.there.thread(message)
            ]
        return found

    def pings(self) -> int:
        return len(self.server.pings)

    def lose(self, reference: str) -> None:
        ts = reference.partition("/")[2]
        self.server.workspace.delete(next(it for it in self.there.messages if it.ts == ts))

    def busy(self) -> timedelta:
        self.server.faults.next("chat.postMessage", RateLimited(7))
        return timedelta(seconds=7)

    def cut_after(self) -> None:
        self.server.faults.next("chat.postMessage", CutAfter())

    def down(self) -> None:
        self.server.faults.always("*", CutBefore())

    async def fresh(self) -> SlackPlatform:
        return platform_of(self.server)


def platform_of(server: SlackServer) -> SlackPlatform:
    return SlackPlatform(open_client(server.bot_token, server.api_url), Directory(), KeptJournal())


@asynccontextmanager
async def slack_world() -> AsyncIterator[SlackWorld]:
    async with SlackServer(MovedClock()) as server:
        there = server.channel("releases")
        person = server.person("release-manager")
        there.invite(person)
        yield SlackWorld(server, there, platform_of(server), there.id, (("slack", person.id),))
