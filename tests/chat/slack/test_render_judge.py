"""The judge of these tests is no pushover."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackObjectFormationError

from bot.chat.slack.render import SlackMessage, render
from bot.domain.message import (
    say,
)
from tests.chat.slack.judging import assert_sound

BAD = (
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": "https://example.org"}]}],
    },
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}],
    },
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U0SOMEBODY"}]}],
    },
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "\u202e"}]}],
    },
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}]},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*words*", "verbatim": True}},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "words", "verbatim": True}]},
    {"type": "header", "text": {"type": "plain_text", "text": "x" * 151, "emoji": False}},
    {"type": "actions", "block_id": "x", "elements": []},
    {"type": "table", "column_settings": [], "rows": [[{"type": "raw_text", "text": "x"}]]},
)


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_the_judge_of_these_tests_sees_what_is_wrong(bad: dict[str, Any]) -> None:
    good = render(say("x"))
    assert_sound(good)
    with pytest.raises((AssertionError, KeyError, SlackObjectFormationError)):
        assert_sound(replace(good, blocks=[bad]))


@pytest.mark.parametrize("text", ["", "<!here>", "a & b", "@here", "x" * 3_901, "\u202e"])
def test_the_judge_of_these_tests_sees_a_bad_text(text: str) -> None:
    with pytest.raises(AssertionError):
        assert_sound(SlackMessage(text, render(say("x")).blocks))
