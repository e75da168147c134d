"""Each of the five deployment plans is driven from its start to its last step by what people type."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.domain.percent import FULL
from tests.scenarios.patience import drive, go_on, start
from tests.scenarios.world import World

FRIDAY = 4
NAMES = ("action-plan-customization", "alaska-pay", "fan-privacy-calls", "organization-customers", "verification-flow")


@pytest.mark.parametrize(
    ("name", "final"), [(name, {"alaska-pay": 2, "verification-flow": 1}.get(name, 0)) for name in NAMES]
)
async def test_a_plan_is_driven_to_its_end_and_final_steps_are_confirmed_twice(
    real_plans: World, name: str, final: int
) -> None:
    world = real_plans
    assert await drive(world, name) == final
    rollout = await world.rollout()
    assert rollout.step == len(rollout.plan.steps) - 1
    assert rollout.settled
    for target in rollout.wanted:
        assert await world.held(target.flag, target.environment) == target.setting
    assert any(target.setting.on and target.setting.percent == FULL for target in rollout.wanted)
    assert (await world.cards())[-1].startswith(f"#1 {rollout.plan.title}: completed")
    assert (await world.bot.operations.audit.verify()).valid
    assert not world.journal.events("warning", "error")


async def test_every_step_of_a_plan_is_on_record_with_its_state_before_and_after(real_plans: World) -> None:
    await drive(real_plans, "fan-privacy-calls")
    moves = [
        entry for entry in await real_plans.audit() if entry.subject == "rollout:1" and entry.outcome == "accepted"
    ]
    steps = [entry.after["step"] for entry in moves if entry.after is not None and "step" in entry.after]
    rollout = await real_plans.rollout()
    assert list(dict.fromkeys(steps)) == list(range(1, len(rollout.plan.steps) + 1))


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


async def test_alaska_pay_goes_on_neither_on_a_friday_nor_while_most_people_pay(real_plans: World) -> None:
    await drive(real_plans, "alaska-pay")
    moves = [it for it in await real_plans.audit() if it.action == "rollout:advance" and it.outcome == "accepted"]
    local = [it.at.astimezone(ZoneInfo("America/Anchorage")) for it in moves]
    assert len(local) == len((await real_plans.rollout()).plan.steps)
    assert not [at for at in local if at.weekday() == FRIDAY or 11 <= at.hour < 22]


async def test_whoever_started_alaska_pay_signs_nothing_off(real_plans: World) -> None:
    await drive(real_plans, "alaska-pay")
    said = [it for it in await real_plans.audit() if it.action == "rollout:approve"]
    assert {(it.person, it.outcome) for it in said} == {("ana", "refused"), ("ben", "accepted")}
    (yes,) = [it for it in said if it.outcome == "accepted"]
    assert yes.after is not None
    assert yes.after["approved"] == ["product", "qa", "security", "legal", "executive"]
