"""The Slack server of the tests, asked by the unmodified Web API client: it answers as Slack, and minds mistakes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import MovedClock
from tests.fakes.slack import SlackServer
from tests.fakes.slack.clients import web_client

A_SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*50 %*"}}


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


async def error_of(answer: object) -> str:
    """Return Slack's word for what was wrong with a call."""
    with pytest.raises(SlackApiError) as raised:
        await answer  # type: ignore[misc]  # A call, which is awaitable.
    return str(raised.value.response["error"])


async def test_a_message_stands_in_its_channel_as_a_person_sees_it(slack: SlackServer, client: AsyncWebClient) -> None:
    channel, reader = slack.channel("releases"), slack.person("release-engineer")
    button = {"type": "button", "text": {"type": "plain_text", "text": "Pause"}, "action_id": "pause", "value": "7"}
    mrkdwn = {
        "type": "mrkdwn",
        "text": f"{reader.mention}: <https://example.com/a|the plan>, R&amp;D",
        "verbatim": True,
    }
    blocks: list[dict[str, Any]] = [{"type": "section", "text": mrkdwn}, {"type": "actions", "elements": [button]}]
    posted = await client.chat_postMessage(channel=channel.id, text="50 % of R&amp;D", blocks=blocks)
    (message,) = channel.messages
    assert message.ts == posted["ts"]
    assert message.seen == "@release-engineer: the plan, R&D\n[Pause]"
    assert message.heard == "50 % of R&D"
    assert (message.buttons, message.author) == (["Pause"], slack.bot)
    assert (message.mentions, message.links) == ((reader.id,), ("https://example.com/a",))


async def test_forms_and_addresses_are_read_like_json(slack: SlackServer) -> None:
    channel = slack.channel("releases")
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    fields = {"channel": channel.id, "text": "hello", "blocks": json.dumps([A_SECTION])}
    async with aiohttp.ClientSession(slack.api_url, headers=headers) as session:
        assert (await (await session.post("chat.postMessage", data=fields)).json())["ok"]
        assert (await (await session.post("chat.postMessage", params=fields)).json())["ok"]
    assert [message.seen for message in channel.messages] == ["*50 %*", "*50 %*"]


async def test_an_edit_and_a_deletion_show(slack: SlackServer, client: AsyncWebClient) -> None:
    channel = slack.channel("releases")
    ts = (await client.chat_postMessage(channel=channel.id, text="25 %", metadata=metadata(1)))["ts"]
    await client.chat_update(channel=channel.id, ts=ts, text="50 %", parse="none")
    (message,) = channel.messages
    assert (message.text, message.edited, message.edits, message.metadata) == ("50 %", True, 1, metadata(1))
    await client.chat_update(channel=channel.id, ts=ts, text="75 %", blocks=[A_SECTION], parse="none")
    assert (message.edited, message.edits) == (False, 2)
    await client.chat_delete(channel=channel.id, ts=ts)
    assert channel.messages == []
    assert await error_of(client.chat_update(channel=channel.id, ts=ts, text="late")) == "message_not_found"


def metadata(number: int) -> dict[str, object]:
    return {"event_type": "outbox", "event_payload": {"id": number}}


async def test_the_app_edits_only_what_it_said(slack: SlackServer, client: AsyncWebClient) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")
    said = channel.say(person, "hello")
    assert await error_of(client.chat_update(channel=channel.id, ts=said.ts, text="mine")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=channel.id, ts=said.ts)) == "cant_delete_message"


async def test_history_is_read_back_with_metadata_newest_first_page_by_page(
    slack: SlackServer,
    client: AsyncWebClient,
    clock: MovedClock,
) -> None:
    channel = slack.channel("releases")
    for number in range(5):
        clock.advance(timedelta(seconds=1))
        await client.chat_postMessage(channel=channel.id, text=str(number), metadata=metadata(number))
    found = []
    async for page in await client.conversations_history(channel=channel.id, limit=2, include_all_metadata=True):
        assert len(page["messages"]) <= 2
        found += [message["metadata"]["event_payload"]["id"] for message in page["messages"]]
    assert found == [4, 3, 2, 1, 0]
    posts = channel.messages
    between: dict[str, Any] = {"channel": channel.id, "oldest": posts[1].ts, "latest": posts[3].ts}
    outer = await client.conversations_history(**between, inclusive=True)
    inner = await client.conversations_history(**between)
    assert [message["text"] for message in outer["messages"]] == ["3", "2", "1"]
    assert [message["text"] for message in inner["messages"]] == ["2"]
    assert "metadata" not in inner["messages"][0]


