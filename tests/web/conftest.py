"""A served world for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.databases import folder_of_a_test
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, world_over
from tests.web.served import Served, served

__all__ = ["folder_of_a_test"]


@pytest_asyncio.fixture
async def web(tmp_path: Path) -> AsyncIterator[Served]:
    """Return a world with the small plan `checkout` and a flag `banner` at 25 %."""
    async with world_over(
        f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}", plans=WrittenPlans(checkout=CHECKOUT)
    ) as it:
        await it.done("/flag create banner")
        await it.done("/flag set banner 25%")
        async with served(it) as made:
            yield made
