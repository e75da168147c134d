"""A page reaches people in their direct messages on Slack and Discord, notifies each once, and is answered there."""

from __future__ import annotations

from bot.domain.page import PageState
from bot.domain.team import Team
from bot.files.team_file import read_team
from tests.fakes.clock import MovedClock
from tests.fakes.discord import DiscordServer
from tests.fakes.plan_library import WrittenPlans
from tests.fakes.slack import SlackServer
from tests.scenarios.platforms.connected import Connected, connected
from tests.scenarios.platforms.discord_side import DiscordSide
from tests.scenarios.platforms.slack_side import SlackSide
from tests.scenarios.world import CHECKOUT, MINUTE

PLANS = WrittenPlans(checkout=CHECKOUT)
TEAM = """
people:
  ana: {{roles: owner, {0}}}
  ben: {{roles: operator, {1}}}
  watcher: {{roles: viewer, {2}}}
channels:
  releases: {{slack: releases, discord: releases}}
environments:
  production: {{channels: releases}}
escalation:
  production:
    channels: releases
    levels:
      - reach: ben
      - {{after: 15m, reach: ana}}
"""


def team_of(*sides: SlackSide | DiscordSide) -> Team:
    known = [", ".join(f'{it.name}: "{it.identity(name)}"' for it in sides) for name in ("ana", "ben", "watcher")]
    return read_team(TEAM.format(*known), "rollcall.yaml", lambda _: None, lambda name: (name, b""))


async def state(world: Connected) -> PageState:
    page = await world.store.read(lambda tx: tx.pages.get(1))
    assert page is not None
    return page.state


async def test_a_page_is_answered_in_slacks_direct_messages(url: str, clock: MovedClock, slack: SlackServer) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, PLANS, team_of(side)) as world:
        await world.done("/escalate high payments fail", by="watcher")
        ben = side.people["ben"]
        (call,) = slack.direct_messages(ben).messages
        assert "payments fail" in call.seen
        # Once in the message to ben alone, once by the mention in the channel.
        assert slack.pings.count(ben.id) == 2
        assert side.way is not None
        await side.way.press(ben, call, "Acknowledge")
        await world.rests()
        assert await state(world) is PageState.ACKNOWLEDGED
        await world.passes(20 * MINUTE)
        assert slack.direct_messages(side.people["ana"]).messages == []
        assert side.people["ana"].id not in slack.pings


async def test_a_page_that_nobody_answers_reaches_the_next_level(
    url: str, clock: MovedClock, slack: SlackServer
) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, PLANS, team_of(side)) as world:
        await world.done("/escalate high payments fail", by="watcher")
        await world.passes(16 * MINUTE)
        assert len(slack.direct_messages(side.people["ana"]).messages) == 1


async def test_a_page_is_answered_in_discords_direct_messages(
    url: str, clock: MovedClock, discord: DiscordServer
) -> None:
    side = DiscordSide(discord)
    async with connected(url, [side], clock, PLANS, team_of(side)) as world:
        await world.done("/escalate high payments fail", by="watcher")
        ben = side.people["ben"]
        (call,) = discord.direct(ben).messages
        assert "payments fail" in call.text
        assert len(discord.pings) == 2
        await discord.press(ben, call, "Acknowledge")
        await world.rests()
        assert await state(world) is PageState.ACKNOWLEDGED


async def test_one_person_on_both_is_reached_on_both_and_answers_once(
    url: str, clock: MovedClock, slack: SlackServer, discord: DiscordServer
) -> None:
    there, yonder = SlackSide(slack), DiscordSide(discord)
    async with connected(url, [there, yonder], clock, PLANS, team_of(there, yonder)) as world:
        await world.done("/escalate high payments fail", by="watcher")
        assert len(slack.direct_messages(there.people["ben"]).messages) == 1
        (call,) = discord.direct(yonder.people["ben"]).messages
        await discord.press(yonder.people["ben"], call, "Acknowledge")
        await world.rests()
        assert await state(world) is PageState.ACKNOWLEDGED
        cards = [it for it in there.channels["releases"].messages if "acknowledged by ben" in it.seen]
        assert len(cards) == 1
