"""What completes a line while somebody types it, as this channel would want it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.chat.conversation import Origin
from bot.chat.suggestions import MOST
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, World, world_over


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    plans = WrittenPlans(checkout=CHECKOUT, broken="plan: [")
    async with world_over(f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}", plans=plans) as made:
        yield made


async def completed(world: World, line: str, channel: str = "releases") -> list[str]:
    found = await world.bot.dispatcher.complete(line, Origin("local", channel, "ana", "completion"))
    return [candidate.text.strip() for candidate in found]


async def at_ten(world: World) -> None:
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")


async def test_the_next_step_comes_first_then_later_ones_then_the_way_back(world: World) -> None:
    await at_ten(world)
    await world.passes(HOUR)
    await world.done("/rollout 25%")
    found = await completed(world, "/rollout ")
    assert found[:4] == ["50%", "100%", "10%", "to"] or found[:3] == ["50%", "100%", "10%"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/rollout start ", ["broken", "checkout"]),
        ("/rollout rollback ", ["1", "2"]),
        ("/flag show ", ["checkout"]),
        ("/flag set checkout 5% --env ", ["production", "staging"]),
        ("/rollout bind ", ["1"]),
    ],
)
async def test_what_fits_is_offered(world: World, line: str, expected: list[str]) -> None:
    await at_ten(world)
    assert (await completed(world, line))[: len(expected)] == expected


async def test_the_open_items_of_the_step_are_offered(world: World) -> None:
    await world.done("/rollout start checkout")
    assert (await completed(world, "/checklist tick "))[:3] == ["1.1", "1.2", "all"]
    await world.done("/checklist tick 1.1")
    assert (await completed(world, "/checklist tick "))[:2] == ["1.2", "all"]


async def test_in_a_channel_about_nothing_only_words_are_offered(world: World) -> None:
    await at_ten(world)
    assert not any("%" in text for text in await completed(world, "/rollout ", "somewhere"))
    assert "1.1" not in await completed(world, "/checklist tick ", "somewhere")


async def test_a_broken_plan_is_offered_with_a_warning(world: World) -> None:
    found = await world.bot.dispatcher.complete("/rollout start ", Origin("local", "releases", "ana", "completion"))
    assert {candidate.text.strip(): candidate.help for candidate in found}["broken"] == "cannot be used"


async def test_no_more_is_offered_than_a_platform_can_show(world: World) -> None:
    for number in range(MOST + 5):
        await world.done(f"/flag create flag_{number}")
    assert len([text for text in await completed(world, "/flag show ") if text.startswith("flag_")]) == MOST
