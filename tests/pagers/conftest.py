"""What every test of a way out has: connections that are closed at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.pagers.web_post import Web
from tests.fakes.clock import MovedClock


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    opened = Web(MovedClock())
    yield opened
    await opened.aclose()
