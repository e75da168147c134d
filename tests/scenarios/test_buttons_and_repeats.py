"""Buttons tell the truth, and whatever is delivered twice is done once."""

from __future__ import annotations

import asyncio

import pytest

from bot.chat.conversation import Origin, Outcome
from bot.domain.rollout import Status
from tests.scenarios.world import HOUR, World

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover


async def test_the_button_of_the_card_takes_the_next_step(at_ten: World) -> None:
    await at_ten.passes(HOUR)
    await at_ten.done((await at_ten.card_buttons())["Go on to Everyone: 25%"].command)
    assert str(await at_ten.held("checkout")) == "25%"


async def test_a_double_press_takes_one_step(at_ten: World) -> None:
    await at_ten.passes(HOUR)
    command = (await at_ten.card_buttons())["Go on to Everyone: 25%"].command
    replies = await asyncio.gather(*(at_ten.typed(command) for _ in range(2)))
    assert sorted(reply.outcome for reply in replies) == [Outcome.DONE, Outcome.REFUSED]
    assert str(await at_ten.held("checkout")) == "25%"


async def test_a_stale_button_changes_nothing_and_says_what_happened_meanwhile(at_ten: World) -> None:
    await at_ten.passes(HOUR)
    command = (await at_ten.card_buttons())["Go on to Everyone: 25%"].command
    await at_ten.done("/rollout pause", by="ben")
    await at_ten.done("/rollout resume", by="ben")
    before = await at_ten.rollout()
    assert "changed since that button was drawn: it is now at step 2" in await at_ten.refused(command)
    assert await at_ten.rollout() == before


async def test_a_stale_button_does_not_resume_somebody_elses_pause(at_ten: World) -> None:
    await at_ten.done("/rollout pause")
    command = (await at_ten.card_buttons())["Resume"].command
    await at_ten.done("/rollout resume")
    await at_ten.done("/rollout pause because of something new", by="ben")
    await at_ten.refused(command)
    assert (await at_ten.rollout()).status is Status.PAUSED


async def test_the_button_that_goes_down_works_whatever_happened_meanwhile(at_ten: World) -> None:
    command = (await at_ten.card_buttons())["Roll back"].command
    await at_ten.passes(HOUR)
    await at_ten.done("/rollout 25%")
    await at_ten.done(command)
    assert str(await at_ten.held("checkout")) == "off"


@pytest.mark.parametrize(
    "line",
    [
        "/rollout pause",
        "/rollout 3%",
        "/rollout override it is fine",
        "/flag create banner",
        "/rollout bind 1",
        "/flag set checkout 2%",
    ],
)
async def test_a_request_that_is_delivered_again_is_done_once(at_ten: World, line: str) -> None:
    first = await at_ten.typed(line, request="the same")
    log, rollout = await at_ten.audit(), await at_ten.rollout()
    again = await at_ten.typed(line, request="the same")
    assert again.outcome is Outcome.DONE
    if first.outcome is Outcome.DONE:
        assert "handled before" in again.message.summary
    assert (await at_ten.audit(), await at_ten.rollout()) == (log, rollout)


async def test_a_refused_request_that_is_delivered_again_is_on_record_once(at_ten: World) -> None:
    await at_ten.typed("/rollout 50%", request="the same")
    log = await at_ten.audit()
    await at_ten.typed("/rollout 50%", request="the same")
    assert await at_ten.audit() == log


async def test_a_request_that_is_delivered_twice_at_once_is_done_once(at_ten: World) -> None:
    origin = Origin("local", "releases", "ana", "the same")
    replies = await asyncio.gather(*(at_ten.bot.dispatcher.handle("/flag create banner", origin) for _ in range(5)))
    assert all(reply.outcome is Outcome.DONE for reply in replies)
    assert [entry.action for entry in await at_ten.audit()].count("flag:create") == 1


async def test_every_refused_attempt_to_change_something_is_on_record_with_its_reason(at_ten: World) -> None:
    attempts = {
        "/rollout 100% because we can": ("rollout:raise", "rollout:1", "we can"),
        "/rollout resume because I say so": ("rollout:resume", "rollout:1", "I say so"),
        "/flag set nothing 5%": ("flag:set", "flag:nothing", ""),
        "/rollout start nothing": ("command:refuse", "command:rollout", "start"),
        "/rollout start checkout": ("rollout:start", "plan:checkout", ""),
        "/checklist tick 9.9": ("command:refuse", "command:checklist", "tick"),
        "/rollout rollback 7": ("command:refuse", "command:rollout", "rollback"),
    }
    for line, (action, subject, reason) in attempts.items():
        await at_ten.refused(line, by="ben")
        entry = (await at_ten.audit())[-1]
        assert (entry.person, entry.outcome, entry.action, entry.subject, entry.reason) == (
            "ben",
            "refused",
            action,
            subject,
            reason,
        )
        assert entry.after is not None
        assert entry.after["because"]


async def test_reading_and_what_is_not_understood_leave_no_record(at_ten: World) -> None:
    log = await at_ten.audit()
    for line in (
        "/rollout status",
        "/flag show nothing",
        "/rollout frobnicate",
        "hello",
        "/plan show nothing",
        "/audit show 999",
    ):
        await at_ten.typed(line)
    assert await at_ten.audit() == log


async def test_somebody_without_a_role_may_read_and_change_nothing(at_ten: World) -> None:
    rollout = await at_ten.rollout()
    for line in (
        "/rollout 5%",
        "/rollout rollback",
        "/checklist untick 1.1",
        "/flag create banner",
        "/rollout confirm abcdef",
    ):
        reply = await at_ten.typed(line, platform="elsewhere", by="stranger")
        assert reply.outcome is Outcome.REFUSED
        assert reply.message.summary.endswith("; you have no role.")
        assert (await at_ten.audit())[-1].after == {"refused": "not_allowed", "because": reply.message.summary}
    assert await at_ten.rollout() == rollout
    assert (
        await at_ten.typed("/rollout status --rollout 1", platform="elsewhere", by="stranger")
    ).outcome is Outcome.DONE
