"""What Slack makes of text: who is pinged by it, what it links to, how it reads, and what in it is malformed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LIVE = re.compile(
    r"<(?:@(?P<user>[UW][A-Z0-9]+)|!subteam\^(?P<group>S[A-Z0-9]+)|!(?P<all>here|channel|everyone))(?:\|[^<>]*)?>"
)
RAW = re.compile(r"(?<![\w@/.])@(here|channel|everyone)\b", re.IGNORECASE)
LINK = re.compile(r"<((?:https?|mailto|tel|slack):[^|<>]*)(?:\|[^<>]*)?>")
AUTOMATIC_LINK = re.compile(r"(?<![<\w/|])((?:https?://|www\.)[^\s<>|]+)")
CHANNEL_NAME = re.compile(r"(?<![\w#<&])#([\w-]+)")
DATE = re.compile(r"<!date\^(?P<at>[^\^|<>]*)\^(?P<form>[^\^|<>]*)(?:\^[^|<>]*)?(?:\|(?P<fallback>[^<>]*))?>")
CONSTRUCT = re.compile(
    r"<(?:@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+|!(?:here|channel|everyone)|!(?:subteam|date)\^[^|<>]+|(?:https?|mailto|tel|slack):[^|<>]*)(?:\|[^<>]*)?>",
)
BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
DATE_TOKENS = {
    "{date_num}",
    "{date}",
    "{date_short}",
    "{date_long}",
    "{date_pretty}",
    "{date_short_pretty}",
    "{date_long_pretty}",
    "{date_slash}",
    "{day_divider_pretty}",
    "{time}",
    "{time_secs}",
    "{ago}",
}


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text that Slack looks into; `processed` where it looks for bare names and addresses, too."""

    text: str
    processed: bool


def mentions_in(formatted: Formatted) -> Iterator[str]:
    """Yield whom a text pings: `U…`, `S…` for a group, `@here`, `@channel` or `@everyone`."""
    for found in LIVE.finditer(formatted.text):
        yield found["user"] or found["group"] or f"@{found['all']}"
    if formatted.processed:
        yield from (f"@{found[1].lower()}" for found in RAW.finditer(LIVE.sub("", formatted.text)))


def links_in(formatted: Formatted, channel_names: frozenset[str]) -> Iterator[str]:
    """Yield the addresses a text links to, and the `#names` of channels that become links by themselves."""
    for found in LINK.finditer(formatted.text):
        yield html.unescape(found[1])
    if formatted.processed:
        rest = CONSTRUCT.sub("", formatted.text)
        yield from (html.unescape(found[1]) for found in AUTOMATIC_LINK.finditer(rest))
        yield from (found[0] for found in CHANNEL_NAME.finditer(rest) if found[1] in channel_names)


def problems_of(text: str) -> Iterator[str]:
    """Yield what is malformed in mrkdwn: characters left as they are, and dates that Slack cannot read."""
    left = CONSTRUCT.sub("", text)
    if "<" in left:
        yield f"a `<` that opens nothing Slack knows in {text!r}"
    if BARE_AMPERSAND.search(LINK.sub("", text)):
        yield f"a bare `&` in {text!r}"
    for found in DATE.finditer(text):
        yield from _problems_of_date(found)
    if text.count("<!date") > len(DATE.findall(text)):
        yield f"a date that Slack cannot read in {text!r}"


def _problems_of_date(found: re.Match[str]) -> Iterator[str]:
    if not found["at"].isdecimal():
        yield f"a date without Unix seconds: {found[0]}"
    if not found["fallback"]:
        yield f"a date without a fallback text: {found[0]}"
    if unknown := set(re.findall(r"\{[^}]*\}", found["form"])) - DATE_TOKENS:
        yield f"a date with {', '.join(sorted(unknown))}, which Slack does not know: {found[0]}"


def seen(text: str, names: Mapping[str, str]) -> str:
    """Return a text as it is read; `names` holds what people and channels are called, by their ids.

    Dates read as their fallback texts, and links as their labels.
    """

    def read(found: re.Match[str]) -> str:
        target, _, label = found[0][1:-1].partition("|")
        if target[0] in "@#":
            return target[0] + names.get(target[1:], label or target[1:])
        if target[0] == "!" and "^" not in target:
            return f"@{target[1:]}"
        return label or target

    return html.unescape(CONSTRUCT.sub(read, text))


# ---------------------------------------------------------------------------------------------------------------------
# Blocks


def nodes(part: object) -> Iterator[dict[str, Any]]:
    """Yield every object within blocks, outer ones first."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from nodes(value)
    elif isinstance(part, list):
        for value in part:
            yield from nodes(value)


def formatted_in(blocks: object) -> Iterator[Formatted]:
    """Yield the texts within blocks that Slack looks into, which those of type `plain_text` are not."""
    for node in nodes(blocks):
        if node.get("type") in {"mrkdwn", "markdown"} and isinstance(node.get("text"), str):
            yield Formatted(node["text"], processed=not node.get("verbatim", False))
        elif (read := _RICH.get(str(node.get("type")))) is not None and (text := read(node)):
            yield Formatted(text, processed=False)


_RICH: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "user": lambda node: f"<@{node['user_id']}>" if "user_id" in node else None,
    "usergroup": lambda node: f"<!subteam^{node['usergroup_id']}>" if "usergroup_id" in node else None,
    "broadcast": lambda node: f"<!{node['range']}>" if "range" in node else None,
    "link": lambda node: f"<{node['url']}>" if "url" in node else None,
}


def lines_in(blocks: object, names: Mapping[str, str]) -> Iterator[str]:
    """Yield blocks as they are read, text by text; what can be pressed stands in square brackets."""
    if isinstance(blocks, list):
        for part in blocks:
            yield from lines_in(part, names)
    elif isinstance(blocks, dict):
        yield from _lines_of(blocks, names)


def _lines_of(part: dict[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    text = part.get("text")
    match part.get("type"):
        case "mrkdwn" | "markdown" if isinstance(text, str):
            yield seen(text, names)
        case "plain_text" | "raw_text" | "text" if isinstance(text, str):
            yield text
        case "button" if isinstance(text, dict):
            yield f"[{text.get('text')}]"
        case "image":
            yield f"({part.get('alt_text')})"
        case "rich_text_section" | "rich_text_quote" | "rich_text_preformatted":
            yield "".join(_inline(element, names) for element in part.get("elements", ()))
        case _:
            for name, value in part.items():
                if name not in {"confirm", "placeholder"}:
                    yield from lines_in(value, names)


def _inline(element: dict[str, Any], names: Mapping[str, str]) -> str:
    """Return one element within a line of rich text as it is read; an emoji by its name."""
    match element.get("type"):
        case "user":
            return f"@{names.get(str(element.get('user_id')), element.get('user_id'))}"
        case "channel":
            return f"#{names.get(str(element.get('channel_id')), element.get('channel_id'))}"
        case "usergroup":
            return f"@{element.get('usergroup_id')}"
        case "broadcast":
            return f"@{element.get('range')}"
        case "emoji":
            return f":{element.get('name')}:"
        case "link":
            return str(element.get("text") or element.get("url"))
        case "date":
            return str(element.get("fallback"))
        case _:
            return str(element.get("text", ""))
