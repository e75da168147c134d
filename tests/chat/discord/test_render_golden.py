"""What the bot announces, as Discord gets it, compared with what people have looked at."""

from __future__ import annotations

import pytest
from inline_snapshot import external_file

from bot.chat.discord.pages import render_pages
from bot.domain.message import Message
from tests.chat.discord import announced, asked
from tests.chat.discord.messages import pinged, wrong
from tests.chat.slack.announced import ALL
from tests.fakes.discord.openapi import published_judge

# Written anew by: pytest tests/chat/discord/test_render_golden.py --inline-snapshot=create,fix
# Looked at by: python -m tests.chat.discord.preview preview.html
GOLDEN = "../../golden/discord"

EXAMPLES: dict[str, Message] = {**announced.examples(), **asked.examples(), **ALL}
"""Discord's own, and every example that Slack has its golden of."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_is_as_it_was_looked_at(name: str) -> None:
    bodies = [page.body() for page in render_pages(EXAMPLES[name])]
    assert bodies == external_file(f"{GOLDEN}/{name}.json")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_is_one_that_discord_takes(name: str) -> None:
    judge = published_judge()
    for page in render_pages(EXAMPLES[name]):
        assert wrong(page) == []
        assert pinged(page) <= {f"<@{identity}>" for identity in page.mentions}
        if judge is not None:
            assert judge.wrong("POST", "/channels/{channel_id}/messages", page.body()) is None
