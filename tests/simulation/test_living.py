"""A history can be lived again, and what would be found is found: otherwise a clean run says nothing."""

from __future__ import annotations

import pytest

from bot.domain.errors import Unavailable
from bot.domain.message import say
from tests.fakes.clock import MovedClock
from tests.simulation.living import Lives
from tests.simulation.outside import Death, ForgetfulChat, Killed
from tests.simulation.steps import Health


def test_a_history_that_was_written_down_is_lived_again_as_it_was(lives: Lives) -> None:
    first = lives.random(5)
    again = lives.again(5, first.steps)
    assert again.seen == first.seen
    assert again.found == first.found == []


async def test_a_message_that_came_through_for_certain_and_is_posted_again_is_found() -> None:
    chat = ForgetfulChat(MovedClock(), Death())
    await chat.post("releases", "key", say("It is live."))
    await chat.post("releases", "key", say("It is live."))
    assert chat.doubles() == [("releases", "key")]


async def test_a_message_whose_answer_was_lost_may_be_posted_once_more() -> None:
    chat = ForgetfulChat(MovedClock(), Death(), Health.UNHEARD)
    with pytest.raises(Unavailable):
        await chat.post("releases", "key", say("It is live."))
    chat.health = Health.UP
    await chat.post("releases", "key", say("It is live."))
    assert chat.doubles() == []
    await chat.post("releases", "key", say("It is live."))
    assert chat.doubles() == [("releases", "key")]


def test_a_process_dies_at_the_point_that_was_chosen_and_once_only() -> None:
    death = Death(1)
    death.at("first")
    with pytest.raises(Killed, match="second"):
        death.at("second")
    death.at("third")
