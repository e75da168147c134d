"""At the end of a rollout its report comes into the card's thread, with its files, once, whatever happens on the way."""

from __future__ import annotations

import json

from bot.domain.outbox import DeliveryState
from bot.domain.rollout import Status
from tests.fakes.charts import PIXEL, PixelCharts
from tests.fakes.clock import MovedClock
from tests.fakes.discord import CutAfter as DiscordCutAfter
from tests.fakes.discord import DiscordServer
from tests.fakes.discord import Message as DiscordMessage
from tests.fakes.plan_library import WrittenPlans
from tests.fakes.slack import CutAfter, SlackServer
from tests.fakes.slack import Message as SlackMessage
from tests.scenarios.platforms.connected import Connected, connected
from tests.scenarios.platforms.discord_side import DiscordSide
from tests.scenarios.platforms.slack_side import SlackSide
from tests.scenarios.world import CHECKOUT, HOUR

SLACK = WrittenPlans(checkout=CHECKOUT.replace("{local: releases}", '{slack: "#releases"}'))
DISCORD = WrittenPlans(checkout=CHECKOUT.replace("{local: releases}", "{discord: releases}"))
FILES = ["rollout-1-report.md", "rollout-1-report.json", "rollout-1-history.png"]
MARKDOWN, JSON, PICTURE = range(3)


async def at_ten(world: Connected) -> None:
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")


async def to_the_end(world: Connected) -> None:
    for percent in ("25%", "50%", "100%"):
        await world.passes(HOUR)
        await world.done(f"/rollout {percent}")
    await world.passes(HOUR)
    await world.done("/rollout next")
    assert (await world.rollout()).status is Status.COMPLETED


def with_files(side: SlackSide) -> list[SlackMessage]:
    """Return the messages in the card's thread that have files."""
    return [it for it in side.channels["releases"].thread(side.card()) if it.files]


def with_attachments(side: DiscordSide) -> list[DiscordMessage]:
    channel = side.channels["releases"]
    everywhere = [*channel.messages, *(it for thread in channel.threads for it in thread.messages)]
    found = [it for it in everywhere if it.attachments]
    assert all(it.channel is not channel for it in found), "files belong into the thread"
    return found


async def test_on_slack_the_files_come_into_the_thread_once(url: str, clock: MovedClock, slack: SlackServer) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, SLACK, charts=PixelCharts()) as world:
        await at_ten(world)
        await to_the_end(world)
        (message,) = with_files(side)
        assert [it.name for it in message.files] == FILES
        assert b"# Deployment report: The new checkout" in (message.files[MARKDOWN].data or b"")
        assert json.loads(message.files[JSON].data or b"")["result"] == "success"
        assert message.files[PICTURE].data == PIXEL
        assert message.files[PICTURE].alt_text == "Chart of #1: success"
        said = [it.seen for it in side.channels["releases"].thread(side.card())]
        assert sum("Deployment report of #1" in it for it in said) == 1


async def test_on_slack_an_upload_that_was_cut_after_it_arrived_is_not_sent_again(
    url: str, clock: MovedClock, slack: SlackServer
) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, SLACK, charts=PixelCharts()) as world:
        await at_ten(world)
        slack.faults.next("files.completeUploadExternal", CutAfter())
        await world.done("/rollout rollback")
        for _ in range(3):
            await world.passes(HOUR)
        assert [method for method, _ in slack.faults.met] == ["files.completeUploadExternal"]
        (message,) = with_files(side)
        assert [it.name for it in message.files] == FILES
        assert await unsent(world) == []


async def test_on_discord_the_files_come_into_the_thread_once(
    url: str, clock: MovedClock, discord: DiscordServer
) -> None:
    side = DiscordSide(discord)
    async with connected(url, [side], clock, DISCORD, charts=PixelCharts()) as world:
        await at_ten(world)
        await to_the_end(world)
        (message,) = with_attachments(side)
        assert [it.filename for it in message.attachments] == FILES
        assert "# Deployment report: The new checkout" in message.attachments[MARKDOWN].content.decode()
        assert json.loads(message.attachments[JSON].content)["result"] == "success"
        assert message.attachments[PICTURE].content == PIXEL
        assert message.attachments[PICTURE].description == "Chart of #1: success"


async def test_on_discord_an_upload_that_was_cut_after_it_arrived_is_not_sent_again(
    url: str, clock: MovedClock, discord: DiscordServer
) -> None:
    side = DiscordSide(discord)
    async with connected(url, [side], clock, DISCORD, charts=PixelCharts()) as world:
        await at_ten(world)
        # What is posted on the way back: that it is rolled back, as a reply to the card, and then the report.
        await world.done("/rollout abort because the release is withdrawn")
        assert len(with_attachments(side)) == 1
        discord.faults.next("POST /channels/{id}/messages", DiscordCutAfter())
        await world.done("/rollout report --share")
        for _ in range(3):
            await world.passes(HOUR)
        assert len(discord.faults.injected) == 1
        assert [len(it.attachments) for it in with_attachments(side)] == [3, 3]
        assert await unsent(world) == []


async def test_a_report_that_is_asked_for_on_the_way_comes_with_what_is_so_now(
    url: str, clock: MovedClock, slack: SlackServer
) -> None:
    side, charts = SlackSide(slack), PixelCharts()
    async with connected(url, [side], clock, SLACK, charts=charts) as world:
        await at_ten(world)
        assert with_files(side) == []
        await world.done("/rollout report --share", by="watcher")
        (message,) = with_files(side)
        assert json.loads(message.files[JSON].data or b"")["result"] == "under way"
        assert charts.drawn == 1
        assert (await world.rollout()).version == 2


async def test_without_charts_the_report_goes_without_a_picture(
    url: str, clock: MovedClock, slack: SlackServer
) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, SLACK) as world:
        await at_ten(world)
        await world.done("/rollout rollback")
        (message,) = with_files(side)
        assert [it.name for it in message.files] == FILES[:PICTURE]


async def unsent(world: Connected) -> list[str]:
    return [row.key for row in await world.outbox() if row.state is not DeliveryState.SENT]
