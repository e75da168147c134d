"""A press on a card that shows what is no more changes nothing, is answered, and has the card drawn anew."""

from __future__ import annotations

import pytest

from tests.fakes.clock import MovedClock
from tests.fakes.plan_library import WrittenPlans
from tests.fakes.slack import Message, SlackError, SlackServer
from tests.scenarios.platforms.connected import connected
from tests.scenarios.platforms.slack_side import SlackSide
from tests.scenarios.platforms.test_pages import team_of
from tests.scenarios.world import CHECKOUT

PLANS = WrittenPlans(checkout=CHECKOUT.replace("{local: releases}", '{slack: "#releases"}'))


def pages_in(side: SlackSide) -> list[Message]:
    return [it for it in side.channels["releases"].messages if it.author is side.server.bot and "Resolve" in it.buttons]


@pytest.mark.parametrize("label", ["Pause", "Roll back"])
async def test_a_press_on_a_card_whose_last_edit_slack_refused_draws_it_anew(
    url: str, clock: MovedClock, slack: SlackServer, label: str
) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, PLANS) as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "seen"')
        await world.done("/rollout 10%")
        slack.faults.always("chat.update", SlackError("restricted_action"))
        await world.done("/rollout abort because the release is withdrawn")
        slack.faults.stop()
        assert "aborted" not in side.card().heard
        answer = await side.press(label)
        await slack.until(lambda: answer.replies)
        await world.rests()
        assert "aborted" in side.card().heard
        assert side.card().buttons == []


async def test_a_press_on_a_page_that_was_resolved_unseen_draws_it_anew(
    url: str, clock: MovedClock, slack: SlackServer
) -> None:
    side = SlackSide(slack)
    async with connected(url, [side], clock, PLANS, team_of(side)) as world:
        await world.done("/escalate high payments fail")
        (card,) = pages_in(side)
        slack.faults.always("chat.update", SlackError("restricted_action"))
        await world.done("/escalate resolve 1")
        slack.faults.stop()
        assert "Acknowledge" in card.buttons
        answer = await side.way_press(card, "Acknowledge")
        await slack.until(lambda: answer.replies)
        await world.rests()
        assert "resolved by ana" in card.heard
        assert card.buttons == []
