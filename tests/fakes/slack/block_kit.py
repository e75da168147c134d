"""The limits of Block Kit: those that slack_sdk's own models check, and those they leave to Slack.

Numbers are those of docs.slack.dev/reference/block-kit, and of slack_sdk's models where the pages name none.
"""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from tests.fakes.slack.texts import nodes, problems_of

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}

# By type of block or element, and field; `*` stands for every type. A field holds a string or a text object.
LONGEST = {
    ("*", "action_id"): 255,
    ("*", "block_id"): 255,
    ("*", "placeholder"): 150,
    ("section", "text"): 3000,
    ("header", "text"): 150,
    ("markdown", "text"): 12_000,
    ("button", "text"): 75,
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("button", "accessibility_label"): 75,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("image", "alt_text"): 2000,
    ("image", "image_url"): 3000,
    ("image", "title"): 2000,
    ("plain_text_input", "initial_value"): 3000,
}
# How many a list in a field may hold, and how long a text object in it may be.
MOST = {
    ("section", "fields"): (10, 2000),
    ("context", "elements"): (10, None),
    ("actions", "elements"): (25, None),
    ("context_actions", "elements"): (5, None),
    ("static_select", "options"): (100, None),
    ("multi_static_select", "options"): (100, None),
    ("static_select", "option_groups"): (100, None),
    ("overflow", "options"): (5, None),
    ("radio_buttons", "options"): (10, None),
    ("checkboxes", "options"): (10, None),
    ("table", "rows"): (100, None),
}
REQUIRED = {
    "header": ("text",),
    "button": ("text", "action_id"),
    "actions": ("elements",),
    "context": ("elements",),
    "input": ("label", "element"),
    "image": ("alt_text",),
    "markdown": ("text",),
}
ONLY_PLAIN = {("header", "text"), ("button", "text"), ("input", "label"), ("input", "hint"), ("*", "placeholder")}
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
OPTION = {"text": 75, "value": 150, "description": 75}
STYLES = {None, "primary", "danger"}

ONLY_IN_MESSAGES = {"markdown", "table", "file", "plan", "task_card", "context_actions"}
NOT_IN = {
    "actions": {
        "plain_text_input",
        "number_input",
        "email_text_input",
        "url_text_input",
        "image",
        "mrkdwn",
        "plain_text",
    },
    "input": {"button", "overflow", "image"},
    "section": {"plain_text_input", "number_input"},
}
ONLY_IN_CONTEXT = {"image", "mrkdwn", "plain_text"}


