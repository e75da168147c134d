"""A world for each scenario."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, World, world_over


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the address of the scenario's database."""
    return f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"


@pytest_asyncio.fixture
async def world(url: str) -> AsyncIterator[World]:
    """Return a world with the small plan `checkout`."""
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as made:
        yield made


@pytest_asyncio.fixture
async def real_plans(url: str) -> AsyncIterator[World]:
    """Return a world with the plans that come with the project."""
    async with world_over(url) as made:
        yield made


@pytest_asyncio.fixture
async def at_ten(world: World) -> World:
    """Return a world in which the checkout's rollout stands at 10 %."""
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "https://example.org/load"')
    await world.done("/rollout 10%")
    return world
