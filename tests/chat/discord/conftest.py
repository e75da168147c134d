"""A server of our own, a clock, and a bot that listens on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living, bot_over, living, shop
from tests.chat.discord.watched import WatchedClock
from tests.fakes.clock import MovedClock
from tests.fakes.discord.server import DiscordServer
from tests.scenarios.world import World


@pytest.fixture
def clock() -> WatchedClock:
    return WatchedClock()


@pytest_asyncio.fixture
async def discord_shop(clock: MovedClock) -> AsyncIterator[DiscordServer]:
    async with shop(clock) as server:
        yield server


@pytest.fixture
def heard() -> Listening:
    return Listening()


@pytest_asyncio.fixture
async def listener(discord_shop: DiscordServer, heard: Listening, clock: MovedClock) -> AsyncIterator[Living]:
    """A bot behind which nothing stands but what a test wants to be said."""
    async with living(discord_shop, heard, clock) as bot:
        yield bot


@pytest_asyncio.fixture
async def world(discord_shop: DiscordServer, clock: MovedClock, tmp_path: Path) -> AsyncIterator[World]:
    """The whole bot with its store."""
    async with bot_over(discord_shop, f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}", clock) as made:
        yield made


@pytest_asyncio.fixture
async def bot(discord_shop: DiscordServer, world: World, clock: MovedClock) -> AsyncIterator[Living]:
    """The whole bot, connected."""
    async with living(discord_shop, world.bot.dispatcher, clock) as made:
        yield made