def problems(blocks: object, surface: Surface) -> list[str]:
    """List what is wrong with blocks, empty when Slack would take them."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return [f"blocks are a list of objects, and not {type(blocks).__name__}"]
    found = [problem for place, block in enumerate(blocks) for problem in _problems_of_block(block, surface, place)]
    if len(blocks) > MOST_BLOCKS[surface]:
        found.append(f"{len(blocks)} blocks, and a {surface} holds {MOST_BLOCKS[surface]}")
    for name in ("block_id", "action_id"):
        ids = Counter(str(node[name]) for node in nodes(blocks) if name in node)
        found += [f"{name} {one!r} stands there {count} times" for one, count in ids.items() if count > 1]
    return found


def _problems_of_block(block: dict[str, Any], surface: Surface, place: int) -> Iterator[str]:
    kind = str(block.get("type"))
    if surface != "message" and kind in ONLY_IN_MESSAGES:
        yield f"/blocks/{place}: a {kind} stands in messages only"
    for problem in (*_problems_by_models(block), *_problems_of_places(block)):
        yield f"/blocks/{place}: {problem}"
    for node in nodes(block):
        for problem in (*_problems_of_node(node), *_problems_of_text(node)):
            yield f"/blocks/{place}: {problem}"


def _problems_by_models(block: dict[str, Any]) -> Iterator[str]:
    """Let slack_sdk judge: it leaves out what it does not know, and checks its limits only on the way back."""
    try:
        parsed = Block.parse(copy.deepcopy(block))
        read = None if parsed is None else parsed.to_dict()
    except (SlackObjectFormationError, TypeError, KeyError, AttributeError, ValueError) as error:
        yield f"slack_sdk refuses it: {error}"
        return
    if read is None:
        yield f"no block is of type {block.get('type')!r}"
    else:
        yield from (f"nothing is called {path}" for path in _lost(block, read, ""))


def _lost(given: object, read: object, path: str) -> Iterator[str]:
    """Yield the paths of what slack_sdk did not recognise and so left out."""
    if isinstance(given, dict) and read is None:
        yield f"{path} of type {given.get('type')!r}"
    elif isinstance(given, dict) and isinstance(read, dict):
        for name in (name for name, value in given.items() if value not in (None, [], {}, "")):
            yield from _lost(given[name], read[name], f"{path}/{name}") if name in read else [f"{path}/{name}"]
    elif isinstance(given, list) and isinstance(read, list):
        for place, (one, other) in enumerate(itertools.zip_longest(given, read)):
            yield from _lost(one, other, f"{path}/{place}")


def _problems_of_places(block: dict[str, Any]) -> Iterator[str]:
    """Yield the elements that stand in a block which does not hold them."""
    kind = str(block.get("type"))
    inside = [*_list(block.get("elements")), block.get("element"), block.get("accessory")]
    held = [str(element.get("type")) for element in inside if isinstance(element, dict)]
    if kind == "context":
        yield from (f"a context holds no {one}" for one in held if one not in ONLY_IN_CONTEXT)
    yield from (f"a block of type {kind} holds no {one}" for one in held if one in NOT_IN.get(kind, set()))
    if kind == "section" and not (block.get("text") or block.get("fields")):
        yield "a section has text or fields"


def _problems_of_node(node: dict[str, Any]) -> Iterator[str]:
    kind = str(node.get("type"))
    yield from (f"a {kind} has to have {name}" for name in REQUIRED.get(kind, ()) if not node.get(name))
    for name, value in node.items():
        yield from _problems_of_field(kind, name, value)
    if kind == "button" and node.get("style") not in STYLES:
        yield f"a button has no style {node['style']!r}"
    if isinstance(node.get("confirm"), dict) and "confirm" in node["confirm"]:
        yield from _too_long("a confirmation's", node["confirm"], CONFIRM)
    for option in _list(node.get("options")):
        if isinstance(option, dict):
            yield from _too_long("an option's", option, OPTION)


def _problems_of_field(kind: str, name: str, value: object) -> Iterator[str]:
    length = len(text) if (text := _text(value)) is not None else 0
    limit = LONGEST.get((kind, name), LONGEST.get(("*", name)))
    if limit is not None and length > limit:
        yield f"{kind}.{name} has {length} characters, and may have {limit}"
    if isinstance(value, dict) and value.get("type") == "mrkdwn" and {(kind, name), ("*", name)} & ONLY_PLAIN:
        yield f"{kind}.{name} is of type plain_text only"
    if (kind, name) in MOST and isinstance(value, list):
        most, longest = MOST[kind, name]
        if len(value) > most:
            yield f"{kind}.{name} has {len(value)} entries, and may have {most}"
        for one in value:
            if longest is not None and len(_text(one) or "") > longest:
                yield f"an entry of {kind}.{name} has {len(_text(one) or '')} characters, and may have {longest}"


def _problems_of_text(node: dict[str, Any]) -> Iterator[str]:
    kind, text = node.get("type"), node.get("text")
    if kind not in {"mrkdwn", "plain_text"}:
        return
    if not isinstance(text, str) or not text:
        yield f"a text of type {kind} is empty"
    elif kind == "mrkdwn":
        yield from problems_of(text)


def _too_long(whose: str, part: dict[str, Any], limits: dict[str, int]) -> Iterator[str]:
    for name, limit in limits.items():
        length = len(_text(part.get(name)) or "")
        if length > limit:
            yield f"{whose} {name} has {length} characters, and may have {limit}"


def _text(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("text")
    return value if isinstance(value, str) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
