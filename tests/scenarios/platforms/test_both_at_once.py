"""One rollout on Slack and on Discord is one rollout: a press on one redraws the other, and one person counts once."""

from __future__ import annotations

from bot.domain.rollout import Status
from tests.fakes.clock import MovedClock
from tests.fakes.discord import DiscordServer
from tests.fakes.plan_library import WrittenPlans
from tests.fakes.slack import SlackServer
from tests.scenarios.platforms.connected import Connected, connected
from tests.scenarios.platforms.discord_side import DiscordSide
from tests.scenarios.platforms.slack_side import SlackSide
from tests.scenarios.world import CHECKOUT, HOUR

BOTH = CHECKOUT.replace("{local: releases}", '{slack: "#releases", discord: releases}')
PLANS = WrittenPlans(checkout=BOTH)


async def at_ten(world: Connected) -> None:
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"', platform="discord")
    await world.done("/rollout 10%")


async def test_a_card_on_each_shows_the_same_state_whoever_presses_where(
    url: str, clock: MovedClock, slack: SlackServer, discord: DiscordServer
) -> None:
    there, yonder = SlackSide(slack), DiscordSide(discord)
    async with connected(url, [there, yonder], clock, PLANS) as world:
        await at_ten(world)
        await yonder.press("Pause")
        await world.rests()
        assert (await world.rollout()).status is Status.PAUSED
        assert "paused" in there.card().heard
        assert "paused" in yonder.card().text
        assert "Resume" in there.card().buttons
        await there.press("Resume")
        await world.rests()
        assert (await world.rollout()).status is Status.RUNNING
        assert "Pause" in yonder.card().buttons
        await world.passes(HOUR)
        await yonder.press("Go on to Everyone: 25%")
        await world.rests()
        assert str(await world.held("checkout")) == "25%"
        assert "step 3 of" in there.card().heard


async def test_what_one_platform_did_is_told_in_the_other_ones_thread(
    url: str, clock: MovedClock, slack: SlackServer, discord: DiscordServer
) -> None:
    there, yonder = SlackSide(slack), DiscordSide(discord)
    async with connected(url, [there, yonder], clock, PLANS) as world:
        await at_ten(world)
        await world.done("/rollout pause because of the outage")
        (thread,) = yonder.channels["releases"].threads
        assert "by ana" in thread.messages[-1].text
        assert thread.name == "#1 The new checkout"
        replies = there.channels["releases"].thread(there.card())
        assert not any("by ana" in it.seen and "outage" in it.seen for it in replies)


async def test_a_press_that_comes_late_changes_nothing_and_says_what_happened(
    url: str, clock: MovedClock, slack: SlackServer, discord: DiscordServer
) -> None:
    there, yonder = SlackSide(slack), DiscordSide(discord)
    async with connected(url, [there, yonder], clock, PLANS) as world:
        await at_ten(world)
        await world.passes(HOUR)
        stale = there.card().snapshot()
        await yonder.press("Go on to Everyone: 25%")
        await world.rests()
        answer = await there.way_press(stale, "Go on to Everyone: 25%")
        await slack.until(lambda: answer.replies)
        assert "changed since that button was drawn" in answer.replies[-1].seen
        assert str(await world.held("checkout")) == "25%"


async def test_rolling_back_is_asked_in_a_dialog_and_done_with_its_reason_on_both(
    url: str, clock: MovedClock, slack: SlackServer, discord: DiscordServer
) -> None:
    there, yonder = SlackSide(slack), DiscordSide(discord)
    async with connected(url, [there, yonder], clock, PLANS) as world:
        await at_ten(world)
        await there.press("Roll back")
        modal = await slack.until(lambda: slack.modal_of(there.people["ana"]))
        assert modal is not None
        assert "checkout in production: 10% → off" in modal.seen
        assert (await world.rollout()).active
        await there.submit(modal, {"Why": "support reports errors"})
        await world.rests()
        assert (await world.rollout()).status is Status.ROLLED_BACK
        assert "support reports errors" in yonder.card().text
        assert str(await world.held("checkout")) == "off"


async def test_a_problem_is_reported_in_a_dialog_on_discord_and_seen_by_the_operator_on_slack(
    url: str, clock: MovedClock, slack: SlackServer, discord: DiscordServer
) -> None:
    there, yonder = SlackSide(slack), DiscordSide(discord)
    async with connected(url, [there, yonder], clock, PLANS) as world:
        await at_ten(world)
        press = await yonder.press("Report a problem", person="watcher")
        assert press.modal is not None
        said = await discord.submit(
            yonder.people["watcher"], press.modal, {"What is wrong?": "it spins <!channel> @here"}
        )
        assert said.ephemeral
        await world.rests()
        replies = there.channels["releases"].thread(there.card())
        assert "it spins <!channel> @here" in replies[-1].seen
        assert slack.pings == []
        assert discord.pings == []
