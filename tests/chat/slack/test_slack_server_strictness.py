"""The Slack server of the tests minds how an app acknowledges, and sends what only pretends to be from Slack."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from tests.fakes.clock import MovedClock
from tests.fakes.slack import Channel, Person, SlackServer, View
from tests.fakes.slack.clients import bolt_app, over_http, web_client

SHORT = 0.2
"""Real seconds that a test waits for an acknowledgement which never comes."""


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def slack(clock: MovedClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock, signing_clock=SystemClock()) as slack:
        yield slack


@pytest.fixture
def client(slack: SlackServer) -> AsyncWebClient:
    return web_client(slack)


@pytest.fixture
def channel(slack: SlackServer) -> Channel:
    return slack.channel("releases")


@pytest.fixture
def person(slack: SlackServer) -> Person:
    return slack.person("release-engineer")


@asynccontextmanager
async def an_app_that(answers: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Run an app that knows nothing of Slack and answers like this."""
    app = web.Application()
    app.router.add_route("*", "/slack/events", answers)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


def answering(body: object, status: int = 200) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answers(_request: web.Request) -> web.Response:
        if isinstance(body, str):
            return web.Response(text=body, status=status, content_type="application/json")
        return web.json_response(body, status=status)

    return answers


@pytest.mark.parametrize(
    ("body", "status", "complaint"),
    [
        ("", 500, "acknowledged with 500"),
        ("", 302, "acknowledged with 302"),
        ("{", 200, "no JSON object"),
        ("[]", 200, "no JSON object"),
        ({"text": ""}, 200, "no_text"),
        ({"text": "t", "blocks": [{"type": "carpet"}]}, 200, "invalid_blocks"),
        ({"blocks": [{"type": "divider"}]}, 200, "no text beside the blocks"),
        ({"text": "t", "colour": "red"}, 200, "a response has no colour"),
        ({"text": "t", "response_type": "loud"}, 200, "no response_type is 'loud'"),
        ({"text": "t", "replace_original": True}, 200, "nothing stands there"),
    ],
)
async def test_a_wrong_acknowledgement_of_a_command_is_complained_of(
    slack: SlackServer,
    channel: Channel,
    person: Person,
    body: object,
    status: int,
    complaint: str,
) -> None:
    async with an_app_that(answering(body, status)) as url:
        await slack.http(url).command(person, channel, "/rollout")
    slack.expect_complaint(complaint)


