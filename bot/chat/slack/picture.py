"""What somebody in Slack sees of a message, as text: drawn from the very blocks that would be posted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.chat.slack.blocks import TONES
from bot.chat.slack.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.message import Message

EMOJI = {
    **{sign.name: sign.character for sign in TONES.values()},
    "white_large_square": "⬜",
    "black_right_pointing_double_triangle_with_vertical_bar": "⏭️",
    "arrow_forward": "▶️",
    "x": "❌",
}


def picture(message: Message) -> str:
    """Return a message's words in Slack, a line for each row; a button stands in brackets."""
    return "\n".join(line for block in render(message).blocks for line in _block(block))


def _block(block: dict[str, Any]) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield block["text"]["text"]
        case "rich_text":
            for element in block["elements"]:
                yield from _element(element)
        case "context":
            yield "".join(it["text"] for it in block["elements"])
        case "actions":
            yield " ".join(f"[{it['text']['text']}]" for it in block["elements"])
        case "table":
            yield from (" | ".join(cell["text"] for cell in row) for row in block["rows"])
        case other:
            msg = f"no picture of a block of type {other}"
            raise ValueError(msg)


def _element(element: dict[str, Any]) -> Iterator[str]:
    if element["type"] == "rich_text_list":
        yield from (f"• {_words(it)}" for it in element["elements"])
    else:
        yield from _words(element).splitlines()


def _words(section: dict[str, Any]) -> str:
    return "".join(_leaf(leaf) for leaf in section["elements"])


def _leaf(leaf: dict[str, Any]) -> str:
    match leaf["type"]:
        case "emoji":
            return EMOJI.get(leaf["name"], f":{leaf['name']}:")
        case "date":
            return str(leaf["fallback"])
        case "user":
            return f"@{leaf['user_id']}"
        case _:
            return str(leaf["text"])
