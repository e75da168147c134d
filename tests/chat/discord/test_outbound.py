"""What goes out to Discord by its own rules: old cards, refusals and repeats. What every platform does is in tests/contracts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.chat.discord.failures import REFUSALS
from bot.domain.errors import Refused
from bot.domain.message import Message, say
from tests.contracts.chat_platforms.discord import POST, DiscordWorld, discord_world
from tests.fakes.clock import MovedClock
from tests.fakes.discord import DiscordError

HOURS = timedelta(hours=2)


@pytest.fixture
async def met() -> AsyncIterator[DiscordWorld]:
    async with discord_world() as world:
        yield world


def card(text: str) -> Message:
    return say(text)


def grow_old(met: DiscordWorld) -> None:
    """Let messages become so old that Discord takes few edits of them."""
    assert isinstance(met.server.world.clock, MovedClock)
    met.server.world.clock.advance(HOURS)


async def test_an_old_card_that_takes_no_further_edit_goes_on_as_a_new_one_that_answers_it(met: DiscordWorld) -> None:
    first = await met.platform.post(met.channel, "card:rollout:1", card("step 1"))
    grow_old(met)
    references = [await met.platform.edit(met.channel, first, card(f"step {number}")) for number in range(2, 5)]
    assert references == [first] * 3, "so many edits of old messages are taken"
    second = await met.platform.edit(met.channel, first, card("step 5"))
    assert second != first
    old, new = met.there.messages
    assert [it.text for it in met.shown()] == ["step 4", "step 5"]
    assert new.reply_to is old
    # From then on the new one is the card.
    assert await met.platform.edit(met.channel, second, card("step 6")) == second
    assert [it.text for it in met.shown()] == ["step 4", "step 6"]


async def test_a_card_that_was_posted_anew_is_posted_once_however_often_that_is_tried(met: DiscordWorld) -> None:
    first = await met.platform.post(met.channel, "card:rollout:1", card("step 1"))
    grow_old(met)
    for number in range(2, 5):
        await met.platform.edit(met.channel, first, card(f"step {number}"))
    # The bot died before it wrote the new one's number down.
    again = [await met.platform.edit(met.channel, first, card("step 5")) for _ in range(2)]
    assert len(set(again)) == 1
    assert len(met.there.messages) == 2


@pytest.mark.parametrize("code", REFUSALS)
async def test_what_discord_refuses_is_said_in_a_sentence_with_what_to_do(met: DiscordWorld, code: int) -> None:
    met.server.faults.next(POST, DiscordError(code))
    with pytest.raises(Refused) as refused:
        await met.platform.post(met.channel, "k", card("hello"))
    sentence, hint = REFUSALS[code]
    assert refused.value.sentence == sentence.format(channel=f"#{met.channel}")
    assert refused.value.hints == (hint,)
    assert met.shown() == []
