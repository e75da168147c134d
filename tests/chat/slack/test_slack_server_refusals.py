"""The Slack server of the tests refuses what a workspace does not have, in Slack's own words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import MovedClock
from tests.fakes.slack import Channel, Message, Person, SlackServer
from tests.fakes.slack.clients import web_client


@dataclass(frozen=True, slots=True)
class World:
    """A workspace with one of each."""

    slack: SlackServer
    client: AsyncWebClient
    channel: Channel
    person: Person
    left: Person
    archived: Channel
    private: Channel
    message: Message


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with SlackServer(MovedClock()) as slack:
        client, channel = web_client(slack), slack.channel("releases")
        archived, left = slack.channel("old"), slack.person("former-engineer")
        archived.archive()
        left.deactivated = True
        await client.chat_postMessage(channel="#releases", text="50 %")
        private = slack.channel("secret", private=True, bot=False)
        (message,) = channel.messages
        yield World(slack, client, channel, slack.person("release-engineer"), left, archived, private, message)


Call = Callable[[World], Any]

SPOILT: list[dict[str, Any]] = [{"blocks": [{"type": "carpet"}], "fallback": "t"}]
MANY: list[dict[str, Any]] = [{"text": "t", "fallback": "t"}] * 101
NO_JSON: Any = "{"

# By what is asked for: Slack's word, and the call.
REFUSED: dict[str, tuple[str, Call]] = {
    "an unknown channel": ("channel_not_found", lambda w: w.client.chat_postMessage(channel="C9", text="t")),
    "somebody gone": ("channel_not_found", lambda w: w.client.chat_postMessage(channel=w.left.id, text="t")),
    "an edit nowhere": ("channel_not_found", lambda w: w.client.chat_update(channel="C9", ts="1.1", text="t")),
    "a link to nowhere": ("channel_not_found", lambda w: w.client.chat_getPermalink(channel="C9", message_ts="1.1")),
    "a link to nothing": (
        "message_not_found",
        lambda w: w.client.chat_getPermalink(channel=w.channel.id, message_ts="1.1"),
    ),
    "a reaction nowhere": (
        "channel_not_found",
        lambda w: w.client.reactions_add(channel="C9", name="eyes", timestamp="1.1"),
    ),
    "a reaction to nothing": (
        "message_not_found",
        lambda w: w.client.reactions_add(channel=w.channel.id, name="eyes", timestamp="1.1"),
    ),
    "a word to nobody": (
        "user_not_in_channel",
        lambda w: w.client.chat_postEphemeral(channel=w.channel.id, user="U9", text="t"),
    ),
    "a secret channel": ("channel_not_found", lambda w: w.client.conversations_info(channel=w.private.id)),
    "joining a secret one": ("channel_not_found", lambda w: w.client.conversations_join(channel=w.private.id)),
    "joining an old one": ("is_archived", lambda w: w.client.conversations_join(channel=w.archived.id)),
    "no thread": ("thread_not_found", lambda w: w.client.conversations_replies(channel=w.channel.id, ts="1.1")),
    "talking to nobody": ("user_not_found", lambda w: w.client.conversations_open(users="U9")),
    "talking to somebody gone": ("user_disabled", lambda w: w.client.conversations_open(users=w.left.id)),
    "an unknown person": ("user_not_found", lambda w: w.client.users_info(user="U9")),
    "an unknown bot": ("bot_not_found", lambda w: w.client.bots_info(bot="B9")),
    "an unknown team": ("team_not_found", lambda w: w.client.team_info(team="T9")),
    "nobody's home": ("user_not_found", lambda w: w.client.views_publish(user_id="U9", view={})),
    "an unknown view": ("not_found", lambda w: w.client.views_update(view_id="V9", view={})),
    "an error": ("no_such_thing", lambda w: w.client.api_test(error="no_such_thing")),
}
WRONG: dict[str, tuple[str, Call]] = {
    "unknown types": ("invalid_types", lambda w: w.client.conversations_list(types="tunnels")),
    "too many": ("invalid_limit", lambda w: w.client.conversations_list(limit=2000)),
    "an invented cursor": ("invalid_cursor", lambda w: w.client.conversations_list(cursor="invented")),
    "no time": (
        "invalid_ts_oldest",
        lambda w: w.client.conversations_history(channel=w.channel.id, oldest="yesterday"),
    ),
    "no message": ("invalid_arguments", lambda w: w.client.chat_delete(channel=w.channel.id, ts="")),
    "no metadata": (
        "invalid_arguments",
        lambda w: w.client.chat_postMessage(channel=w.channel.id, text="t", metadata=NO_JSON),
    ),
    "no list of blocks": (
        "invalid_blocks",
        lambda w: w.client.chat_postMessage(channel=w.channel.id, text="t", blocks='{"a": 1}'),
    ),
    "no files": ("invalid_arguments", lambda w: w.client.files_completeUploadExternal(files=[])),
    "a long alt text": (
        "alt_txt_too_large",
        lambda w: w.client.files_getUploadURLExternal(filename="a", length=1, alt_txt="a" * 1001),
    ),
    "a spoilt attachment": (
        "invalid_attachments",
        lambda w: w.client.chat_postMessage(channel=w.channel.id, text="t", attachments=SPOILT),
    ),
    "many attachments": (
        "too_many_attachments",
        lambda w: w.client.chat_postMessage(channel=w.channel.id, text="t", attachments=MANY),
    ),
}


async def error_of(answer: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        await answer
    return str(raised.value.response["error"])


@pytest.mark.parametrize(("error", "call"), REFUSED.values(), ids=REFUSED)
async def test_what_is_not_there_is_refused(world: World, error: str, call: Call) -> None:
    assert await error_of(call(world)) == error


@pytest.mark.parametrize(("error", "call"), WRONG.values(), ids=WRONG)
async def test_what_only_a_mistake_can_ask_for_is_complained_of(world: World, error: str, call: Call) -> None:
    assert await error_of(call(world)) == error
    world.slack.expect_complaint(error)


async def test_a_file_is_announced_uploaded_and_shared(world: World) -> None:
    channel, client = world.channel, world.client
    root = (await client.chat_postMessage(channel=channel.id, text="report"))["ts"]
    upload: dict[str, Any] = {
        "filename": "chart.png",
        "title": "Errors",
        "content": b"\x89PNG",
        "alt_txt": "errors fall",
    }
    await client.files_upload_v2(channel=channel.id, thread_ts=root, initial_comment="the chart", **upload)
    (message,) = channel.thread(root)
    (file,) = message.files
    assert (message.text, file.name, file.title, file.data) == ("the chart", "chart.png", "Errors", b"\x89PNG")
    assert (file.channels, file.alt_text) == ([channel.id], "errors fall")


async def test_uploads_that_do_not_fit_together_are_complained_of(world: World) -> None:
    slack, client = world.slack, world.client
    assert await error_of(client.files_getUploadURLExternal(filename="a", length=0)) == "invalid_arguments"
    slack.expect_complaint("a file of 0 bytes")
    asked = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    files = [{"id": asked["file_id"]}]
    assert await error_of(client.files_completeUploadExternal(files=files)) == "file_not_found"
    slack.expect_complaint("was not uploaded")
    async with aiohttp.ClientSession() as session:
        await session.post(asked["upload_url"], data=b"four")
    slack.expect_complaint("4 bytes, and 3 were announced")
    await client.files_completeUploadExternal(files=files, channel=world.channel.id)
    slack.expect_complaint("drops without a word: channel")
    assert world.channel.messages == [world.message]
    assert await error_of(client.files_completeUploadExternal(files=files)) == "file_not_found"
    slack.expect_complaint("completed before")
    async with aiohttp.ClientSession() as session:
        assert (await session.post(f"{slack.workspace.base_url}/upload/v1/F9", data=b"?")).status == 404
    slack.expect_complaint("nobody asked to upload F9")


async def test_files_go_where_the_app_may_write(world: World) -> None:
    client, public = world.client, world.slack.channel("public", bot=False)
    for channel_id, error in (
        ("C9", "channel_not_found"),
        (world.private.id, "channel_not_found"),
        (public.id, "not_in_channel"),
        (world.archived.id, "is_archived"),
    ):
        upload: dict[str, Any] = {"filename": "a.txt", "content": "abc"}
        assert await error_of(client.files_upload_v2(channel=channel_id, **upload)) == error
    lost: dict[str, Any] = {"filename": "a.txt", "content": "abc", "thread_ts": "1.1"}
    assert await error_of(client.files_upload_v2(channel=world.channel.id, **lost)) == "thread_not_found"


async def test_a_direct_message_is_opened_once(world: World) -> None:
    first = (await world.client.conversations_open(users=world.person.id))["channel"]["id"]
    again = (await world.client.conversations_open(channel=first))["channel"]
    assert (again["id"], again["user"]) == (first, world.person.id)
    assert (await world.client.conversations_info(channel=first))["channel"]["is_im"]


async def test_the_members_of_a_channel_are_counted_and_listed(world: World) -> None:
    world.channel.invite(world.person)
    facts = await world.client.conversations_info(channel=world.channel.id, include_num_members=True)
    assert facts["channel"]["num_members"] == 2
    listed = await world.client.conversations_members(channel=world.channel.id)
    assert listed["members"] == [world.slack.bot.id, world.person.id]


async def test_other_apps_speak_under_their_own_names(world: World) -> None:
    other = world.slack.another_app("another-bot")
    world.channel.say(other, "beep", thread=world.message, metadata={"event_type": "a", "event_payload": {}})
    history = await world.client.conversations_replies(channel=world.channel.id, ts=world.message.ts)
    assert [message["bot_id"] for message in history["messages"]] == ["B0000000001", "B0000000002"]


async def test_a_name_and_a_picture_of_ones_own_need_a_scope() -> None:
    async with SlackServer(MovedClock(), scopes={"chat:write"}) as slack:
        call = web_client(slack).chat_postMessage(channel=slack.channel("releases").id, text="t", username="somebody")
        assert await error_of(call) == "missing_scope"
        slack.expect_complaint("the token has no chat:write.customize")
