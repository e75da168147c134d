"""Servers of our own, on a clock that is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.chat.slack.manifest import SCOPES
from tests.fakes.clock import MovedClock
from tests.fakes.discord import DiscordServer
from tests.fakes.slack import SlackServer


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture
async def slack(clock: MovedClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock, scopes=SCOPES) as server:
        yield server


@pytest_asyncio.fixture
async def discord(clock: MovedClock) -> AsyncIterator[DiscordServer]:
    async with DiscordServer(clock) as server:
        yield server
