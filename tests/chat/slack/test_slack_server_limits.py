"""The Slack server of the tests refuses what Slack refuses in blocks, texts, views and files, and sees who is pinged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import MovedClock
from tests.fakes.slack import Channel, SlackServer
from tests.fakes.slack.clients import web_client

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")

Block = dict[str, Any]


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(MovedClock()) as slack:
        yield slack


@pytest.fixture
def client(slack: SlackServer) -> AsyncWebClient:
    return web_client(slack)


@pytest.fixture
def channel(slack: SlackServer) -> Channel:
    return slack.channel("releases")


def plain(text: str = "text") -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "text", **more: object) -> Block:
    return {"type": "mrkdwn", "text": text, **more}


def section(text: str = "text", **more: object) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(label: str = "Pause", action_id: str = "pause", **more: object) -> Block:
    return {"type": "button", "text": plain(label), "action_id": action_id, **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def option(text: str = "one", value: str = "1") -> Block:
    return {"text": plain(text), "value": value}


CONFIRM = {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()}


async def error_of(answer: object) -> str:
    with pytest.raises(SlackApiError) as raised:
        await answer  # type: ignore[misc]  # A call, which is awaitable.
    return str(raised.value.response["error"])


async def test_what_slack_shows_is_taken(slack: SlackServer, client: AsyncWebClient, channel: Channel) -> None:
    menu = {"type": "static_select", "action_id": "menu", "options": [option()], "placeholder": plain()}
    rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": "a", "style": {"bold": True}}]}
    person = {"type": "users_select", "action_id": "person", "placeholder": plain()}
    blocks = [
        {"type": "header", "text": plain("h" * 150)},
        section("s" * 3000, accessory=button("b" * 75, "accessory", value="v" * 2000, style="danger", confirm=CONFIRM)),
        {"type": "section", "fields": [mrkdwn("f" * 2000, verbatim=True)] * 10, "block_id": "i" * 255},
        {"type": "divider"},
        {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a chart", "title": plain()},
        {"type": "context", "elements": [mrkdwn("<!date^1767225600^{date_short} {time}|1 January>")] * 10},
        actions(menu, person, {"type": "overflow", "action_id": "more", "options": [option(), option("two", "2")]}),
        actions(*(button(f"b{place}", f"b{place}") for place in range(25))),
        {"type": "rich_text", "elements": [rich]},
    ]
    await client.chat_postMessage(channel=channel.id, text="t" * 40_000, blocks=blocks)
    assert "1 January" in channel.messages[0].seen
    assert slack.complaints == []


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [
        ([section()] * 51, "51 blocks, and a message holds 50"),
        ([{"type": "carpet"}], "no block is of type 'carpet'"),
        ([section("s" * 3001)], "3001 characters"),
        ([section("")], "empty"),
        ([{"type": "section"}], "text or fields"),
        ([section(colour="red")], "nothing is called /colour"),
        ([section(fields=[mrkdwn()] * 11)], "11 entries"),
        ([section(fields=[mrkdwn("f" * 2001)])], "2001 characters"),
        ([{"type": "header", "text": plain("h" * 151)}], "151 characters"),
        ([{"type": "header", "text": mrkdwn()}], "plain_text only"),
        ([{"type": "context", "elements": [mrkdwn()] * 11}], "11 entries"),
        ([{"type": "context", "elements": [button()]}], "a context holds no button"),
        ([actions()], "has to have elements"),
        ([actions(*(button(action_id=f"a{place}") for place in range(26)))], "26 entries"),
        ([actions(button("b" * 76))], "76 characters"),
        ([actions(button(value="v" * 2001))], "2001 characters"),
        ([actions(button(action_id="a" * 256))], "256 characters"),
        ([actions(button(style="loud"))], "no style 'loud'"),
        ([actions({"type": "button", "text": mrkdwn(), "action_id": "a"})], "plain_text only"),
        ([actions({"type": "button", "text": plain()})], "has to have action_id"),
        ([actions(button(), button("Go on"))], "action_id 'pause' stands there 2 times"),
        ([section(block_id="one"), section(block_id="one")], "block_id 'one' stands there 2 times"),
        ([actions(button(confirm={**CONFIRM, "title": plain("t" * 101)}))], "title has 101 characters"),
        ([actions({"type": "overflow", "action_id": "a", "options": [option("o" * 76)]})], "76 characters"),
        ([actions({"type": "wheel", "action_id": "a"})], "nothing is called /elements/0 of type 'wheel'"),
        ([actions({"type": "plain_text_input", "action_id": "a"})], "holds no plain_text_input"),
        ([{"type": "image", "image_url": "https://example.com/a.png"}], "alt_text"),
        ([{"type": "section", "text": plain() | {"verbatim": True}}], "slack_sdk refuses it"),
        ([section("1 < 2")], "a `<` that opens nothing"),
        ([section("R&D")], "a bare `&`"),
        ([section("<!date^1767225600^{date_short}>")], "without a fallback"),
        ([section("<!date^1767225600^{day}|1 January>")], "{day}, which Slack does not know"),
    ],
)
async def test_blocks_over_a_limit_are_refused(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    blocks: list[Block],
    complaint: str,
) -> None:
    error = await error_of(client.chat_postMessage(channel=channel.id, text="text", blocks=blocks))
    assert error == ("msg_blocks_too_long" if len(blocks) > 50 else "invalid_blocks")
    assert complaint in slack.expect_complaint("chat.postMessage: ")
    assert channel.messages == []


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ({}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "text", "metadata": {"event_type": "outbox"}}, "invalid_metadata_format"),
        ({"text": "text", "metadata": {"event_type": "a b", "event_payload": {}}}, "invalid_metadata_format"),
        ({"text": "text", "markdown_text": "text"}, "markdown_text_conflict"),
        ({"markdown_text": "t" * 12_001}, "msg_too_long"),
    ],
)
async def test_messages_that_say_nothing_or_too_much_are_refused(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    call: dict[str, Any],
    error: str,
) -> None:
    assert await error_of(client.chat_postMessage(channel=channel.id, **call)) == error
    slack.expect_complaint(error)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ({"blocks": [section()]}, "no text beside the blocks"),
        ({"text": "text", "link_names": True}, "link_names"),
        ({"text": "text", "parse": "full"}, "parse=full"),
        ({"text": "text", "as_user": True}, "as_user"),
        ({"text": "t" * 40_001}, "cuts at 40000"),
        ({"text": "text", "reply_broadcast": True}, "without a thread"),
        ({"text": "text", "chanel": "C1"}, "arguments it does not know, and drops without a word: chanel"),
        ({"text": "R&D"}, "a bare `&`"),
    ],
)
async def test_what_slack_takes_and_people_suffer_from_is_complained_of(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    call: dict[str, Any],
    complaint: str,
) -> None:
    await client.chat_postMessage(channel=channel.id, **call)
    assert len(channel.messages[0].text) <= 40_000
    slack.expect_complaint(complaint)


async def test_an_edit_may_be_shorter_than_a_post(slack: SlackServer, client: AsyncWebClient, channel: Channel) -> None:
    ts = (await client.chat_postMessage(channel=channel.id, text="t" * 4001))["ts"]
    assert await error_of(client.chat_update(channel=channel.id, ts=ts, text="t" * 4001)) == "msg_too_long"
    slack.expect_complaint("msg_too_long")


@pytest.mark.parametrize(
    ("call", "mentions"),
    [
        ({"text": "<!here> <!channel> <!everyone>"}, ("@here", "@channel", "@everyone")),
        ({"text": "<@U0000000001> <@U0000000001|bot> <!subteam^S1>"}, ("U0000000001", "S1")),
        ({"text": "@here", "parse": "none"}, ()),
        ({"text": "@here"}, ("@here",)),
        ({"text": "&lt;!here&gt; someone@here.example", "parse": "none"}, ()),
        ({"text": "t", "blocks": [section("@channel")]}, ("@channel",)),
        ({"text": "t", "blocks": [section("<!here>")]}, ("@here",)),
        ({"text": "t", "blocks": [{"type": "section", "text": mrkdwn("@channel", verbatim=True)}]}, ()),
        ({"text": "t", "blocks": [{"type": "section", "text": mrkdwn("<!here>", verbatim=True)}]}, ("@here",)),
        ({"text": "t", "blocks": [{"type": "section", "text": plain("@here <!here> <@U0000000001>")}]}, ()),
        ({"text": "t", "blocks": [{"type": "header", "text": plain("@everyone")}]}, ()),
    ],
)
async def test_it_is_known_whom_a_message_pings(
    slack: SlackServer,
    client: AsyncWebClient,
    channel: Channel,
    call: dict[str, Any],
    mentions: tuple[str, ...],
) -> None:
    await client.chat_postMessage(channel=channel.id, **call)
    assert channel.messages[0].mentions == mentions
    assert slack.pings == list(mentions)


async def test_an_edit_pings_only_the_new(slack: SlackServer, client: AsyncWebClient, channel: Channel) -> None:
    ts = (await client.chat_postMessage(channel=channel.id, text="<!here>"))["ts"]
    await client.chat_update(channel=channel.id, ts=ts, text="<!here> @channel")
    await client.chat_update(channel=channel.id, ts=ts, text="<!here> @channel", parse="none")
    assert slack.pings == ["@here", "@channel"]


async def test_it_is_known_what_a_message_links_to(client: AsyncWebClient, channel: Channel) -> None:
    text = "<https://a.example/?b=1&amp;c|plan> http://b.example #releases #nothing"
    await client.chat_postMessage(channel=channel.id, text=text, unfurl_links=False, unfurl_media=False)
    await client.chat_postMessage(channel=channel.id, text=text, parse="none")
    loud, careful = channel.messages
    assert loud.links == ("https://a.example/?b=1&c", "http://b.example", "#releases")
    assert (loud.unfurls, careful.links, careful.unfurls) == ((), careful.unfurls, ("https://a.example/?b=1&c",))


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        ({"type": "home", "blocks": [section()] * 101}, "101 blocks, and a home holds 100"),
        ({"type": "home", "blocks": [section()], "title": plain()}, "no title"),
        ({"type": "home", "blocks": [{"type": "markdown", "text": "a"}]}, "in messages only"),
        ({"type": "home", "blocks": [section()], "private_metadata": "m" * 3001}, "private_metadata"),
        ({"type": "home", "blocks": [section()], "colour": "red"}, "a view has no colour"),
        ({"type": "modal", "blocks": [section()]}, "of type home"),
        ({"type": "home", "blocks": [section("s" * 3000)] * 100}, "view_too_large"),
    ],
)
async def test_a_home_tab_over_a_limit_is_refused(
    slack: SlackServer,
    client: AsyncWebClient,
    view: dict[str, Any],
    complaint: str,
) -> None:
    person = slack.person("release-engineer")
    await error_of(client.views_publish(user_id=person.id, view=view))
    assert complaint in slack.expect_complaint("views.publish: ")
    assert slack.home_of(person) is None


async def test_reading_methods_take_no_json(slack: SlackServer, channel: Channel) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with aiohttp.ClientSession(slack.api_url, headers=headers) as session:
        await session.post("conversations.info", json={"channel": channel.id})
        slack.expect_complaint("JSON for a method that reads")
        slack.expect_complaint("no channel")
        await session.get("auth.test", params={"token": "xoxb-anything"})
        slack.expect_complaint("a token in the address")
        await session.post("chat.postMessage", data=b"{", headers={"Content-Type": "application/json"})
        slack.expect_complaint("no JSON")
