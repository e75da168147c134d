"""What people do with flags that no plan drives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, World, world_over


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT)) as made:
        await made.done('/flag create banner --unit server --description "A banner" --owner design')
        yield made


async def test_a_new_flag_is_off_everywhere_and_keeps_what_was_said_of_it(world: World) -> None:
    shown = await world.done("/flag show banner")
    assert all(word in shown for word in ("banner", "server", "A banner", "design", "off"))
    assert not (await world.held("banner")).on


@pytest.mark.parametrize("key", ["bad/key", "-bad", "a" * 101, "ü"])
async def test_a_key_that_would_need_encoding_in_an_address_is_refused(world: World, key: str) -> None:
    assert (await world.typed(f"/flag create {key}")).outcome != 0
    assert [view.flag.key for view in await world.bot.operations.flags.list()] == ["banner"]


async def test_a_key_is_used_once(world: World) -> None:
    assert "There is a flag “banner” already." in await world.refused("/flag create banner")


async def test_each_change_says_before_and_after_and_reaches_its_environment_only(world: World) -> None:
    assert "off → 5%" in await world.done("/flag set banner 5% --env staging")
    assert "5% → 100%" in await world.done("/flag on banner --env staging")
    assert str(await world.held("banner", "staging")) == "100%"
    assert str(await world.held("banner")) == "off"
    assert "100% → off" in await world.done("/flag off banner --env staging")


async def test_a_change_that_changes_nothing_is_refused(world: World) -> None:
    await world.done("/flag set banner 5%")
    assert "is 5% already" in await world.refused("/flag set banner 5%")


async def test_named_users_are_in_whatever_the_percentage(world: World) -> None:
    await world.done("/flag set banner 0.001% --tiers pro")
    await world.done("/flag target banner u1,u2")
    await world.done("/flag target banner u2 --remove")
    assert (await world.held("banner")).users == ("u1",)
    for user, word in (("u1", "named"), ("u2", "tier")):
        assert word in (await world.done(f"/flag check banner {user}")).lower()


async def test_tiers_are_opened_to_all_again(world: World) -> None:
    await world.done("/flag set banner 10% --tiers pro,enterprise")
    assert (await world.held("banner")).tiers == ("pro", "enterprise")
    await world.done("/flag set banner --tiers all")
    assert (await world.held("banner")).tiers == ()


async def test_a_retired_flag_is_off_for_everybody_and_its_key_is_not_used_again(world: World) -> None:
    await world.done("/flag on banner")
    await world.agreed("/flag retire banner because the old path is gone")
    assert "retired" in (await world.done("/flag check banner u1")).lower()
    assert "was retired on" in await world.refused("/flag on banner")
    assert "already" in await world.refused("/flag create banner")
    assert "banner" not in await world.done("/flag list")
    assert "banner" in await world.done("/flag list --retired")
    assert "the old path is gone" in await world.done("/flag history banner")


async def test_a_flag_that_a_rollout_drives_is_not_retired(world: World) -> None:
    await world.done("/rollout start checkout")
    assert "#1 drives “checkout”" in await world.refused("/flag retire checkout")


async def test_a_plan_does_not_take_up_a_retired_flag(world: World) -> None:
    await world.done("/flag create checkout")
    await world.done("/flag retire checkout")
    assert "that flag is retired" in await world.refused("/rollout start checkout")


async def test_a_flag_that_does_not_exist_is_refused_with_the_nearest(world: World) -> None:
    assert "/flag show banner" in await world.refused("/flag show baner")
