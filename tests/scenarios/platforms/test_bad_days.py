"""While calls are refused, cut and answered with errors, everything arrives, in order, and nothing twice."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from bot.domain.outbox import DeliveryKind
from tests.fakes.clock import MovedClock
from tests.fakes.discord import CutAfter, CutBefore, DiscordServer, RateLimited, ServerError
from tests.fakes.plan_library import WrittenPlans
from tests.fakes.slack import RateLimited as SlowDown
from tests.fakes.slack import SlackServer
from tests.scenarios.platforms.connected import Connected, connected
from tests.scenarios.platforms.discord_side import DiscordSide
from tests.scenarios.platforms.slack_side import SlackSide
from tests.scenarios.world import CHECKOUT

SLACK = WrittenPlans(checkout=CHECKOUT.replace("{local: releases}", '{slack: "#releases"}'))
DISCORD = WrittenPlans(checkout=CHECKOUT.replace("{local: releases}", "{discord: releases}"))
UNTIL_CALM = timedelta(minutes=10)


async def lived(world: Connected) -> list[str]:
    """Live a short rollout, and return the keys of what was to be posted, in order."""
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")
    for number in range(6):
        await world.done(f"/rollout problem number {number}", by="watcher")
    await world.done("/rollout pause because of the outage")
    await world.done("/rollout resume")
    await world.done("/rollout rollback")
    for _ in range(6):
        await world.passes(UNTIL_CALM)
    return [row.key for row in await world.outbox() if row.kind is not DeliveryKind.CARD]


@pytest.mark.parametrize("seed", range(3))
async def test_on_slack_everything_arrives_in_order_and_nothing_twice(
    url: str, clock: MovedClock, slack: SlackServer, seed: int
) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, SLACK) as world:
        methods = ["chat.postMessage", "chat.update", "conversations.replies", "conversations.history"]
        slack.faults.share(0.3, seed, methods=methods)
        wanted = await lived(world)
        card, posts = side.card(), side.channels["releases"]
        everything = sorted({it.ts: it for it in (*posts.messages, *posts.thread(card))}.values(), key=lambda it: it.ts)
        keys = [it.metadata["event_payload"]["key"] for it in everything if it.metadata]
        assert [key for key in keys if not key.startswith("card:")] == wanted
        assert sum(key.startswith("card:") for key in keys) == 1
        assert "rolled back" in card.heard
        assert slack.faults.met
        assert not [it for it in (slack.bot_token, slack.app_token) if it in repr(world.journal.lines)]


async def test_a_channel_that_slack_slows_down_is_waited_for_and_holds_up_no_other(
    url: str, clock: MovedClock, slack: SlackServer
) -> None:
    side = SlackSide(slack)

    def reported(channel: str) -> list[str]:
        thread = side.channels[channel].thread(side.card(channel))
        return [it.seen.partition("number ")[2][:1] for it in thread if "number " in it.seen]

    async with connected(url, [side], clock, SLACK) as world:
        await world.done("/rollout start checkout")
        await world.done("/rollout bind 1", channel="launch")
        slack.faults.next("chat.postMessage", SlowDown(600), channel=side.channels["releases"])
        for number in range(3):
            await world.done(f"/rollout problem number {number}", by="watcher")
        assert (reported("launch"), reported("releases")) == (["0", "1", "2"], [])
        tries = len(slack.calls_of("chat.postMessage"))
        await world.passes(timedelta(minutes=7))
        assert len(slack.calls_of("chat.postMessage")) == tries
        await world.passes(timedelta(minutes=3))
        assert reported("releases") == ["0", "1", "2"]


@pytest.mark.parametrize("seed", range(3))
async def test_on_discord_everything_arrives_in_order_and_nothing_twice(
    url: str, clock: MovedClock, discord: DiscordServer, seed: int
) -> None:
    side = DiscordSide(discord)
    async with connected(url, [side], clock, DISCORD) as world:
        await world.done("/rollout start checkout")
        among = (RateLimited(), ServerError(503), CutBefore(), CutAfter())
        routes = ("POST /channels/{id}/messages", "PATCH /channels/{id}/messages/{id}", "GET /channels/{id}/messages")
        discord.faults.share(0.3, seed, among, routes)
        await world.done('/checklist tick all --evidence "seen"')
        await world.done("/rollout 10%")
        for number in range(6):
            await world.done(f"/rollout problem number {number}", by="watcher")
        await world.done("/rollout rollback")
        for _ in range(6):
            await world.passes(UNTIL_CALM)
        discord.faults.share(0, seed)
        (thread,) = side.channels["releases"].threads
        reported = [it.text for it in thread.messages if "reports a problem" in it.text]
        assert [text.partition("number ")[2][:1] for text in reported] == list("012345")
        cards = [
            it for it in side.channels["releases"].messages if it.interaction is None and it.text.startswith("## #")
        ]
        assert len(cards) == 1
        assert "rolled back" in cards[0].text
        assert discord.faults.injected


async def test_a_gateway_that_drops_again_and_again_loses_and_doubles_nothing(
    url: str, clock: MovedClock, discord: DiscordServer
) -> None:
    side = DiscordSide(discord)
    async with connected(url, [side], clock, DISCORD) as world:
        await world.done("/rollout start checkout")
        for number in range(4):
            discord.drop()
            clock.advance(timedelta(seconds=2))
            await discord.connected()
            await world.done(f"/rollout problem number {number}", by="watcher")
        (thread,) = side.channels["releases"].threads
        assert sum("reports a problem" in it.text for it in thread.messages) == 4


async def back(discord: DiscordServer, clock: MovedClock) -> None:
    """Let time pass until the bot is connected again."""
    patience, discord.patience = discord.patience, 0.2
    for _ in range(40):
        clock.advance(timedelta(seconds=5))
        with suppress(AssertionError):
            await discord.connected()
            break
    discord.patience = patience
    await discord.connected()


async def test_a_malformed_event_costs_nothing_but_a_new_connection(
    url: str, clock: MovedClock, discord: DiscordServer
) -> None:
    side = DiscordSide(discord)
    async with connected(url, [side], clock, DISCORD) as world:
        await world.done("/rollout start checkout")
        discord.malformed_dispatch()
        await discord.disconnected()
        await back(discord, clock)
        await world.done("/rollout pause")
        assert "paused" in side.card().text
