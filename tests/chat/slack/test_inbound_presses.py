"""What people press in Slack is done once, acknowledged when it is recorded, and answered to them alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.chat.conversation import Origin, Outcome, Reply
from bot.domain.form import Form, FormField
from bot.domain.message import Button, Message, Paragraph, line, say
from tests.chat.slack.ways_in import Scene, scene_over, until
from tests.fakes.slack import CutAfter, Fault, Garbled, Hangs, RateLimited, ServerError, SlackError

PAUSE = "/rollout pause --rollout 3 --version 7"
ROLLBACK = "/rollout rollback --rollout 3 --version 7"
FORM = Form(
    "Roll back",
    Message("Roll back #3", (Paragraph(line("checkout goes from 25 % to 0 %.")),)),
    (FormField("because", "Why", multiline=True),),
    "Roll back now",
    ROLLBACK,
    danger=True,
)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with scene_over("http") as scene:
        scene.conversation.forms[ROLLBACK] = FORM
        yield scene


async def test_a_press_does_what_its_button_says_and_answers_to_one_alone(scene: Scene) -> None:
    answer = await scene.pressed("Pause", PAUSE)
    (handled,) = scene.conversation.handled
    trigger = answer.deed.payload["trigger_id"]
    assert handled.line == PAUSE
    assert handled.origin == Origin("slack", scene.channel.id, scene.person.id, f"slack:{trigger}", pressed=True)
    assert scene.said_alone == [f"noted: {PAUSE}"]
    assert len(scene.channel.messages) == 1


async def test_a_press_below_a_card_is_answered_below_it(scene: Scene) -> None:
    root = await scene.posted(Button("Pause", PAUSE))
    reply = await scene.posted(Button("Advance", "/rollout next"), thread=root)
    await scene.way.press(scene.person, reply, "Advance")
    await scene.settle()
    await scene.way.press(scene.person, root, "Pause")
    await scene.settle()
    assert [message.thread_ts for message in scene.slack.ephemerals(scene.person)] == [root.ts, None]


async def test_a_press_is_acknowledged_only_when_it_is_recorded(scene: Scene) -> None:
    scene.conversation.held = asyncio.Event()
    card = await scene.posted(Button("Pause", PAUSE))
    pressing = asyncio.create_task(scene.way.press(scene.person, card, "Pause"))
    await until(lambda: scene.clock.awaited)
    assert not pressing.done()
    scene.conversation.held.set()
    assert (await pressing).acknowledged
    assert len(scene.conversation.handled) == 1


async def test_a_slow_press_is_acknowledged_in_time_and_answered_when_it_is_done(scene: Scene) -> None:
    card = await scene.posted(Button("Pause", PAUSE))
    scene.conversation.held = asyncio.Event()
    assert (await scene.taking_long(scene.way.press(scene.person, card, "Pause"))).acknowledged
    assert scene.said_alone == []
    scene.conversation.held.set()
    await scene.settle()
    assert scene.said_alone == [f"noted: {PAUSE}"]


@pytest.mark.parametrize("fault", [ServerError(), CutAfter(), Hangs(), RateLimited()], ids=repr)
async def test_a_recorded_press_is_answered_even_where_its_address_takes_nothing(scene: Scene, fault: Fault) -> None:
    scene.slack.faults.always("response_url", fault)
    assert (await scene.pressed("Pause", PAUSE)).acknowledged
    assert f"noted: {PAUSE}" in scene.said_alone
    assert len(scene.conversation.handled) == 1


async def test_whoever_looks_on_from_outside_a_channel_is_answered_directly(scene: Scene) -> None:
    scene.slack.faults.always("response_url", ServerError())
    scene.channel.remove(scene.person)
    await scene.pressed("Pause", PAUSE)
    assert [message.seen for message in scene.slack.direct_messages(scene.person).messages] == [f"noted: {PAUSE}"]


async def test_a_press_on_an_old_card_is_answered_beside_what_stands_there_now(scene: Scene) -> None:
    scene.conversation.replies[PAUSE] = Reply(say("It moved on meanwhile: 50 %."), Outcome.REFUSED)
    card = await scene.posted(Button("Pause", PAUSE))
    old = card.snapshot()
    scene.slack.workspace.delete(card)
    await scene.way.press(scene.person, old, "Pause")
    await scene.settle()
    assert scene.said_alone == ["It moved on meanwhile: 50 %."]


async def test_a_double_press_is_two_wishes_of_the_same_state(scene: Scene) -> None:
    card = await scene.posted(Button("Pause", PAUSE))
    await asyncio.gather(*(scene.way.press(scene.person, card, "Pause") for _ in range(2)))
    await scene.settle()
    one, other = scene.conversation.handled
    # Both carry the version they were drawn for, by which the second is refused: they are not one delivery.
    assert one.line == other.line
    assert one.origin.request_id != other.origin.request_id


async def test_a_link_carries_no_command(scene: Scene) -> None:
    card = await scene.posted(Button("Pause", PAUSE))
    deed = scene.way.payloads.press(scene.person, card, "Pause")
    del deed.payload["actions"][0]["value"]
    assert (await scene.way.deliver(deed)).acknowledged
    assert scene.conversation.handled == []


async def test_an_exception_is_answered_to_whoever_pressed(scene: Scene) -> None:
    scene.conversation.broken = RuntimeError("password=hunter2")
    await scene.pressed("Pause", PAUSE)
    (told,) = scene.said_alone
    assert "Something went wrong inside Rollcall" in told
    assert "hunter2" not in told


async def test_a_dangerous_press_opens_a_dialog_and_does_nothing_yet(scene: Scene) -> None:
    answer = await scene.pressed("Roll back", ROLLBACK)
    assert "checkout goes from 25 % to 0 %." in answer.modal.seen
    assert scene.slack.modal_of(scene.person) is answer.modal
    assert scene.conversation.handled == []
    assert scene.said_alone == []


async def test_a_refusal_before_the_dialog_is_told_at_once(scene: Scene) -> None:
    scene.conversation.forms[ROLLBACK] = Reply(say("You may not do that here."), Outcome.REFUSED)
    answer = await scene.pressed("Roll back", ROLLBACK)
    assert answer.deed.opened == []
    assert scene.said_alone == ["You may not do that here."]
    assert scene.conversation.handled == []


@pytest.mark.parametrize(
    "fault",
    [
        SlackError("expired_trigger_id"),
        SlackError("internal_error"),
        ServerError(),
        ServerError(content_type="text/plain"),
        Garbled("text/plain"),
        Hangs(),
        RateLimited(),
    ],
    ids=repr,
)
async def test_where_no_dialog_opens_the_line_to_type_is_told(scene: Scene, fault: Fault) -> None:
    scene.slack.faults.always("views.open", fault)
    assert (await scene.pressed("Roll back", ROLLBACK)).acknowledged
    (told,) = scene.said_alone
    assert "type this line instead" in told
    assert "/rollout rollback --rollout 3" in told
    assert "--version" not in told
    assert scene.conversation.handled == []


async def test_a_press_delivered_twice_opens_one_dialog_and_says_nothing_of_the_other(scene: Scene) -> None:
    answer = await scene.pressed("Roll back", ROLLBACK)
    await scene.way.repeat(answer)
    await scene.settle()
    assert len(answer.deed.opened) == 1
    assert scene.said_alone == []
    assert scene.journal.events("warning", "error") == []


async def test_a_press_without_an_action_is_told_to_be_unreadable(scene: Scene) -> None:
    deed = scene.way.payloads.press(scene.person, await scene.posted(Button("Pause", PAUSE)), "Pause")
    deed.payload["channel"] = deed.payload["container"] = {}
    assert (await scene.way.deliver(deed)).acknowledged
    await scene.settle()
    (told,) = scene.said_alone
    assert "could not read what Slack sent" in told
