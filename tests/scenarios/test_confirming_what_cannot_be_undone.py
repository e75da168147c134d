"""Dangerous acts are confirmed twice, by the person who asked for them, in time, for the state that they saw."""

from __future__ import annotations

import pytest
import pytest_asyncio

from bot.chat.conversation import Outcome, Reply
from bot.domain.rollout import Status
from tests.scenarios.world import MINUTE, World

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

LINE = "/rollout rollback 2 because the orders are wrong"


def yes(reply: Reply) -> str:
    """Return the command behind the only button of a question."""
    (button,) = reply.message.buttons
    return button.command


async def asked_once(world: World) -> Reply:
    reply = await world.typed(LINE)
    assert reply.outcome is Outcome.REFUSED
    assert "destroys for good: orders since the start" in reply.message.summary
    return reply


async def asked_twice(world: World) -> Reply:
    reply = await world.typed(yes(await asked_once(world)))
    assert reply.message.summary.startswith("Last question.")
    return reply


@pytest_asyncio.fixture
async def running(at_ten: World) -> World:
    return at_ten


async def nothing_happened(world: World) -> None:
    assert (await world.rollout()).status is Status.RUNNING
    assert str(await world.held("checkout")) == "10%"


async def test_the_second_yes_does_it_with_the_reason_given_at_first(running: World) -> None:
    await running.done(yes(await asked_twice(running)))
    rollout = await running.rollout()
    assert (rollout.status, rollout.level, rollout.reason) == (Status.ROLLED_BACK, 2, "the orders are wrong")
    assert str(await running.held("checkout")) == "off"


async def test_the_questions_alone_change_nothing(running: World) -> None:
    await asked_twice(running)
    await nothing_happened(running)


async def test_level_one_is_done_without_a_question(running: World) -> None:
    await running.done("/rollout rollback")


async def test_somebody_else_cannot_answer_and_does_not_use_the_question_up(running: World) -> None:
    first = await asked_once(running)
    assert "Only ana, who asked for it" in await running.refused(yes(first), by="ben")
    last = await running.typed(yes(first))
    assert "Only ana, who asked for it" in await running.refused(yes(last), by="ben")
    await nothing_happened(running)
    await running.done(yes(last))


async def test_a_late_answer_is_no_answer(running: World) -> None:
    asked = await asked_once(running)
    await running.passes(10 * MINUTE)
    assert "not open any more" in await running.refused(yes(asked))
    last = await asked_twice(running)
    await running.passes(10 * MINUTE)
    assert "not open any more" in await running.refused(yes(last))
    await nothing_happened(running)


async def test_an_answer_about_a_state_that_is_gone_is_refused(running: World) -> None:
    last = await asked_twice(running)
    await running.done("/rollout pause", by="ben")
    assert "changed since that button was drawn" in await running.refused(yes(last))
    assert (await running.rollout()).status is Status.PAUSED


async def test_a_state_that_changed_between_the_questions_is_noticed(running: World) -> None:
    first = await asked_once(running)
    await running.done("/rollout pause", by="ben")
    last = await running.typed(yes(first))
    assert last.message.summary.startswith("Last question.")
    assert "changed since that button was drawn" in await running.refused(yes(last))


async def test_a_yes_pressed_twice_does_it_once(running: World) -> None:
    first = await asked_once(running)
    last = await running.typed(yes(first), request="first yes")
    assert await running.typed(yes(first), request="first yes") == last
    done = await running.typed(yes(last), request="last yes")
    again = await running.typed(yes(last), request="last yes")
    assert (done.outcome, again.outcome) == (Outcome.DONE, Outcome.DONE)
    assert "handled before" in again.message.summary
    assert "not open any more" in await running.refused(yes(last))
    assert [it.action for it in await running.audit() if it.outcome == "accepted"].count("rollout:rollback") == 1


async def test_asking_again_closes_the_earlier_question(running: World) -> None:
    first, second = await asked_once(running), await asked_once(running)
    assert "not open any more" in await running.refused(yes(first))
    await running.typed(yes(second))


async def test_a_question_nobody_asked_is_not_open(running: World) -> None:
    said = await running.refused("/rollout confirm abc123")
    assert "not open any more" in said
    assert "/rollout status" in said


async def test_what_would_be_refused_is_refused_before_it_is_asked(real_plans: World) -> None:
    await real_plans.done("/rollout start verification-flow")
    await real_plans.done("/rollout abort")
    answer = await real_plans.typed("/rollout rollback 2 --rollout 1")
    assert "aborted" in answer.message.summary
    assert not answer.message.buttons
