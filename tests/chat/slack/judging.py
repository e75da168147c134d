"""Judges what is handed to Slack: by slack_sdk's models, by the limits that Slack names, and by what could become live."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.chat.slack.render import SlackMessage

Json = dict[str, Any]

PLAIN = {"type", "text", "emoji"}
KEYS = {
    "header": {"type", "text"},
    "rich_text": {"type", "elements"},
    "rich_text_section": {"type", "elements"},
    "rich_text_list": {"type", "style", "elements"},
    "rich_text_preformatted": {"type", "elements"},
    "text": {"type", "text", "style"},
    "emoji": {"type", "name"},
    "date": {"type", "timestamp", "format", "fallback"},
    "user": {"type", "user_id"},
    "context": {"type", "elements"},
    "plain_text": PLAIN,
    "mrkdwn": {"type", "text", "verbatim"},
    "actions": {"type", "block_id", "elements"},
    "button": {"type", "action_id", "text", "value", "style"},
    "table": {"type", "column_settings", "rows"},
    "raw_text": {"type", "text"},
    "input": {"type", "block_id", "label", "element", "optional", "hint"},
    "plain_text_input": {"type", "action_id", "multiline", "max_length", "focus_on_load"},
}
"""Everything a message of ours is made of. Links, channels, groups and broadcasts are not among it."""

INSIDE = {
    "rich_text": {"rich_text_section", "rich_text_list", "rich_text_preformatted"},
    "rich_text_section": {"text", "emoji", "date", "user"},
    "rich_text_list": {"rich_text_section"},
    "rich_text_preformatted": {"text"},
    "context": {"plain_text", "mrkdwn"},
    "actions": {"button"},
}
MOST_INSIDE = {"context": 10, "actions": 25}
BLOCKS_OF_MESSAGES = {"header", "rich_text", "context", "actions", "table"}
BLOCKS_OF_VIEWS = {"header", "rich_text", "context", "actions", "input"}

FORMAT = re.compile("\u200b?" + re.escape("{date_short_pretty} at {time}"))
FALLBACK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
LIVE = re.compile(
    rf"<!date\^\d{{1,12}}\^\u200b?{re.escape('{date_short_pretty} at {time}')}\|{FALLBACK.pattern}>|<@[UW][A-Z0-9]+>"
)
ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)|[<>]")
EVERYBODY = re.compile(r"@(here|channel|everyone)\b", re.IGNORECASE)


def assert_sound(message: SlackMessage, people: frozenset[str] = frozenset()) -> None:
    """Fail unless Slack would take a message, and nothing in it is live but dates and mentions of these people."""
    assert 0 < len(message.text.encode("utf-8")) <= 3_900
    assert ENTITY.findall(message.text) == []
    assert EVERYBODY.findall(message.text) == []
    assert _acting(message.text) <= {"\n", "\u2060"}
    assert 0 < len(message.blocks) <= 50
    _assert_blocks(message.blocks, BLOCKS_OF_MESSAGES, people)
    assert [it["type"] for it in message.blocks].count("table") <= 1
    # Measured by others: refused from some 13,200 characters on, with about 100 for each block.
    assert sum(map(_characters, message.blocks)) + 100 * len(message.blocks) <= 12_500


def assert_sound_view(view: Json, people: frozenset[str] = frozenset()) -> None:
    """Fail unless Slack would take a form or a home tab."""
    assert View(**view).to_dict() == view
    assert len(json.dumps(view)) <= 250_000
    for name in {"title", "submit", "close"} & set(view):
        assert 0 < len(view[name]["text"].encode("utf-16-le")) // 2 <= 24
        _assert_words(view[name])
    _assert_blocks(view["blocks"], BLOCKS_OF_VIEWS, people)


def _assert_blocks(blocks: list[Json], allowed: set[str], people: frozenset[str]) -> None:
    json.dumps(blocks, ensure_ascii=False).encode("utf-8")
    for key in ("block_id", "action_id"):
        names = [part[key] for part in _parts(blocks) if key in part]
        assert len(names) == len(set(names))
        assert [name for name in names if not 0 < len(name) <= 255] == []
    for block in blocks:
        assert block["type"] in allowed
        parsed = Block.parse(block)
        assert parsed is not None
        assert parsed.to_dict() == block
    for part in _parts(blocks):
        _assert_part(part, people)


def _assert_part(part: Json, people: frozenset[str]) -> None:
    kind = part["type"]
    assert set(part) <= KEYS[kind]
    if kind in INSIDE:
        assert 0 < len(part["elements"]) <= MOST_INSIDE.get(kind, 10_000)
        assert {it["type"] for it in part["elements"]} <= INSIDE[kind]
    match kind:
        case "text" | "raw_text" | "plain_text":
            _assert_words(part)
        case "mrkdwn" | "user" | "date":
            _assert_live(part, people)
        case "header" | "button" | "input":
            _assert_labels(part)
        case "table":
            _assert_table(part)
        case _:
            pass


def _assert_live(part: Json, people: frozenset[str]) -> None:
    if part["type"] == "mrkdwn":
        assert LIVE.fullmatch(part["text"])
        assert part["verbatim"] is True
        assert not part["text"].startswith("<@") or part["text"][2:-1] in people
    elif part["type"] == "user":
        assert part["user_id"] in people
    else:
        assert FORMAT.fullmatch(part["format"])
        assert FALLBACK.fullmatch(part["fallback"])
        assert part["timestamp"] >= 0


def _assert_labels(part: Json) -> None:
    limit = {"header": 150, "button": 75, "input": 2_000}[part["type"]]
    assert [it for name in ("text", "label", "hint") if name in part and units(it := part[name]["text"]) > limit] == []
    assert len(part.get("value", "")) <= 2_000


def _assert_words(part: Json) -> None:
    assert part["text"] != ""
    assert part.get("style", {}) in ({}, {"bold": True}, {"code": True})
    assert units(part["text"]) <= (10_000 if part["type"] == "text" else 3_000)
    assert _acting(part["text"]) <= ({"\n"} if part["type"] == "text" else set())


def _assert_table(table: Json) -> None:
    assert 0 < len(table["rows"]) <= 100
    widths = {len(row) for row in table["rows"]}
    assert widths == {len(table["column_settings"])}
    assert 0 < widths.pop() <= 20
    assert sum(len(cell["text"]) for row in table["rows"] for cell in row) <= 10_000


def _acting(text: str) -> set[str]:
    """Return the characters that could hide, reorder or break what stands around them; joiners belong to words."""
    acting = {it for it in text if unicodedata.category(it) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    return acting - {"\u200c", "\u200d"}


def _parts(node: object) -> Iterator[Json]:
    """Yield everything that has a type, however deep."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for value in node.values():
            yield from _parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _parts(value)


def _characters(block: Json) -> int:
    return sum(
        units(part[key])
        for part in _parts(block)
        for key in ("text", "value", "fallback")
        if isinstance(part.get(key), str)
    )


def units(text: str) -> int:
    """Return the length of a text in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
