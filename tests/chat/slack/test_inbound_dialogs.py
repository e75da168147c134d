"""A dialog leads to one command with what was written in it, and closes, complains or shows the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.chat.conversation import Outcome, Reply
from bot.domain.form import Form, FormField
from bot.domain.message import Button, Buttons, Message, Paragraph, line, say
from tests.chat.slack.ways_in import Scene, scene_over
from tests.fakes.slack import ServerError, SlackError, View

REJECT = "/rollout reject --rollout 3 --version 7"
FORM = Form(
    "Reject",
    Message("Reject the next step", (Paragraph(line("#3 will wait at “25 %”.")),)),
    (FormField("because", "Why", required=True, multiline=True),),
    "Reject",
    REJECT,
)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with scene_over("socket") as scene:
        scene.conversation.forms[REJECT] = FORM
        yield scene


async def opened(scene: Scene) -> View:
    return (await scene.pressed("Reject", REJECT)).modal


async def test_a_dialog_that_is_submitted_leads_to_its_command_with_what_was_written(scene: Scene) -> None:
    modal = await opened(scene)
    await scene.way.submit(scene.person, modal, {"Why": "the legal text is <not> final & @here"})
    await scene.settle()
    (handled,) = scene.conversation.handled
    assert (handled.line, handled.given) == (REJECT, {"because": "the legal text is <not> final & @here"})
    assert handled.origin.channel == scene.channel.id
    assert handled.origin.platform_id == scene.person.id
    assert handled.origin.pressed
    assert scene.slack.modal_of(scene.person) is None
    assert scene.said_alone == [f"noted: {REJECT}"]


async def test_a_refusal_takes_the_place_of_the_dialog(scene: Scene) -> None:
    scene.conversation.replies[REJECT] = Reply(say("It moved on meanwhile."), Outcome.REFUSED)
    modal = await opened(scene)
    await scene.way.submit(scene.person, modal, {"Why": "not final"})
    await scene.settle()
    assert modal.open
    assert "It moved on meanwhile." in modal.seen
    assert modal.inputs == []
    assert scene.said_alone == []


async def test_words_that_are_not_understood_can_be_put_right(scene: Scene) -> None:
    scene.conversation.replies[REJECT] = Reply(
        say("There is a character in it that cannot be read."), Outcome.NOT_UNDERSTOOD
    )
    modal = await opened(scene)
    answer = await scene.way.submit(scene.person, modal, {"Why": "\u202eodd"})
    assert answer.errors == {"because": "There is a character in it that cannot be read."}
    assert modal.open
    del scene.conversation.replies[REJECT]
    await scene.way.submit(scene.person, modal, {"Why": "plain"})
    await scene.settle()
    assert not modal.open
    first, second = scene.conversation.handled
    assert first.origin.request_id != second.origin.request_id


async def test_the_same_words_submitted_again_are_the_same_wish(scene: Scene) -> None:
    modal = await opened(scene)
    for _ in range(2):
        # Slack shows the dialog once more where the acknowledgement came too late.
        modal.open = True
        await scene.way.submit(scene.person, modal, {"Why": "not final"})
    await scene.settle()
    one, other = scene.conversation.handled
    assert one.origin.request_id == other.origin.request_id
    assert len(scene.said_alone) == 2


async def test_a_question_in_a_dialog_is_answered_there(scene: Scene) -> None:
    confirm = Button("Yes, restore it", "/rollout confirm a1b2")
    question = Message("It destroys orders.", (Paragraph(line("It destroys orders.")), Buttons((confirm,))))
    scene.conversation.replies[REJECT] = Reply(question, Outcome.REFUSED)
    modal = await opened(scene)
    await scene.way.submit(scene.person, modal, {"Why": "not final"})
    assert modal.buttons == ["Yes, restore it"]
    await scene.way.press(scene.person, modal, "Yes, restore it")
    await scene.settle()
    confirmed = scene.conversation.handled[-1]
    assert (confirmed.line, confirmed.origin.channel) == ("/rollout confirm a1b2", scene.channel.id)
    assert "noted: /rollout confirm a1b2" in modal.seen
    assert scene.said_alone == []


async def test_an_answer_in_a_dialog_that_was_closed_is_told_in_the_channel(scene: Scene) -> None:
    confirm = Button("Yes, restore it", "/rollout confirm a1b2")
    scene.conversation.replies[REJECT] = Reply(Message("Sure?", (Buttons((confirm,)),)), Outcome.REFUSED)
    modal = await opened(scene)
    await scene.way.submit(scene.person, modal, {"Why": "not final"})
    scene.slack.faults.next("views.update", SlackError("not_found"))
    await scene.way.press(scene.person, modal, "Yes, restore it")
    await scene.settle()
    assert scene.said_alone == ["noted: /rollout confirm a1b2"]


async def test_a_done_dialog_is_told_even_where_the_first_address_takes_nothing(scene: Scene) -> None:
    scene.slack.faults.always("response_url", ServerError())
    await scene.way.submit(scene.person, await opened(scene), {"Why": "not final"})
    await scene.settle()
    assert scene.said_alone == [f"noted: {REJECT}"]
    assert len(scene.slack.calls_of("chat.postEphemeral")) == 1


async def test_a_slow_dialog_says_so_and_shows_the_answer_when_it_is_there(scene: Scene) -> None:
    modal = await opened(scene)
    scene.conversation.held = asyncio.Event()
    await scene.taking_long(scene.way.submit(scene.person, modal, {"Why": "not final"}))
    assert modal.open
    assert "The answer follows by itself" in modal.seen
    scene.conversation.held.set()
    await scene.settle()
    assert f"noted: {REJECT}" in modal.seen
    assert len(scene.conversation.handled) == 1


async def test_an_exception_takes_the_place_of_the_dialog(scene: Scene) -> None:
    modal = await opened(scene)
    scene.conversation.broken = RuntimeError("password=hunter2")
    await scene.way.submit(scene.person, modal, {"Why": "not final"})
    assert "Something went wrong inside Rollcall" in modal.seen
    assert "hunter2" not in modal.seen


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"line": 3}', '{"channel": "C1"}'])
async def test_a_dialog_that_lost_what_it_leads_to_does_nothing(scene: Scene, kept: str) -> None:
    modal = await opened(scene)
    modal.body["private_metadata"] = kept
    await scene.way.submit(scene.person, modal, {"Why": "not final"})
    assert "could not read what Slack sent" in modal.seen
    assert scene.conversation.handled == []


async def test_a_dialog_that_is_closed_asks_for_nothing(scene: Scene) -> None:
    assert await scene.way.close(scene.person, await opened(scene)) is None
    assert scene.conversation.handled == []
