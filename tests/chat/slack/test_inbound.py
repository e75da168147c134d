"""What people type in Slack reaches the conversation once, and its answer is the acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.chat.conversation import Origin, Outcome, Reply
from bot.chat.slack.answers import OPENED_WITHIN
from bot.chat.slack.inbound import ACKNOWLEDGED_WITHIN
from bot.chat.slack.workspaces import ASKED_WITHIN
from bot.domain.message import Message, Table, say
from tests.chat.slack.ways_in import Scene, scene_over
from tests.fakes.slack import ServerError

ADVANCED = Reply(say("25 % → 50 %"), Outcome.DONE, private=False)


@pytest.fixture(params=["http", "socket"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    async with scene_over(request.param) as scene:
        yield scene


async def test_a_command_is_answered_by_its_acknowledgement(scene: Scene) -> None:
    answer = await scene.typed("25%")
    assert answer.text == "noted: /rollout 25%"
    (handled,) = scene.conversation.handled
    trigger = answer.deed.payload["trigger_id"]
    assert handled.origin == Origin("slack", scene.channel.id, scene.person.id, f"slack:{trigger}", pressed=False)
    assert scene.said_alone == ["noted: /rollout 25%"]
    assert scene.channel.messages == []
    assert scene.slack.scopes_used == {"commands"}


async def test_what_changed_something_is_seen_by_the_whole_channel(scene: Scene) -> None:
    scene.conversation.replies["/rollout next"] = ADVANCED
    await scene.typed("next")
    assert [message.seen for message in scene.channel.messages] == ["/rollout next", "25 % → 50 %"]


async def test_a_command_without_words_is_handed_on_as_it_is(scene: Scene) -> None:
    await scene.typed("", command="/rc-rollout")
    assert [it.line for it in scene.conversation.handled] == ["/rc-rollout"]


async def test_the_word_payload_does_not_lose_a_command(scene: Scene) -> None:
    # slack_bolt takes a form in whose text this word stands for an empty one.
    text = 'problem the payload is wrong, payload={"type":"x"}&command=/flag'
    answer = await scene.typed(text)
    assert [it.line for it in scene.conversation.handled] == [f"/rollout {text}"]
    assert answer.text == f"noted: /rollout {text}"


async def test_a_repeated_delivery_has_the_same_name_and_a_repeated_command_another(scene: Scene) -> None:
    first = await scene.typed("next")
    await scene.way.repeat(first)
    await scene.typed("next")
    one, again, other = (it.origin.request_id for it in scene.conversation.handled)
    assert one == again != other


async def test_a_slow_command_is_acknowledged_in_time_and_answered_when_it_is_done(scene: Scene) -> None:
    scene.conversation.held = asyncio.Event()
    scene.conversation.replies["/rollout next"] = ADVANCED
    answer = await scene.taking_long(scene.typed("next"))
    assert "The answer follows by itself" in answer.text
    scene.conversation.held.set()
    await scene.settle()
    assert [message.seen for message in scene.channel.messages] == ["25 % → 50 %"]
    assert len(scene.conversation.handled) == 1


async def test_an_answer_that_no_way_takes_is_told_to_the_operator(scene: Scene) -> None:
    scene.conversation.held = asyncio.Event()
    for method in ("response_url", "chat.postEphemeral", "chat.postMessage"):
        scene.slack.faults.always(method, ServerError())
    answer = await scene.taking_long(scene.typed("next"))
    scene.conversation.held.set()
    await scene.settle()
    (noted,) = [line for line in scene.journal.lines if line.event == "slack.answer_lost"]
    assert noted.facts["request"] == f"slack:{answer.deed.payload['trigger_id']}"
    assert "/response/" not in repr(scene.journal.lines)


async def test_an_exception_becomes_an_answer_without_a_trace(scene: Scene) -> None:
    scene.conversation.broken = RuntimeError("password=hunter2 at /srv/rollcall.py")
    answer = await scene.typed("next")
    assert "Something went wrong inside Rollcall" in answer.text
    assert f"slack:{answer.deed.payload['trigger_id']}" in answer.text
    assert "hunter2" not in answer.text
    assert scene.journal.events("error") == ["slack.crashed"]


async def test_an_answer_of_any_size_fits_an_acknowledgement(scene: Scene) -> None:
    rows = tuple((f"flag-{number}", "on", "x" * 200) for number in range(500))
    table = Message("Five hundred flags.", (Table(("flag", "state", "note"), rows),))
    scene.conversation.replies["/flag list"] = Reply(table, Outcome.DONE)
    answer = await scene.typed("list", command="/flag")
    assert "flag-0" in answer.text


async def test_what_lacks_a_trigger_is_not_guessed_at(scene: Scene) -> None:
    deed = scene.way.payloads.command(scene.person, scene.channel, "/rollout", "next")
    del deed.payload["trigger_id"]
    answer = await scene.way.deliver(deed)
    assert "could not read what Slack sent" in answer.text
    assert scene.conversation.handled == []
    assert scene.journal.events("warning", "error") == ["slack.unreadable"]


UNKNOWN: list[dict[str, object]] = [
    {"type": "shortcut", "callback_id": "x", "trigger_id": "1.2.3"},
    {"type": "message_action", "callback_id": "x", "trigger_id": "1.2.3"},
    {"type": "block_suggestion", "action_id": "x", "value": "y"},
    {"type": "block_actions", "actions": [{"action_id": "of-another-version", "block_id": "b", "type": "button"}]},
    {"type": "something_of_next_year"},
]


async def test_what_nothing_handles_is_acknowledged_and_noted_once(scene: Scene) -> None:
    user, team = {"id": scene.person.id, "team_id": scene.slack.team_id}, {"id": scene.slack.team_id}
    for payload in UNKNOWN * 2:
        deed = scene.way.payloads.event(scene.person, {"type": "unheard_of"})
        deed.kind, deed.payload = "interactive", {"user": user, "team": team, **payload}
        assert (await scene.way.carry(deed, None)).acknowledged, payload
    assert scene.journal.events().count("slack.unknown") == len(UNKNOWN)
    assert scene.journal.events("warning", "error") == []


async def test_events_nobody_asked_for_are_acknowledged(scene: Scene) -> None:
    assert (await scene.way.event(scene.person, {"type": "reaction_added", "reaction": "eyes"})).acknowledged
    assert scene.journal.events().count("slack.unknown") == 1
    assert scene.journal.events("warning", "error") == []


def test_slack_is_answered_before_it_gives_up() -> None:
    assert timedelta(seconds=3) > ACKNOWLEDGED_WITHIN
    # A trigger lasts as long; and who the bot is may have to be asked before anything is done.
    assert OPENED_WITHIN < 3
    assert ACKNOWLEDGED_WITHIN.total_seconds() > ASKED_WITHIN
