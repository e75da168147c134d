"""Each of the five deployment plans is driven from its start to its last step by what people type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.domain.percent import FULL
from tests.databases import store_in_memory
from tests.scenarios.patience import drive, go_on, start
from tests.scenarios.world import World, world_over

if TYPE_CHECKING:
    from bot.domain.audit import Entry
    from bot.domain.flag import FlagTarget
    from bot.domain.rollout import Rollout

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

FRIDAY = 4
NAMES = ("action-plan-customization", "alaska-pay", "fan-privacy-calls", "organization-customers", "verification-flow")


@dataclass(frozen=True, slots=True)
class Driven:
    """What there is once a plan was driven to its end; `confirmed` counts what was confirmed for being final."""

    confirmed: int
    rollout: Rollout
    held: tuple[FlagTarget, ...]
    cards: list[str]
    audit: list[Entry]
    log_is_whole: bool
    troubles: list[str]


KEPT: dict[str, Driven] = {}


async def driven(name: str) -> Driven:
    """Return what came of a plan; each is driven once in a process, and tests only look at it."""
    if name not in KEPT:
        with store_in_memory() as store:
            async with world_over("", store=store) as world:
                KEPT[name] = await _driven(world, name)
    return KEPT[name]


async def _driven(world: World, name: str) -> Driven:
    confirmed = await drive(world, name)
    rollout = await world.rollout()
    return Driven(
        confirmed,
        rollout,
        tuple([replace(it, setting=await world.held(it.flag, it.environment)) for it in rollout.wanted]),
        await world.cards(),
        await world.audit(),
        (await world.bot.operations.audit.verify()).valid,
        world.journal.events("warning", "error"),
    )


@pytest.mark.parametrize(
    ("name", "final"), [(name, {"alaska-pay": 2, "verification-flow": 1}.get(name, 0)) for name in NAMES]
)
async def test_a_plan_is_driven_to_its_end_and_final_steps_are_confirmed_twice(name: str, final: int) -> None:
    found = await driven(name)
    assert found.confirmed == final
    rollout = found.rollout
    assert rollout.step == len(rollout.plan.steps) - 1
    assert rollout.settled
    assert found.held == rollout.wanted
    assert any(target.setting.on and target.setting.percent == FULL for target in rollout.wanted)
    assert found.cards[-1].startswith(f"#1 {rollout.plan.title}: completed")
    assert found.log_is_whole
    assert not found.troubles


async def test_every_step_of_a_plan_is_on_record_with_its_state_before_and_after() -> None:
    found = await driven("fan-privacy-calls")
    moves = [entry for entry in found.audit if entry.subject == "rollout:1" and entry.outcome == "accepted"]
    steps = [entry.after["step"] for entry in moves if entry.after is not None and "step" in entry.after]
    assert list(dict.fromkeys(steps)) == list(range(1, len(found.rollout.plan.steps) + 1))


async def test_the_verification_flow_goes_to_a_hundred_percent_of_the_servers_a_share_a_day(real_plans: World) -> None:
    world = real_plans
    await start(world, "verification-flow")
    for _ in range(5):
        await go_on(world)
    percents = ("10%", "25%", "50%", "75%", "100%")
    for percent in percents:
        await go_on(world, f"/rollout {percent}")
        assert str(await world.held("new_verification_flow")) == percent
        assert "this step must hold for another 1 day" in await world.refused("/rollout next")
    said = await world.said()
    assert [sum(f": {percent}” is in force" in line for line in said) for percent in percents] == [1] * 5
    assert len(await world.cards()) == 1


async def test_alaska_pay_goes_on_neither_on_a_friday_nor_while_most_people_pay() -> None:
    found = await driven("alaska-pay")
    moves = [it for it in found.audit if it.action == "rollout:advance" and it.outcome == "accepted"]
    local = [it.at.astimezone(ZoneInfo("America/Anchorage")) for it in moves]
    assert len(local) == len(found.rollout.plan.steps)
    assert not [at for at in local if at.weekday() == FRIDAY or 11 <= at.hour < 22]


async def test_whoever_started_alaska_pay_signs_nothing_off() -> None:
    said = [it for it in (await driven("alaska-pay")).audit if it.action == "rollout:approve"]
    assert {(it.person, it.outcome) for it in said} == {("ana", "refused"), ("ben", "accepted")}
    (yes,) = [it for it in said if it.outcome == "accepted"]
    assert yes.after is not None
    assert yes.after["approved"] == ["product", "qa", "security", "legal", "executive"]
