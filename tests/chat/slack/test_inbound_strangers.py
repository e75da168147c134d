"""Whoever does not belong to an allowed workspace is turned away, told so, and noted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.chat.slack.inbound import InboundConfig
from bot.chat.slack.payloads import Payload, teams_of
from bot.chat.slack.workspaces import Workspaces
from bot.domain.errors import Refused, Unavailable
from bot.domain.form import Form
from bot.domain.message import Button, say
from tests.chat.slack.ways_in import QUICK, Scene, scene_over
from tests.fakes.slack import Fault, Garbled, Hangs, ServerError, SlackError
from tests.fakes.slack.clients import web_client

ELSEWHERE = "T0000000666"
NEXT = "/rollout next --rollout 3 --version 7"
STRANGER = "from its own workspace alone"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with scene_over("http") as scene:
        yield scene


def noted(scene: Scene) -> list[dict[str, object]]:
    """Return what the operator reads of those who were turned away."""
    return [line.facts for line in scene.journal.lines if line.event == "slack.refused"]


async def test_a_command_of_another_workspace_is_refused(scene: Scene) -> None:
    foreign = scene.slack.http(scene.way.url, team=ELSEWHERE)  # type: ignore[attr-defined]  # It came over HTTP.
    answer = await foreign.command(scene.person, scene.channel, "/rollout", "0%")
    assert STRANGER in answer.text
    assert scene.said_alone == [answer.text]
    assert scene.conversation.handled == []
    assert noted(scene) == [{"kind": "command", "teams": [ELSEWHERE], "user": scene.person.id}]


async def test_another_workspace_of_the_same_organisation_is_another_workspace(scene: Scene) -> None:
    foreign = scene.slack.http(scene.way.url, team=ELSEWHERE, enterprise_id="E0000000001")  # type: ignore[attr-defined]  # As above.
    assert STRANGER in (await foreign.command(scene.person, scene.channel, "/rollout", "0%")).text
    assert scene.conversation.handled == []


async def test_an_app_of_a_whole_organisation_hears_the_workspaces_that_are_listed() -> None:
    config = InboundConfig(teams=frozenset({ELSEWHERE}), opened_within=0.3, answered_within=0.3)
    async with scene_over("socket", config) as scene:
        for team in (ELSEWHERE, scene.slack.team_id):
            deed = scene.way.payloads.press(scene.person, await scene.posted(Button("Next", NEXT)), "Next")
            deed.payload |= {"team": None, "is_enterprise_install": True, "enterprise": {"id": "E0000000001"}}
            deed.payload["user"]["team_id"] = team
            assert (await scene.way.deliver(deed)).acknowledged
            await scene.settle()
        assert [it.line for it in scene.conversation.handled] == [NEXT]
        assert STRANGER in scene.said_alone[-1]


async def test_a_press_of_somebody_from_another_workspace_in_a_shared_channel_is_refused(scene: Scene) -> None:
    deed = scene.way.payloads.press(scene.person, await scene.posted(Button("Next", NEXT)), "Next")
    deed.payload["user"]["team_id"] = ELSEWHERE
    assert (await scene.way.deliver(deed)).acknowledged
    await scene.settle()
    (told,) = scene.said_alone
    assert STRANGER in told
    assert scene.conversation.handled == []
    (fact,) = noted(scene)
    assert fact["teams"] == [scene.slack.team_id, ELSEWHERE]


async def test_a_dialog_of_another_workspace_is_refused_in_it(scene: Scene) -> None:
    scene.conversation.forms[NEXT] = Form("Next", say("It goes on."), (), "Go on", NEXT)
    modal = (await scene.pressed("Next", NEXT)).modal
    deed = scene.way.payloads.submit(scene.person, modal, {})
    deed.payload["user"]["team_id"] = ELSEWHERE
    await scene.way.deliver(deed)
    assert STRANGER in modal.seen
    assert scene.conversation.handled == []


async def test_an_event_of_another_workspace_does_nothing(scene: Scene) -> None:
    deed = scene.way.payloads.home_opened(scene.person)
    deed.payload["team_id"] = ELSEWHERE
    assert (await scene.way.deliver(deed)).acknowledged
    await scene.settle()
    assert scene.slack.home_of(scene.person) is None


async def test_who_the_bot_is_gets_asked_once(scene: Scene) -> None:
    await asyncio.gather(*(scene.typed("status") for _ in range(5)))
    assert len(scene.slack.calls_of("auth.test")) == 1


async def test_workspaces_that_are_listed_need_nobody_to_be_asked() -> None:
    config = InboundConfig(teams=frozenset({ELSEWHERE}), opened_within=0.3, answered_within=0.3)
    async with scene_over("socket", config) as scene:
        assert STRANGER in (await scene.typed("status")).text
        answer = await scene.slack.socket(team=ELSEWHERE).command(scene.person, scene.channel, "/rollout", "status")
        assert answer.text == "noted: /rollout status"
        assert scene.slack.calls_of("auth.test") == []


async def test_while_slack_does_not_say_who_the_bot_is_nothing_is_done(scene: Scene) -> None:
    scene.slack.faults.next("auth.test", ServerError())
    answer = await scene.typed("0%")
    assert "Type it again in a minute" in answer.text
    assert scene.conversation.handled == []
    assert scene.journal.events("error") == ["slack.workspace_unknown"]
    assert (await scene.typed("0%")).text == "noted: /rollout 0%"


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (ServerError(), Unavailable),
        (Hangs(), Unavailable),
        (Garbled(), Unavailable),
        (Garbled("text/plain"), Unavailable),
        (ServerError(content_type="text/plain"), Unavailable),
        (SlackError("ratelimited"), Unavailable),
        (SlackError("invalid_auth"), Refused),
        (SlackError("account_inactive"), Refused),
    ],
    ids=lambda it: it.__name__ if isinstance(it, type) else repr(it),
)
async def test_a_token_that_will_never_do_is_told_from_a_slack_that_does_not_answer(
    scene: Scene, fault: Fault, raised: type[Exception]
) -> None:
    scene.slack.faults.always("auth.test", fault)
    workspaces = Workspaces(web_client(scene.slack), frozenset(), asked_within=QUICK.answered_within)
    with pytest.raises(raised) as caught:
        await workspaces.installed()
    assert scene.slack.bot_token not in repr(caught.value)
    scene.slack.faults.stop()
    assert (await workspaces.installed()).team == scene.slack.team_id


def test_every_workspace_that_a_payload_names_has_to_be_heard() -> None:
    cases: list[tuple[Payload, set[str]]] = [
        ({"command": "/rollout", "team_id": "T1"}, {"T1"}),
        ({"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T2"}}, {"T1", "T2"}),
        ({"team_id": "T1", "event": {"user": "U1", "user_team": "T2", "team": "T3"}}, {"T1", "T2", "T3"}),
        ({"team": {"id": "T1"}, "view": {"app_installed_team_id": "T2"}}, {"T1", "T2"}),
        ({"team": "T1"}, {"T1"}),
        ({"team": None, "user": "U1", "event": "odd"}, set()),
    ]
    for payload, teams in cases:
        assert teams_of(payload) == teams


async def test_a_request_that_names_no_workspace_is_not_heard(scene: Scene) -> None:
    deed = scene.way.payloads.command(scene.person, scene.channel, "/rollout", "0%")
    del deed.payload["team_id"]
    assert STRANGER in (await scene.way.deliver(deed)).text
    assert scene.conversation.handled == []
