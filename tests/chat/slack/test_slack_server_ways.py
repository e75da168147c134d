"""People reach an unmodified slack_bolt app by signed HTTP and by Socket Mode, and see what it makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.clock import SystemClock
from tests.fakes.clock import MovedClock
from tests.fakes.slack import SlackServer, Way
from tests.fakes.slack.clients import bolt_app, over_http, over_socket_mode

MODAL = {
    "type": "modal",
    "callback_id": "pausing",
    "title": {"type": "plain_text", "text": "Pause"},
    "submit": {"type": "plain_text", "text": "Pause it"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Why?"},
            "element": {"type": "plain_text_input", "action_id": "why", "min_length": 3},
        },
    ],
}


def card(*labels: str) -> list[dict[str, Any]]:
    buttons = [
        {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": label.lower(), "value": "7"}
        for label in labels
    ]
    return [{"type": "actions", "elements": buttons}]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def slack(clock: MovedClock) -> AsyncIterator[SlackServer]:
    # slack_bolt asks the machine for the time when it checks a signature.
    async with SlackServer(clock, signing_clock=SystemClock()) as slack:
        yield slack


@pytest.fixture
def app(slack: SlackServer) -> AsyncApp:
    return bolt_app(slack)


@pytest.fixture(params=["http", "socket"])
async def way(slack: SlackServer, app: AsyncApp, request: pytest.FixtureRequest) -> AsyncIterator[Way]:
    async with AsyncExitStack() as stack:
        if request.param == "http":
            yield slack.http(await stack.enter_async_context(over_http(app)))
        else:
            await stack.enter_async_context(over_socket_mode(app, slack))
            yield slack.socket()


async def test_a_command_is_answered_by_the_acknowledgement(slack: SlackServer, app: AsyncApp, way: Way) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")

    @app.command("/rollout")
    async def rollout(ack: Any, command: dict[str, Any]) -> None:
        await ack(text=f"noted: {command['text']}", response_type="ephemeral")

    answer = await way.command(person, channel, "/rollout", "25% by @release-engineer in #releases for R&D <3")
    escaped = f"25% by <@{person.id}|release-engineer> in {channel.mention} for R&amp;D &lt;3"
    assert answer.deed.payload["text"] == escaped
    assert answer.text == "noted: 25% by @release-engineer in #releases for R&D <3"
    assert slack.ephemerals(person) == [answer.reply]
    assert channel.messages == []
    assert slack.scopes_used == {"commands"}


async def test_an_answer_for_all_shows_what_was_typed(slack: SlackServer, app: AsyncApp, way: Way) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")

    @app.command("/rollout")
    async def rollout(ack: Any) -> None:
        await ack(text="50 %", blocks=card("Pause"), response_type="in_channel")

    await way.command(person, channel, "/rollout", "show")
    assert [message.seen for message in channel.messages] == ["/rollout show", "[Pause]"]
    assert [message.author for message in channel.messages] == [person, slack.bot]


async def test_a_press_opens_a_modal_whose_answer_the_app_judges(slack: SlackServer, app: AsyncApp, way: Way) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")

    @app.action("pause")
    async def pause(ack: Any, body: dict[str, Any], client: Any) -> None:
        assert body["message"]["ts"] == message.ts
        assert body["actions"][0]["value"] == "7"
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @app.view("pausing")
    async def submitted(ack: Any, view: dict[str, Any], respond: Any) -> None:
        why = view["state"]["values"]["reason"]["why"]["value"]
        if why == "because":
            await ack(response_action="errors", errors={"reason": "Say more."})
        else:
            await ack()

    await app.client.chat_postMessage(channel=channel.id, text="50 %", blocks=card("Pause", "Advance"))
    (message,) = channel.messages
    answer = await way.press(person, message, "Pause")
    modal = answer.modal
    assert slack.modal_of(person) is modal
    assert modal.seen == "Pause\nWhy?\n[Pause it]"
    refused = await way.submit(person, modal, {"reason": "because"})
    assert (refused.errors, modal.open) == ({"reason": "Say more."}, True)
    await way.submit(person, modal, {"Why?": "errors rise"})
    assert slack.modal_of(person) is None


async def test_slacks_client_lets_no_answer_pass_that_is_missing_or_too_short(
    slack: SlackServer,
    app: AsyncApp,
    way: Way,
) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")

    @app.command("/pause")
    async def pause(ack: Any, client: Any, body: dict[str, Any]) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    modal = (await way.command(person, channel, "/pause")).modal
    with pytest.raises(AssertionError, match="has to be filled in"):
        await way.submit(person, modal)
    with pytest.raises(AssertionError, match="has not 3 to"):
        await way.submit(person, modal, {"reason": "no"})
    with pytest.raises(AssertionError, match="has no input"):
        await way.submit(person, modal, {"raeson": "errors rise"})


async def test_a_response_url_replaces_and_deletes_and_says_more(slack: SlackServer, app: AsyncApp, way: Way) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")

    @app.action("pause")
    async def pause(ack: Any, respond: Any) -> None:
        await respond(text="paused", blocks=card("Resume"), replace_original=True)
        await respond(text="for you")
        await respond(text="for all", response_type="in_channel")
        await ack()

    @app.action("resume")
    async def resume(ack: Any, respond: Any) -> None:
        await respond(delete_original=True)
        await ack()

    await app.client.chat_postMessage(channel=channel.id, text="50 %", blocks=card("Pause"))
    answer = await way.press(person, channel.messages[0], "Pause")
    assert [message.seen for message in channel.messages] == ["[Resume]", "for all"]
    assert [message.seen for message in slack.ephemerals(person)] == ["for you"]
    assert [message.text for message in answer.replies] == ["for you", "for all"]
    await way.press(person, channel.messages[0], "Resume")
    assert [message.seen for message in channel.messages] == ["for all"]


async def test_a_press_on_an_old_screen_arrives(slack: SlackServer, app: AsyncApp, way: Way) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")

    @app.action("pause")
    async def pause(ack: Any, respond: Any) -> None:
        await respond(text="too late", replace_original=True)
        await ack()

    ts = (await app.client.chat_postMessage(channel=channel.id, text="50 %", blocks=card("Pause")))["ts"]
    old = channel.messages[0].snapshot()
    await app.client.chat_update(channel=channel.id, ts=ts, text="done", blocks=card("Advance"), parse="none")
    with pytest.raises(AssertionError, match="no button says 'Pause'"):
        await way.press(person, channel.messages[0], "Pause")
    await way.press(person, old, "Pause")
    assert [message.seen for message in channel.messages] == ["too late"]


async def test_opening_the_home_tab_lets_the_app_publish_it(slack: SlackServer, app: AsyncApp, way: Way) -> None:
    person = slack.person("release-engineer")

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: Any) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": card("Advance")})

    assert slack.home_of(person) is None
    await way.open_home(person)
    home = slack.home_of(person)
    assert home is not None
    assert home.seen == "[Advance]"


async def test_the_very_same_payload_is_delivered_again(slack: SlackServer, app: AsyncApp, way: Way) -> None:
    channel, person, seen = slack.channel("releases"), slack.person("release-engineer"), []

    @app.command("/rollout")
    async def rollout(ack: Any, body: dict[str, Any], request: Any) -> None:
        seen.append((body["trigger_id"], body["text"], request.headers.get("x-slack-retry-num")))
        await ack("noted")

    answer = await way.command(person, channel, "/rollout", "25%")
    assert (await way.repeat(answer, 2)).acknowledged
    (trigger_id, text, number), again = seen
    assert (number, again) == (None, (trigger_id, text, ["2"]))


async def test_strangers_are_known_by_their_workspace(slack: SlackServer, app: AsyncApp) -> None:
    channel, person, seen = slack.channel("releases"), slack.person("release-engineer"), []

    @app.command("/rollout")
    async def rollout(ack: Any, context: Any) -> None:
        seen.append((context.team_id, context.enterprise_id))
        await ack("noted")

    async with over_http(app) as url, over_socket_mode(app, slack):
        await slack.http(url, team="T_OTHER").command(person, channel, "/rollout")
        await slack.socket(team="T_THIRD", enterprise_id="E1").command(person, channel, "/rollout")
    assert seen == [("T_OTHER", None), ("T_THIRD", "E1")]


async def test_a_menu_offers_what_the_app_suggests(slack: SlackServer, app: AsyncApp, way: Way) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")
    menu = {"type": "external_select", "action_id": "flag", "placeholder": {"type": "plain_text", "text": "Flag"}}
    block = {"type": "actions", "elements": [menu]}

    @app.options("flag")
    async def flags(ack: Any, payload: dict[str, Any]) -> None:
        label = {"type": "plain_text", "text": payload["value"] + "out"}
        await ack(options=[{"text": label, "value": "1"}])

    await app.client.chat_postMessage(channel=channel.id, text="Which flag?", blocks=[block])
    assert await way.suggest(person, channel.messages[0], "flag", "check") == ["checkout"]


async def test_a_trigger_is_good_once_and_for_three_seconds(
    slack: SlackServer, app: AsyncApp, clock: MovedClock
) -> None:
    channel, person, errors = slack.channel("releases"), slack.person("release-engineer"), []

    @app.command("/pause")
    async def pause(ack: Any, client: Any, body: dict[str, Any]) -> None:
        clock.advance(timedelta(seconds=int(body["text"])))
        for trigger_id in (body["trigger_id"], body["trigger_id"], "invented"):
            try:
                await client.views_open(trigger_id=trigger_id, view=MODAL)
            except SlackApiError as error:
                errors.append(error.response["error"])
        await ack()

    async with over_http(app) as url:
        await slack.http(url).command(person, channel, "/pause", "3")
        await slack.http(url).command(person, channel, "/pause", "4")
    once, late = ["exchanged_trigger_id", "invalid_trigger_id"], ["expired_trigger_id"] * 2 + ["invalid_trigger_id"]
    assert errors == once + late
    slack.expect_complaint("never gave the trigger 'invented'")
