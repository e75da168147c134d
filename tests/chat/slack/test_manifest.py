"""The manifest is one that Slack takes, and asks for nothing that is not used."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

import commands
from bot.chat.directory import Directory
from bot.chat.slack.channel_names import ChannelNames
from bot.chat.slack.events import EVENTS
from bot.chat.slack.manifest import SCOPES, manifest, usage_hint
from bot.chat.slack.outbound import SlackPlatform
from bot.domain.errors import NotUnderstood
from bot.domain.message import Button, say
from bot.domain.outbox import Attachment, Placing
from tests.chat.slack.ways_in import scene_over
from tests.fakes.slack.clients import web_client

ADDRESS = "https://rollcall.example.com"

RESERVED = {
    "me",
    "status",
    "away",
    "dnd",
    "shrug",
    "remind",
    "msg",
    "feed",
    "feedback",
    "who",
    "collapse",
    "expand",
    "leave",
    "join",
    "open",
    "search",
    "topic",
    "mute",
    "pro",
    "shortcuts",
    "archive",
    "help",
    "send",
    "kill",
    "debug",
    "commands",
    "invite",
    "rename",
    "star",
}
"""Names that Slack keeps for itself, as far as anybody has seen; one of them and Slack takes none of the manifest."""


def schema() -> dict[str, object]:
    folder = os.environ.get("ROLLCALL_SPECS")  # noqa: TID251  # Nothing of the product: `.ci/run` names the folder.
    if not folder:
        pytest.skip("set ROLLCALL_SPECS to the folder with slack-manifest.schema.1.0.0.json")
    found: dict[str, object] = json.loads((Path(folder) / "slack-manifest.schema.1.0.0.json").read_text())
    return found


@pytest.mark.parametrize("prefix", ["", "rc-", "0123456789"])
@pytest.mark.parametrize("socket_mode", [True, False])
def test_slack_takes_the_manifest(prefix: str, *, socket_mode: bool) -> None:
    written = manifest(commands.ALL, prefix, socket_mode=socket_mode, public_url=ADDRESS)
    jsonschema.validate(json.loads(json.dumps(written)), schema())


def test_every_command_is_there_with_its_prefix_and_asks_for_escapes() -> None:
    written = manifest(commands.ALL, "rc-", socket_mode=True)["features"]["slash_commands"]
    assert [it["command"] for it in written] == [f"/rc-{it.name}" for it in commands.ALL]
    assert all(it["should_escape"] and it["description"] and it["usage_hint"] for it in written)


def test_no_command_has_a_name_that_slack_keeps_for_itself() -> None:
    assert RESERVED & {command.name for command in commands.ALL} == set()


def test_over_http_slack_posts_everything_to_one_address() -> None:
    written = manifest(commands.ALL, "", socket_mode=False, public_url=f"{ADDRESS}/")
    where = f"{ADDRESS}/slack/events"
    assert {it["url"] for it in written["features"]["slash_commands"]} == {where}
    assert written["settings"]["event_subscriptions"]["request_url"] == where
    assert written["settings"]["interactivity"]["request_url"] == where
    assert written["settings"]["socket_mode_enabled"] is False


def test_socket_mode_needs_no_address() -> None:
    written = manifest(commands.ALL, "", socket_mode=True, public_url=ADDRESS)
    assert ADDRESS not in json.dumps(written)
    assert written["settings"]["socket_mode_enabled"] is True


def test_without_socket_mode_an_address_is_asked_for() -> None:
    with pytest.raises(NotUnderstood, match="where to post") as caught:
        manifest(commands.ALL, "", socket_mode=False)
    assert any("ROLLCALL_PUBLIC_URL" in hint for hint in caught.value.hints)


def test_what_cannot_be_taken_back_later_stays_off() -> None:
    settings = manifest(commands.ALL, "", socket_mode=True)["settings"]
    assert settings["token_rotation_enabled"] is False
    assert settings["org_deploy_enabled"] is False


def test_every_event_is_subscribed_to_and_every_scope_has_its_reason() -> None:
    written = manifest(commands.ALL, "", socket_mode=True)
    assert set(written["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert written["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert "user" not in written["oauth_config"]["scopes"]
    assert all(re.search(r"\w+ \w+", reason) for reason in SCOPES.values())


def test_a_hint_shows_the_first_verbs_in_a_line_that_can_be_read() -> None:
    rollout = next(it for it in commands.ALL if it.name == "rollout")
    assert (
        usage_hint(rollout) == "25% | start PLAN | status | next | pause | resume | back | rollback | abort | … | help"
    )
    assert all(len(usage_hint(command)) < 100 for command in commands.ALL)


async def test_people_use_no_scope_that_is_not_in_the_manifest() -> None:
    # The workspace grants these scopes alone and complains where one is missing.
    async with scene_over("socket") as scene:
        await scene.typed("25%")
        await scene.pressed("Pause", "/rollout pause")
        await scene.way.press(scene.person, await scene.posted(Button("Next", "/rollout next")), "Next")
        await scene.way.open_home(scene.person)
        await scene.settle()
        assert scene.slack.scopes_used <= set(SCOPES)
        assert {"commands", "chat:write"} <= scene.slack.scopes_used


async def test_every_scope_is_one_without_which_something_would_not_work() -> None:
    async with scene_over("socket") as scene:
        private = scene.slack.channel("secrets", private=True)
        platform = SlackPlatform(web_client(scene.slack), Directory(), scene.journal)
        await scene.typed("25%")
        await ChannelNames(web_client(scene.slack), Directory(), scene.clock, scene.journal).names()
        for channel in (scene.channel, private):
            report = [Attachment("report.md", "text/markdown", b"# Report")]
            await platform.share(channel.id, "report", say("The report."), report, Placing(again=True))
        assert scene.slack.scopes_used == set(SCOPES)
