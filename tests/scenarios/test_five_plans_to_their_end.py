"""Each of the five deployment plans is driven from its start to its last step by what people type."""

from __future__ import annotations

import pytest

from bot.chat.conversation import Outcome
from bot.domain.blockers import open_items
from bot.domain.percent import FULL
from bot.domain.rollout import Status
from tests.scenarios.world import HOUR, World

NAMES = ("action-plan-customization", "alaska-pay", "fan-privacy-calls", "organization-customers", "verification-flow")


async def drive(world: World, name: str) -> int:
    """Take a plan to its end as a patient person would; return how often something was confirmed for being final."""
    await world.done(f"/rollout start {name}")
    confirmed = 0
    for _ in range(60):
        rollout = await world.rollout()
        if rollout.status is Status.COMPLETED:
            return confirmed
        if open_items(rollout):
            await world.done('/checklist tick all --evidence "seen"')
        reply = await world.typed("/rollout next")
        while reply.outcome is Outcome.REFUSED and "cannot go on" in reply.message.summary:
            await world.passes(HOUR)
            reply = await world.typed("/rollout next")
        if reply.outcome is not Outcome.DONE:
            reply = await world.typed(reply.message.buttons[0].command)
            assert "Last question" in reply.message.summary
            await world.done(reply.message.buttons[0].command)
            confirmed += 1
    raise AssertionError(f"{name} does not end")


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


async def go_on(world: World, line: str) -> None:
    """Let hours pass until a line that goes up is no longer refused."""
    while (await world.typed(line)).outcome is not Outcome.DONE:
        await world.passes(HOUR)


async def test_the_verification_flow_goes_to_a_hundred_percent_of_the_servers_a_share_a_day(real_plans: World) -> None:
    world = real_plans
    await world.done("/rollout start verification-flow")
    for _ in range(5):
        await world.done('/checklist tick all --evidence "seen"')
        await go_on(world, "/rollout next")
    percents = ("10%", "25%", "50%", "75%", "100%")
    for percent in percents:
        await world.done('/checklist tick all --evidence "seen"')
        await go_on(world, f"/rollout {percent}")
        assert str(await world.held("new_verification_flow")) == percent
        assert "this step must hold for another 1 day" in await world.refused("/rollout next")
    said = await world.said()
    assert [sum(f": {percent}” is in force" in line for line in said) for percent in percents] == [1] * 5
    assert len(await world.cards()) == 1