async def test_replies_stand_in_the_thread_and_broadcast_ones_in_the_channel_too(
    slack: SlackServer,
    client: AsyncWebClient,
) -> None:
    channel = slack.channel("releases")
    root = (await client.chat_postMessage(channel=channel.id, text="root"))["ts"]
    await client.chat_postMessage(channel=channel.id, text="quiet", thread_ts=root)
    loud = await client.chat_postMessage(channel=channel.id, text="loud", thread_ts=root, reply_broadcast=True)
    assert [message.text for message in channel.messages] == ["root", "loud"]
    assert [message.text for message in channel.thread(root)] == ["quiet", "loud"]
    replies = await client.conversations_replies(channel=channel.id, ts=root)
    assert [message["text"] for message in replies["messages"]] == ["root", "quiet", "loud"]
    assert replies["messages"][0]["reply_count"] == 2
    assert await error_of(client.chat_postMessage(channel=channel.id, text="?", thread_ts="1.1")) == "thread_not_found"
    await error_of(client.chat_postMessage(channel=channel.id, text="?", thread_ts=loud["ts"]))
    slack.expect_complaint("that of a reply")


async def test_the_app_sees_and_writes_only_where_it_may(slack: SlackServer, client: AsyncWebClient) -> None:
    secret = slack.channel("secret", private=True, bot=False)
    old, public = slack.channel("old"), slack.channel("public", bot=False)
    old.archive()
    assert await error_of(client.chat_postMessage(channel=secret.id, text="?")) == "channel_not_found"
    assert await error_of(client.chat_postMessage(channel=old.id, text="?")) == "is_archived"
    assert await error_of(client.conversations_history(channel=public.id)) == "not_in_channel"
    listed = await client.conversations_list(types="public_channel,private_channel", exclude_archived=True)
    assert [channel["name"] for channel in listed["channels"]] == ["public"]
    await client.conversations_join(channel=public.id)
    assert (await client.conversations_info(channel=public.id))["channel"]["is_member"]
    public.remove(slack.bot)
    assert await error_of(client.chat_update(channel=public.id, ts="1.1", text="?")) == "not_in_channel"


async def test_public_channels_need_an_invitation_without_the_scope_to_write_everywhere(clock: MovedClock) -> None:
    async with SlackServer(clock, scopes={"chat:write"}) as slack:
        channel = slack.channel("releases", bot=False)
        assert await error_of(web_client(slack).chat_postMessage(channel=channel.id, text="?")) == "not_in_channel"
        channel.invite(slack.bot)
        await web_client(slack).chat_postMessage(channel=channel.id, text="here")
        assert slack.scopes_used == {"chat:write"}


async def test_direct_messages_reach_one_person(slack: SlackServer, client: AsyncWebClient) -> None:
    person = slack.person("release-engineer")
    await client.chat_postMessage(channel=person.id, text="for you")
    opened = await client.conversations_open(users=[person.id])
    assert opened["channel"]["id"] == slack.direct_messages(person).id
    assert [message.text for message in slack.direct_messages(person).messages] == ["for you"]


