"""Socket Mode of the tests' Slack server, with the unmodified client: connections come, go, die and are replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from tests.fakes.clock import MovedClock
from tests.fakes.slack import Channel, Person, SlackServer
from tests.fakes.slack.clients import bolt_app, over_socket_mode, web_client

SHORT = 0.2
"""Real seconds that a test waits for an acknowledgement which never comes."""


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(MovedClock()) as slack:
        yield slack


@pytest.fixture
def channel(slack: SlackServer) -> Channel:
    return slack.channel("releases")


@pytest.fixture
def person(slack: SlackServer) -> Person:
    return slack.person("release-engineer")


async def test_a_payload_goes_through_any_connection_or_the_one_chosen(
    slack: SlackServer,
    channel: Channel,
    person: Person,
) -> None:
    heard: list[int] = []

    def an_app(number: int) -> AsyncApp:
        app = bolt_app(slack)

        @app.command("/rollout")
        async def rollout(ack: Any) -> None:
            heard.append(number)
            await ack("noted")

        return app

    async with AsyncExitStack() as stack:
        for number in (1, 2):
            await stack.enter_async_context(over_socket_mode(an_app(number), slack))
        first, second = slack.connections
        await slack.socket(second).command(person, channel, "/rollout")
        await slack.socket(first).command(person, channel, "/rollout")
        answer = await slack.socket().command(person, channel, "/rollout")
        await slack.socket(second).repeat(answer)
    assert heard == [2, 1, 1, 2]
    await slack.until(lambda: not slack.connections)


async def test_a_client_opens_another_connection_when_asked_to(
    slack: SlackServer,
    channel: Channel,
    person: Person,
) -> None:
    app = bolt_app(slack)

    @app.command("/rollout")
    async def rollout(ack: Any) -> None:
        await ack("noted")

    async with over_socket_mode(app, slack):
        (first,) = slack.connections
        await first.refresh()
        second = await slack.connected(2)
        assert not first.usable
        assert (await slack.socket().command(person, channel, "/rollout")).text == "noted"
        await second.warn()
        third = await slack.connected(3)
        await third.disable()
        await slack.connected(4)
        await slack.until(lambda: len(slack.connections) == 1)
    assert len(slack.calls_of("apps.connections.open")) == 4


@pytest.mark.parametrize("death", ["silent", "cut"])
async def test_a_client_notices_a_dead_connection(
    slack: SlackServer,
    channel: Channel,
    person: Person,
    death: str,
) -> None:
    app = bolt_app(slack)

    @app.command("/rollout")
    async def rollout(ack: Any) -> None:
        await ack("noted")

    async with over_socket_mode(app, slack, ping_interval=0.5):
        (connection,) = slack.connections
        await slack.until(lambda: connection.pings)
        if death == "silent":
            connection.fall_silent()
            assert not (await slack.socket(connection, guard=SHORT).command(person, channel, "/rollout")).acknowledged
            slack.expect_complaint("Socket Mode: not acknowledged within")
        else:
            connection.drop()
        await slack.connected(2)
        assert (await slack.socket().command(person, channel, "/rollout")).text == "noted"


async def test_only_the_apps_own_token_opens_a_connection_and_an_address_is_good_once(slack: SlackServer) -> None:
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await web_client(slack).apps_connections_open(app_token="xapp-stolen")
    url = (await web_client(slack).apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_an_eleventh_connection_is_closed(slack: SlackServer) -> None:
    async with aiohttp.ClientSession() as session:
        ten = [await another_socket(slack, session) for _ in range(10)]
        assert [(await socket.receive_json())["num_connections"] for socket in ten] == list(range(1, 11))
        last = await another_socket(slack, session)
        assert (await last.receive_json())["reason"] == "too_many_websockets"
        assert (await last.receive()).type == aiohttp.WSMsgType.CLOSE


async def another_socket(slack: SlackServer, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    answer = await web_client(slack).apps_connections_open(app_token=slack.app_token)
    return await session.ws_connect(answer["url"])


@pytest.mark.parametrize(
    ("acknowledgements", "complaint"),
    [
        (["{"], "an acknowledgement of no envelope"),
        (['{"envelope_id": "nothing"}'], "an acknowledgement of no envelope"),
        (['{"envelope_id": "ID", "colour": "red"}'], "an acknowledgement has no colour"),
        (['{"envelope_id": "ID", "payload": "text"}'], "that is no object"),
        (['{"envelope_id": "ID"}', '{"envelope_id": "ID"}'], "acknowledged twice, or too late"),
    ],
)
async def test_a_wrong_acknowledgement_is_complained_of(
    slack: SlackServer,
    channel: Channel,
    person: Person,
    acknowledgements: list[str],
    complaint: str,
) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await another_socket(slack, session)
        await socket.receive_json()

        async def acknowledge() -> None:
            envelope = await socket.receive_json()
            assert envelope["payload"]["command"] == "/rollout"
            for text in acknowledgements:
                await socket.send_str(text.replace("ID", envelope["envelope_id"]))

        await asyncio.gather(slack.socket(guard=SHORT).command(person, channel, "/rollout"), acknowledge())
        await slack.until(lambda: any(complaint in made for made in slack.complaints))
    slack.expect_complaint(complaint)
    for made in slack.complaints:
        assert "not acknowledged within" in slack.expect_complaint(made)


async def test_events_take_no_payload_back(slack: SlackServer, person: Person) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await another_socket(slack, session)
        await socket.receive_json()

        async def acknowledge() -> None:
            envelope = await socket.receive_json()
            assert (envelope["retry_attempt"], envelope["accepts_response_payload"]) == (0, False)
            await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "lost"}})

        await asyncio.gather(slack.socket().event(person, {"type": "app_mention", "text": "hello"}), acknowledge())
    slack.expect_complaint("this envelope takes no payload back")
    slack.expect_complaint("Slack shows nothing of what it holds")
