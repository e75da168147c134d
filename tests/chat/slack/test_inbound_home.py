"""The Home tab is drawn when it is opened, and its buttons answer there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.chat.conversation import Outcome, Reply
from bot.chat.slack.events import CHANNEL_EVENTS, HOME_OPENED, SOMEBODY_JOINED
from bot.chat.slack.inbound import InboundConfig
from bot.domain.form import Form
from bot.domain.message import Button, Buttons, Message, say
from tests.chat.slack.ways_in import Scene, scene_over
from tests.fakes.slack import Answer, ServerError, SlackError, View

NEXT = "/rollout next --rollout 3 --version 7"
ABORT = "/rollout abort --rollout 3 --version 7"
TEAM = "T0000000001"


class Changes:
    """Counts how often the names of channels may have changed."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self) -> None:
        self.seen += 1


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
async def scene(changes: Changes) -> AsyncIterator[Scene]:
    config = InboundConfig(on_channels_changed=changes, opened_within=0.3, answered_within=0.3)
    async with scene_over("socket", config) as scene:
        yield scene


async def home_of(scene: Scene) -> View:
    await scene.way.open_home(scene.person)
    await scene.settle()
    home = scene.slack.home_of(scene.person)
    assert home is not None
    return home


async def test_the_home_tab_shows_what_concerns_whoever_opens_it(scene: Scene) -> None:
    assert (await home_of(scene)).seen == f"Rollcall\nNothing waits for {scene.person.id}."


async def test_the_tab_of_messages_is_no_home(scene: Scene) -> None:
    event = {"type": HOME_OPENED, "tab": "messages", "channel": scene.slack.direct_messages(scene.person).id}
    await scene.way.event(scene.person, event)
    await scene.settle()
    assert scene.slack.home_of(scene.person) is None


async def test_a_home_tab_that_slack_does_not_take_is_told_to_the_operator(scene: Scene) -> None:
    scene.slack.faults.always("views.publish", ServerError())
    assert (await scene.way.open_home(scene.person)).acknowledged
    await scene.settle()
    assert scene.journal.events("warning", "error") == ["slack.home_not_shown"]


async def test_a_home_tab_that_cannot_be_made_is_told_to_the_operator(scene: Scene) -> None:
    scene.conversation.broken = RuntimeError("no such table")
    assert (await scene.way.open_home(scene.person)).acknowledged
    await scene.settle()
    assert scene.journal.events("warning", "error") == ["slack.crashed"]


async def settled(scene: Scene, view: View, label: str) -> Answer:
    answer = await scene.way.press(scene.person, view, label)
    await scene.settle()
    return answer


async def with_buttons(scene: Scene, *buttons: Button) -> View:
    """Show a Home tab with buttons."""
    scene.conversation.at_home = buttons
    return await home_of(scene)


async def test_a_press_at_home_is_answered_in_a_dialog_and_draws_the_tab_anew(scene: Scene) -> None:
    home = await with_buttons(scene, Button("Next", NEXT))
    answer = await settled(scene, home, "Next")
    (handled,) = scene.conversation.handled
    assert handled.origin.channel == handled.origin.platform_id == scene.person.id
    assert f"noted: {NEXT}" in answer.modal.seen
    assert len(scene.slack.calls_of("views.publish")) == 2


async def test_a_press_at_home_is_answered_directly_where_no_dialog_opens(scene: Scene) -> None:
    scene.slack.faults.always("views.open", SlackError("expired_trigger_id"))
    await settled(scene, await with_buttons(scene, Button("Next", NEXT)), "Next")
    assert [message.seen for message in scene.slack.direct_messages(scene.person).messages] == [f"noted: {NEXT}"]


async def test_a_dialog_from_home_shows_its_answer_itself(scene: Scene) -> None:
    scene.conversation.forms[ABORT] = Form("Abort", say("It ends."), (), "End it now", ABORT)
    home = await with_buttons(scene, Button("Abort", ABORT))
    modal = (await settled(scene, home, "Abort")).modal
    await scene.way.submit(scene.person, modal)
    await scene.settle()
    assert modal.open
    assert f"noted: {ABORT}" in modal.seen
    assert len(scene.slack.calls_of("views.publish")) == 2
    assert not scene.slack.calls_of("chat.postMessage")


async def test_a_question_at_home_is_answered_in_its_dialog(scene: Scene) -> None:
    question = Message("Sure?", (Buttons((Button("Yes", "/rollout confirm a1b2"),)),))
    scene.conversation.replies[NEXT] = Reply(question, Outcome.REFUSED)
    modal = (await settled(scene, await with_buttons(scene, Button("Next", NEXT)), "Next")).modal
    await settled(scene, modal, "Yes")
    assert "noted: /rollout confirm a1b2" in modal.seen


async def test_news_of_channels_lets_their_names_be_read_again(scene: Scene, changes: Changes) -> None:
    for number, name in enumerate(CHANNEL_EVENTS, 1):
        channel = {"id": scene.channel.id, "name": "launches"}
        event = {"type": name, "channel": scene.channel.id if name == SOMEBODY_JOINED else channel}
        await scene.way.event(scene.slack.bot, event)
        assert changes.seen == number, name


@pytest.mark.parametrize("listed", [False, True])
async def test_somebody_else_who_joins_changes_no_names(changes: Changes, *, listed: bool) -> None:
    teams = frozenset({TEAM}) if listed else frozenset()
    async with scene_over("socket", InboundConfig(teams=teams, on_channels_changed=changes)) as scene:
        assert scene.slack.team_id == TEAM
        await scene.way.event(scene.person, {"type": SOMEBODY_JOINED, "channel": scene.channel.id})
        assert changes.seen == 0


async def test_who_joined_is_not_guessed_where_slack_does_not_say_who_the_bot_is(
    scene: Scene, changes: Changes
) -> None:
    deed = scene.way.payloads.event(scene.person, {"type": SOMEBODY_JOINED, "channel": scene.channel.id})
    for unknown in ([], None, [{"user_id": ""}]):
        deed.payload["authorizations"] = unknown
        await scene.way.deliver(deed)
    assert changes.seen == 3