async def test_an_ephemeral_message_is_for_one_person_in_the_channel(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    channel, person = slack.channel("releases"), slack.person("release-engineer")
    call: dict[str, Any] = {"channel": channel.id, "user": person.id, "text": "only you"}
    assert await error_of(client.chat_postEphemeral(**call)) == "user_not_in_channel"
    channel.invite(person)
    ts = (await client.chat_postEphemeral(**call))["message_ts"]
    assert [message.text for message in slack.ephemerals(person)] == ["only you"]
    assert channel.messages == []
    assert await error_of(client.chat_update(channel=channel.id, ts=ts, text="?")) == "message_not_found"


async def test_people_are_found_by_id_and_by_address(slack: SlackServer, client: AsyncWebClient) -> None:
    person = slack.person("release-engineer", email="release@example.com", time_zone="Europe/Berlin")
    assert (await client.users_info(user=person.id))["user"]["tz"] == "Europe/Berlin"
    assert (await client.users_lookupByEmail(email="release@example.com"))["user"]["id"] == person.id
    assert await error_of(client.users_lookupByEmail(email="nobody@example.com")) == "users_not_found"
    assert [member["name"] for member in (await client.users_list())["members"]] == ["rollcall", "release-engineer"]


async def test_the_app_learns_who_it_is_and_what_it_may(slack: SlackServer, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["team_id"]) == (slack.bot.id, slack.team_id)
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")
    assert (await client.bots_info(bot=answer["bot_id"]))["bot"]["user_id"] == slack.bot.id
    assert (await client.team_info())["team"]["id"] == slack.team_id
    assert (await client.api_test(foo="bar"))["args"] == {"foo": "bar"}


async def test_links_and_reactions_are_for_messages_that_are_there(slack: SlackServer, client: AsyncWebClient) -> None:
    channel = slack.channel("releases")
    ts = (await client.chat_postMessage(channel=channel.id, text="50 %"))["ts"]
    link = await client.chat_getPermalink(channel=channel.id, message_ts=ts)
    assert link["permalink"].endswith(f"/{channel.id}/p{ts.replace('.', '')}")
    await client.reactions_add(channel=channel.id, name="eyes", timestamp=ts)
    assert await error_of(client.reactions_add(channel=channel.id, name="eyes", timestamp=ts)) == "already_reacted"
    assert channel.messages[0].reactions == ["eyes"]


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-stolen", "invalid_auth")])
async def test_a_wrong_token_opens_nothing(slack: SlackServer, token: str, error: str) -> None:
    assert await error_of(web_client(slack, token).auth_test()) == error


async def test_each_token_opens_its_own_methods(slack: SlackServer, client: AsyncWebClient) -> None:
    assert await error_of(web_client(slack, slack.app_token).auth_test()) == "not_allowed_token_type"
    assert await error_of(client.apps_connections_open(app_token=slack.bot_token)) == "not_allowed_token_type"
    slack.expect_complaint("auth.test: not_allowed_token_type")
    slack.expect_complaint("apps.connections.open: not_allowed_token_type")


async def test_a_missing_scope_is_named_and_complained_of(clock: MovedClock) -> None:
    async with SlackServer(clock, scopes={"chat:write"}) as slack:
        with pytest.raises(SlackApiError) as raised:
            await web_client(slack).users_list()
        answer = raised.value.response
        assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read", "chat:write")
        slack.expect_complaint("users.list: missing_scope: the token has no users:read")


async def test_complaints_fail_the_test_at_the_end(clock: MovedClock) -> None:
    with pytest.raises(AssertionError, match=r"users\.identity: unknown_method"):
        async with SlackServer(clock) as slack:
            assert await error_of(web_client(slack).users_identity()) == "unknown_method"


async def test_complaints_do_not_hide_why_a_test_failed(clock: MovedClock) -> None:
    async def fail_after_a_mistake() -> None:
        async with SlackServer(clock) as slack:
            await error_of(web_client(slack).users_identity())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        await fail_after_a_mistake()
    assert "unknown_method" in raised.value.__notes__[0]


async def test_what_no_test_looked_at_is_told(slack: SlackServer, client: AsyncWebClient) -> None:
    channel = slack.channel("releases")
    await client.chat_postMessage(channel=channel.id, text="expected")
    assert [message.text for message in channel.messages] == ["expected"]
    slack.expect_nothing_else()
    await client.chat_postMessage(channel=channel.id, text="unexpected")
    assert [message.text for message in slack.unread()] == ["unexpected"]
    with pytest.raises(AssertionError, match="unexpected"):
        slack.expect_nothing_else()


async def test_posts_within_one_second_are_counted_by_channel(
    slack: SlackServer,
    client: AsyncWebClient,
    clock: MovedClock,
) -> None:
    quiet, busy = slack.channel("quiet"), slack.channel("busy")
    for text in "abc":
        await client.chat_postMessage(channel=quiet.id, text=text)
        clock.advance(timedelta(seconds=1))
    for text in "ab":
        await client.chat_postMessage(channel=busy.id, text=text)
    assert slack.bursts == {quiet.id: 1, busy.id: 2}