async def test_an_app_that_hangs_or_is_gone_does_not_hang_the_test(
    slack: SlackServer,
    channel: Channel,
    person: Person,
) -> None:
    async def hangs(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with an_app_that(hangs) as url:
        answer = await slack.http(url, guard=SHORT).command(person, channel, "/rollout")
    assert (answer.acknowledged, answer.status) == (False, None)
    slack.expect_complaint("not acknowledged within")
    await slack.http(url).command(person, channel, "/rollout")
    slack.expect_complaint("could not be reached")


async def test_what_acknowledges_a_press_or_a_modal_has_its_own_form(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    person: Person,
) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Pause"}, "action_id": "pause"}
    await client.chat_postMessage(channel=channel.id, text="t", blocks=[{"type": "actions", "elements": [button]}])
    async with an_app_that(answering({"text": "paused"})) as url:
        opened = slack.http(url).payloads.press(person, channel.messages[0], "Pause")
        await client.views_open(trigger_id=opened.payload["trigger_id"], view=modal())
        await slack.http(url).deliver(opened)
        slack.expect_complaint("Slack shows nothing of what it holds")
    (view,) = opened.opened
    for body, complaint in (
        ({"response_action": "dance"}, "no response_action is 'dance'"),
        ({"response_action": "errors", "errors": {"nowhere": "wrong"}}, "errors for ['nowhere']"),
        ({"response_action": "errors", "errors": {}}, "errors are texts by block_id"),
        ({"response_action": "update", "view": {**modal(), "title": {"type": "plain_text", "text": "t" * 25}}}, "25"),
    ):
        async with an_app_that(answering(body)) as url:
            await slack.http(url).submit(person, view)
        slack.expect_complaint(complaint)


def modal() -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Sure?"}
    return {"type": "modal", "title": text, "blocks": [{"type": "section", "text": text}]}


async def test_modals_stand_on_each_other_at_most_three_high(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    person: Person,
) -> None:
    async with an_app_that(answering({"response_action": "push", "view": modal()})) as url:
        way = slack.http(url)
        deed = way.payloads.command(person, channel, "/pause", "")
        await client.views_open(trigger_id=deed.payload["trigger_id"], view=modal())
        heights = []
        for _ in range(3):
            await way.submit(person, topmost(slack, person))
            heights.append(topmost(slack, person).depth)
        assert heights == [2, 3, 3]
    slack.expect_complaint("push_limit_reached")
    async with an_app_that(answering({"response_action": "clear"})) as url:
        await slack.http(url).submit(person, topmost(slack, person))
    assert slack.modal_of(person) is None


def topmost(slack: SlackServer, person: Person) -> View:
    view = slack.modal_of(person)
    assert view is not None
    return view


async def test_a_response_url_is_good_five_times_and_for_half_an_hour(
    slack: SlackServer,
    clock: MovedClock,
    channel: Channel,
    person: Person,
) -> None:
    payloads = slack.http("").payloads
    async with aiohttp.ClientSession() as session:

        async def respond(url: str, body: object) -> int:
            async with session.post(url, json=body) as response:
                return response.status

        often = payloads.command(person, channel, "/rollout", "").payload["response_url"]
        late = payloads.command(person, channel, "/rollout", "").payload["response_url"]
        assert [await respond(often, {"text": "t"}) for _ in range(6)] == [200] * 5 + [404]
        slack.expect_complaint("used_url")
        clock.advance(timedelta(minutes=31))
        assert await respond(late, {"text": "t"}) == 404
        slack.expect_complaint("expired_url")
        assert await respond(f"{slack.workspace.base_url}/response/0", {"text": "t"}) == 404
        slack.expect_complaint("no_such_url")
    assert len(slack.ephemerals(person)) == 5


async def test_an_app_that_checks_signatures_refuses_what_slack_never_sent(
    slack: SlackServer,
    channel: Channel,
    person: Person,
) -> None:
    async with over_http(rolling_out(slack)) as url:
        way = slack.http(url)
        deed = way.payloads.command(person, channel, "/rollout", "25%")
        for pretended in (way.forged, way.old, way.unsigned, way.truncated):
            assert (await pretended(deed)).status == 401
        assert (await way.old(deed, timedelta(minutes=-6))).status == 401
        answer = await way.deliver(deed)
        assert (await way.replayed(answer)).status == 200
        await way.ssl_check()
        await way.url_verification()
        assert (await way.raw(b"\xff\xfe", {"Content-Type": "application/json"})).status in {400, 401, 500}


def rolling_out(slack: SlackServer) -> AsyncApp:
    app = bolt_app(slack)

    @app.command("/rollout")
    async def rollout(ack: Any) -> None:
        await ack("noted")

    return app


async def test_an_app_that_believes_everything_is_complained_of(
    slack: SlackServer,
    channel: Channel,
    person: Person,
) -> None:
    async with an_app_that(answering({})) as url:
        way = slack.http(url)
        deed = way.payloads.command(person, channel, "/rollout", "25%")
        for pretended in (way.forged, way.old, way.unsigned, way.truncated):
            await pretended(deed)
            slack.expect_complaint("a request that Slack never sent was answered 200")
        await way.url_verification()
        slack.expect_complaint("and not the challenge")
    async with an_app_that(answering({}, 403)) as url:
        await slack.http(url).ssl_check()
        await slack.http(url).ssl_check("GET")
        slack.expect_complaint("ssl_check was answered 403")


async def test_no_command_is_offered_without_its_scope(clock: MovedClock) -> None:
    async with SlackServer(clock, scopes={"chat:write"}) as slack, an_app_that(answering({})) as url:
        await slack.http(url).command(slack.person("release-engineer"), slack.channel("releases"), "/rollout")
        slack.expect_complaint("the token has no commands")


async def test_a_text_is_sent_as_it_is_where_a_test_wants_that(
    slack: SlackServer, channel: Channel, person: Person
) -> None:
    seen = []

    async def reads(request: web.Request) -> web.Response:
        seen.append((await request.post())["text"])
        return web.Response()

    hostile = "<!channel> & \u202e\x00 @release-engineer"
    async with an_app_that(reads) as url:
        await slack.http(url).command(person, channel, "/rollout", hostile, as_is=True)
        await slack.http(url).command(person, channel, "/rollout", hostile)
    assert seen == [hostile, f"&lt;!channel&gt; &amp; \u202e\x00 <@{person.id}|release-engineer>"]
    assert json.dumps(seen)
