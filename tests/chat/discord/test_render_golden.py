"""What the bot announces, as Discord gets it, compared with what people have looked at."""

from __future__ import annotations

import pytest
from inline_snapshot import external_file

from bot.chat.discord.pages import render_pages
from tests.announcements import drift_examples, page_examples
from tests.chat.discord import announced, asked

# Written anew by: pytest tests/chat/discord/test_render_golden.py --inline-snapshot=create,fix
# Looked at by: python -m tests.chat.discord.preview preview.html
GOLDEN = "../../golden/discord"

EXAMPLES = {**announced.examples(), **asked.examples(), **page_examples.examples(), **drift_examples.examples()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_is_as_it_was_looked_at(name: str) -> None:
    bodies = [page.body() for page in render_pages(EXAMPLES[name])]
    assert bodies == external_file(f"{GOLDEN}/{name}.json")
