"""What can be heard of is what there is; a name of nothing is refused with the names that were meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.files.plan_library import PlanDirectory
from tests.scenarios.world import CHECKOUT, World, world_over


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    (tmp_path / "checkout.yaml").write_text(CHECKOUT)
    (tmp_path / "broken.yaml").write_text("plan: broken")
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    async with world_over(url, plans=PlanDirectory(tmp_path)) as made:
        for line in ("create banner", "set banner 5% --env staging", "create worn", "retire worn"):
            await made.done(f"/flag {line}")
        yield made


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("--plan chekout", ("There is no plan named “chekout”.", "Did you mean checkout?")),
        ("--flag baner", ("There is no flag “baner”, neither in use nor in a plan.", "Did you mean banner?")),
        ("--flag worn", ("There is no flag “worn”", "There are: banner, checkout.")),
        ("--env productoin", ("There is no environment “productoin”.", "Did you mean production?")),
        ("--env kitchen", ("There is no environment “kitchen”.", "There are: production, staging.")),
    ],
)
async def test_nobody_waits_for_what_does_not_exist(world: World, named: str, said: tuple[str, ...]) -> None:
    answer = await world.refused(f"/announce subscribe {named}")
    assert [it for it in said if it not in answer] == []
    assert "Nothing is heard here" in await world.done("/announce subscriptions")


@pytest.mark.parametrize("named", ["--flag checkout", "--flag banner", "--env production", "--env staging"])
async def test_what_is_in_a_plan_or_in_use_can_be_waited_for(world: World, named: str) -> None:
    await world.done(f"/announce subscribe {named}")
