"""What the policy of an environment wants before anything goes up: pace, prerequisites, channels, one at a time, a yes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.judging import judged_world, plan_with, team_with, to_ten
from tests.scenarios.world import HOUR, MINUTE, SECOND, world_over

PLAIN = plan_with("")
AT_ONCE = PLAIN.replace("  - name: Prepare\n    checklist: [Database backed up]\n", "")
"""A plan whose first step takes the flag to 10 %."""

LAST = PLAIN.replace(
    "steps: [{set: 10%}, {set: 25%}, {set: 100%}]",
    "steps: [{set: 10%, approvals: [{role: qa, count: 2}, security]}, {set: 100%}]",
)


async def test_going_up_is_limited_with_the_time_to_wait_and_going_down_is_not(tmp_path: Path) -> None:
    team = team_with("limits: [{scope: person, count: 1, per: 2h}]")
    async with judged_world(tmp_path, PLAIN, team=team) as world:
        await to_ten(world)
        await world.passes(HOUR)
        refusal = await world.refused("/rollout 25%")
        assert "going up is limited to 1 time within 2 hours" in refusal
        assert "until 11:00 UTC" in refusal
        for line in ("/rollout 7%", "/rollout 3%", "/rollout 1%"):
            await world.done(line)
        await world.done("/rollout resume", by="emil")
        await world.passes(HOUR)
        await world.done("/rollout 25%")


async def test_the_limit_of_a_channel_counts_everybody_and_a_cooldown_is_waited_out(tmp_path: Path) -> None:
    team = team_with("limits: [{scope: channel, count: 5, per: 1h, cooldown: 90m}]")
    async with judged_world(tmp_path, PLAIN, team=team) as world:
        await to_ten(world)
        await world.passes(HOUR)
        assert "until 10:30 UTC" in await world.refused("/rollout 25%", by="emil")
        await world.passes(30 * MINUTE)
        await world.done("/rollout 25%", by="emil")


async def test_what_the_policy_wants_beforehand_is_ticked_before_flags_change(tmp_path: Path) -> None:
    team = team_with("prerequisites: [The team is there, The way back was tried]")
    async with judged_world(tmp_path, PLAIN, team=team) as world:
        await world.done("/rollout start checkout")
        await world.done("/checklist tick 1.1")
        assert "2 checklist items are open" in await world.refused("/rollout 10%")
        assert "The way back was tried" in await world.done("/checklist show")
        await world.done("/checklist tick all")
        await world.done("/rollout 10%")
        await world.passes(HOUR)
        await world.done("/rollout 25%")
        await world.done("/rollout rollback")


async def test_one_rollout_at_a_time_where_the_policy_says_so(tmp_path: Path) -> None:
    other = PLAIN.replace("checkout", "search")
    async with judged_world(tmp_path, PLAIN, team=team_with("alone: true"), search=other) as world:
        await world.done("/rollout start checkout")
        assert "the policy of production wants one rollout at a time" in await world.refused("/rollout start search")
        await world.done("/rollout abort")
        await world.done("/rollout start search")


async def test_an_environment_may_want_each_way_up_confirmed_and_no_way_down(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAIN, team=team_with("confirm: true")) as world:
        await world.done("/rollout start checkout")
        await world.done("/checklist tick all")
        asked = await world.typed("/rollout 10%")
        assert "“Everyone: 10%” changes production." in world.text(asked)
        assert not (await world.held("checkout")).on
        await world.done(asked.message.buttons[0].command)
        assert str(await world.held("checkout")) == "10%"
        await world.done("/rollout 5%")


async def test_production_is_changed_from_its_channels_only(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAIN) as world:
        refusal = await world.refused("/rollout start checkout", channel="random")
        assert "production is changed in" in refusal
        await to_ten(world)
        await world.passes(HOUR)
        assert "say it again in releases" in await world.refused("/rollout 25% --rollout 1", channel="random")
        assert str(await world.held("checkout")) == "10%"
        assert "10%" in await world.done("/rollout status --rollout 1", channel="random")
        await world.done("/rollout 5% --rollout 1", channel="random")


async def test_without_a_team_file_an_owner_stands_in_for_every_role_but_not_for_the_others(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    async with world_over(url, plans=WrittenPlans(checkout=LAST)) as world:
        await to_ten(world)
        await world.passes(HOUR + SECOND)
        assert "its approvals are for others" in await world.refused("/rollout approve")
        await world.done("/rollout approve", by="ben")
        assert "approval of qa" in await world.refused("/rollout 100%")
        await world.done("/rollout approve", by="cleo")
        await world.passes(SECOND)
        await world.done("/rollout 100%")


async def test_without_a_team_file_nobody_is_told_that_it_does_not_know_them(tmp_path: Path) -> None:
    async with world_over(f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}", plans=WrittenPlans()) as world:
        mine = await world.done("/access me")
        assert "There is no team file: whoever is at the terminal is an owner" in mine
        assert "does not know you" not in mine


async def test_a_plan_that_goes_up_with_its_first_step_is_not_started_while_the_line_is_stopped(tmp_path: Path) -> None:
    async with judged_world(tmp_path, AT_ONCE) as world:
        await world.done("/freeze on because of the outage", by="emil")
        assert "stopped the line" in await world.refused("/rollout start checkout")
        assert not (await world.held("checkout")).on
        await world.done("/freeze off")
        await world.done("/rollout start checkout")
        assert str(await world.held("checkout")) == "10%"


async def test_a_plan_that_changes_nothing_at_first_may_be_started_while_the_line_is_stopped(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAIN) as world:
        await world.done("/freeze on because of the outage", by="emil")
        await world.done("/rollout start checkout")


@pytest.mark.parametrize("policy", ["approvals: [security]", "prerequisites: [The team is there]"])
async def test_what_the_policy_wants_before_flags_change_is_not_passed_by_with_the_first_step(
    tmp_path: Path, policy: str
) -> None:
    async with judged_world(tmp_path, AT_ONCE, team=team_with(policy)) as world:
        refusal = await world.refused("/rollout start checkout")
        assert "production wants something before that" in refusal
        assert "put a phase that changes no flag before it" in refusal
        assert not (await world.held("checkout")).on
