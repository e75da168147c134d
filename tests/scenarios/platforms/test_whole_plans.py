"""Whole plans are driven from one platform alone, with a restart in the middle and presses on cards from before it."""

from __future__ import annotations

import pytest

from bot.domain.rollout import Status
from tests.fakes.clock import MovedClock
from tests.fakes.discord import DiscordServer
from tests.fakes.slack import SlackServer
from tests.scenarios.patience import drive, go_on, start
from tests.scenarios.platforms.connected import connected
from tests.scenarios.platforms.discord_side import DiscordSide
from tests.scenarios.platforms.slack_side import SlackSide
from tests.scenarios.world import HOUR

pytestmark = [pytest.mark.timeout(120)]


@pytest.mark.parametrize("over_http", [False, True], ids=["socket mode", "signed http"])
async def test_a_plan_is_driven_through_slack_with_a_restart_in_the_middle(
    url: str, clock: MovedClock, slack: SlackServer, *, over_http: bool
) -> None:
    side = SlackSide(slack, over_http=over_http)
    async with connected(url, [side], clock) as world:
        await start(world, "fan-privacy-calls")
        for _ in range(3):
            await go_on(world)
        before = side.card().snapshot()
    async with connected(url, [side], clock) as world:
        await side.way_press(before, "Pause")
        await world.rests()
        assert (await world.rollout()).status is Status.PAUSED
        assert "paused" in side.card().heard
        await world.done("/rollout resume")
        for _ in range(60):
            if (await world.rollout()).status is Status.COMPLETED:
                break
            await go_on(world)
        assert "completed" in side.card().heard
        assert side.card().buttons == []
        assert not world.journal.events("error")


async def test_the_verification_flow_is_driven_through_discord_with_a_restart_in_the_middle(
    url: str, clock: MovedClock, discord: DiscordServer
) -> None:
    side = DiscordSide(discord)
    async with connected(url, [side], clock) as world:
        await start(world, "verification-flow")
        for _ in range(7):
            await go_on(world)
        card = side.card()
    await discord.disconnected()
    async with connected(url, [side], clock) as world:
        await discord.press(side.people["ana"], card, "Pause")
        await world.rests()
        assert (await world.rollout()).status is Status.PAUSED
        await world.done("/rollout resume")
        await world.passes(HOUR)
        for _ in range(60):
            if (await world.rollout()).status is Status.COMPLETED:
                break
            reply = await go_on(world)
            for button in (
                reply.message.buttons
                if "Really" in reply.message.summary or "want that" in reply.message.summary
                else ()
            ):
                again = await world.typed(button.command)
                await world.done(again.message.buttons[0].command)
        assert "completed" in side.card().text
        assert str(await world.held("new_verification_flow")) == "100%"
        assert not world.journal.events("error")


async def test_a_plan_ends_well_on_slack_without_anybody_at_the_terminal(
    url: str, clock: MovedClock, slack: SlackServer
) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock) as world:
        await drive(world, "organization-customers")
        assert "completed" in side.card().heard
        assert slack.pings == []
