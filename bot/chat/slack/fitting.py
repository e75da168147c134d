"""What Slack takes of a whole message: so many blocks, and so many characters in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.slack.blocks import note
from bot.chat.slack.characters import size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.slack.spans import Json

MOST_BLOCKS = 50
MOST_BLOCKS_OF_A_VIEW = 100

MOST_CHARACTERS = 12_000
"""Slack refuses a message with `msg_blocks_too_long` from some 13,200 on; its maintainers name 12,000 characters of text
and a buffer for the blocks around it (slackapi/bolt-js#2509, #2867), which `cost` counts as well."""

MOST_CHARACTERS_OF_A_VIEW = 40_000
"""A view has no such limit but one of 250 kB."""

_COST_OF_A_BLOCK = 100
_COST_OF_AN_ELEMENT = 2

_CUT = "Slack has no room for the rest of this. The same command in the terminal shows all of it."


def fit(blocks: Sequence[Json], most: int = MOST_BLOCKS, room: int = MOST_CHARACTERS) -> list[Json]:
    """Return the blocks where all fit, otherwise the first ones and a note, and every row of buttons that fits."""
    if len(blocks) <= most and sum(map(cost, blocks)) <= room:
        return list(blocks)
    end = note(_CUT)
    buttons = _leading([it for it in blocks if _acts(it)], most // 2, room // 2)
    shown = _leading(
        [it for it in blocks if not _acts(it)], most - len(buttons) - 1, room - cost(end) - sum(map(cost, buttons))
    )
    kept = [it for it in blocks if any(it is other for other in (*shown, *buttons))]
    place = next((number for number, it in enumerate(kept) if it is shown[-1]), -1) + 1 if shown else 0
    return [*kept[:place], end, *kept[place:]]


def _acts(block: Json) -> bool:
    return block["type"] == "actions"


def _leading(blocks: Sequence[Json], most: int, room: int) -> list[Json]:
    """Return the first of these blocks, as many as there is room for."""
    found: list[Json] = []
    for block in blocks[:most]:
        room -= cost(block)
        if room < 0:
            break
        found.append(block)
    return found


def cost(block: Json) -> int:
    """Return how many characters Slack may count for a block, rather more than it does."""
    return _COST_OF_A_BLOCK + _cost(block)


def _cost(part: object) -> int:
    if isinstance(part, str):
        return size(part)
    if isinstance(part, dict):
        return _COST_OF_AN_ELEMENT + sum([_cost(value) for name, value in part.items() if name in _COUNTED])
    return sum(map(_cost, part)) if isinstance(part, list) else size(str(part))


_COUNTED = {"text", "value", "fallback", "format", "elements", "rows", "label", "hint"}
