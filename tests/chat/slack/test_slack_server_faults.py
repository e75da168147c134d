"""The Slack server of the tests fails as it is told to, and what it did before it failed stays done."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import MovedClock
from tests.fakes.slack import (
    Channel,
    CutAfter,
    CutBefore,
    Fault,
    Garbled,
    Hangs,
    RateLimited,
    ServerError,
    SlackError,
    SlackServer,
)
from tests.fakes.slack.clients import web_client


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def slack(clock: MovedClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock) as slack:
        yield slack


@pytest.fixture
def client(slack: SlackServer) -> AsyncWebClient:
    return web_client(slack)


@pytest.fixture
def channel(slack: SlackServer) -> Channel:
    return slack.channel("releases")


async def post(client: AsyncWebClient, channel: Channel, text: str) -> str:
    """Post, and return what went wrong: Slack's word, or the kind of error."""
    try:
        await client.chat_postMessage(channel=channel.id, text=text)
    except SlackApiError as error:
        # The client has no word for an answer that is no JSON.
        return str(error.response.data.get("error") or "unreadable") if error.response.data else "unreadable"
    except (aiohttp.ClientError, TimeoutError, AttributeError) as error:
        return type(error).__name__
    return "ok"


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        (ServerError(), "unreadable", False),
        (Garbled(), "unreadable", False),
        # What the client makes of a page in plain text is a mistake of its own.
        (Garbled("text/plain"), "AttributeError", False),
        (SlackError("restricted_action"), "restricted_action", False),
        (SlackError("internal_error", performed=True), "internal_error", True),
        (CutBefore(), "ServerDisconnectedError", False),
        (CutAfter(), "ServerDisconnectedError", True),
    ],
)
async def test_a_call_fails_once_in_its_way(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    fault: Fault,
    error: str,
    done: bool,
) -> None:
    slack.faults.next("chat.postMessage", fault)
    assert await post(client, channel, "first") == error
    assert await post(client, channel, "second") == "ok"
    assert [message.text for message in channel.messages] == ["first", "second"][0 if done else 1 :]
    assert slack.faults.met == [("chat.postMessage", fault)]


@pytest.mark.parametrize("performed", [True, False])
async def test_a_call_that_hangs_may_be_done(slack: SlackServer, channel: Channel, performed: bool) -> None:
    slack.faults.next("chat.postMessage", Hangs(performed=performed))
    assert await post(web_client(slack, timeout=1), channel, "text") == "TimeoutError"
    assert len(channel.messages) == (1 if performed else 0)


async def test_who_waits_as_long_as_told_is_let_in_again(
    slack: SlackServer,
    client: AsyncWebClient,
    clock: MovedClock,
    channel: Channel,
) -> None:
    other = slack.channel("incidents")
    slack.faults.next("chat.postMessage", RateLimited(retry_after=2))
    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=channel.id, text="first")
    assert (raised.value.response.status_code, raised.value.response.headers["Retry-After"]) == (429, "2")
    assert await post(client, other, "meanwhile") == "ok"
    clock.advance(timedelta(seconds=1))
    assert await post(client, channel, "too early") == "ratelimited"
    slack.expect_complaint(f"called again for {channel.id} before Retry-After had passed")
    clock.advance(timedelta(seconds=1))
    assert await post(client, channel, "first") == "ok"


async def test_a_channel_takes_no_more_than_its_rate_where_a_test_asks_for_one(clock: MovedClock) -> None:
    async with SlackServer(clock, posts_per_second=1) as slack:
        channel, other, client = slack.channel("releases"), slack.channel("incidents"), web_client(slack)
        assert await post(client, channel, "1") == "ok"
        assert await post(client, channel, "2") == "ratelimited"
        assert await post(client, other, "1") == "ok"
        clock.advance(timedelta(seconds=1))
        assert await post(client, channel, "2") == "ok"
        assert slack.bursts == {channel.id: 1, other.id: 1}


async def test_a_share_of_the_calls_fails_the_same_with_the_same_seed(clock: MovedClock) -> None:
    histories = []
    for seed in (7, 7, 8):
        async with SlackServer(clock) as slack:
            channel, client = slack.channel("releases"), web_client(slack)
            slack.faults.share(0.3, seed, kinds=[ServerError(), CutAfter()], methods={"chat.postMessage"})
            histories.append([await post(client, channel, str(number)) for number in range(100)])
            await client.auth_test()
            slack.faults.stop()
            assert await post(client, channel, "after") == "ok"
    assert histories[0] == histories[1] != histories[2]
    assert 15 <= sum(error != "ok" for error in histories[0]) <= 45


async def test_a_fault_can_last_and_a_queue_can_let_calls_pass(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
) -> None:
    slack.faults.next("chat.postMessage", None, SlackError("fatal_error"))
    assert [await post(client, channel, text) for text in "abc"] == ["ok", "fatal_error", "ok"]
    slack.faults.next("chat.postMessage", SlackError("not_in_channel"), channel=channel)
    assert [await post(client, one, "d") for one in (slack.channel("other"), channel)] == ["ok", "not_in_channel"]
    slack.faults.always("*", SlackError("account_inactive"))
    assert [await post(client, channel, text) for text in "ef"] == ["account_inactive", "account_inactive"]


async def test_uploads_and_response_urls_fail_too(slack: SlackServer, client: AsyncWebClient, channel: Channel) -> None:
    slack.faults.next("upload_url", ServerError())
    slack.faults.next("response_url", RateLimited(), CutBefore())
    asked = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    person = slack.person("release-engineer")
    response_url = slack.socket().payloads.command(person, channel, "/rollout", "").payload["response_url"]
    async with aiohttp.ClientSession() as session:
        assert (await session.post(asked["upload_url"], data=b"abc")).status == 500
        assert (await session.post(asked["upload_url"], data={"file": io.BytesIO(b"abc")})).status == 200
        assert (await session.post(response_url, json={"text": "t"})).status == 429
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.post(response_url, json={"text": "t"})
        assert (await session.post(response_url, json={"text": "t"})).status == 200
    assert [message.text for message in slack.ephemerals(person)] == ["t"]
