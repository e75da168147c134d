"""Draws blocks for a test, and reads what is drawn."""

from __future__ import annotations

from itertools import chain
from typing import Any

from bot.chat.slack.render import render
from bot.domain.message import Block, Message, Tone
from tests.chat.slack.judging import assert_sound


def blocks_of(*blocks: Block, tone: Tone = Tone.INFO, native_tables: bool = True) -> list[dict[str, Any]]:
    """Return blocks as Slack gets them, after they were judged."""
    drawn = render(Message("The summary.", blocks, tone), native_tables=native_tables)
    assert_sound(drawn, frozenset({"U0ENGINEER"}))
    return drawn.blocks


def words_in(part: Any) -> str:
    """Return all words of a part of a message, with `:name:` for an emoji."""
    if isinstance(part, list):
        return "".join(map(words_in, part))
    if part["type"] == "emoji":
        return f":{part['name']}:"
    inside = part.get("elements") or part.get("text") or part.get("fallback") or part.get("user_id")
    return inside if isinstance(inside, str) else words_in(inside)


def buttons_of(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(chain.from_iterable(it["elements"] for it in blocks if it["type"] == "actions"))
