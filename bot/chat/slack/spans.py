"""Spans as Slack's own elements.

Words of people go into elements that are literal by construction (`text` in rich text, `plain_text` elsewhere), so that
`*_~` and backticks cannot format, and mentions, channels and addresses cannot become live. Mrkdwn is written by this
module alone, and only for a date or a mention of a checked id.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, assert_never

from bot.chat.slack.characters import shown, size
from bot.domain.message import Bold, Code, Mention, Moment, Plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.message import Line, Span

Json = dict[str, object]

PLATFORM = "slack"
NOTHING = "–"
SOMEBODY = "somebody"

DATE_FORMAT = "{date_short_pretty} at {time}"
"""Slack has `{ago}`, too, but documents it for the past alone and does not let it tick, so that it would soon be wrong."""

_SMALL = "\u200b"
"""Slack writes the first letter of a date's format large; in the middle of a line it is not to begin with one."""

_USER_ID = re.compile(r"[UW][A-Z0-9]{1,30}")
_MOST_SMALL_PRINT = 10
_SHORTEST_REST = 40
LONGEST_SPAN = 4_000


def text_leaf(text: str, style: str = "") -> Json:
    """Return words of a rich text; `style` is `bold`, `code` or nothing."""
    leaf: Json = {"type": "text", "text": text}
    return {**leaf, "style": {style: True}} if style else leaf


def emoji_leaf(name: str) -> Json:
    """Return one of Slack's standard emoji, which looks the same in every client."""
    return {"type": "emoji", "name": name}


def rich_line(line: Line, room: int) -> list[Json]:
    """Return a line as elements of a rich text, at least one; what goes beyond `room` is cut, and said to be."""
    leaves: list[Json] = []
    for span in line:
        if room <= 0:
            leaves.append(text_leaf("…"))
            break
        words = words_of(span, max(room, _SHORTEST_REST))
        room -= size(words)
        if words:
            leaves.append(_leaf(span, words, first=not leaves))
    return leaves if any(_tells(leaf) for leaf in leaves) else [text_leaf(NOTHING)]


def _tells(leaf: Json) -> bool:
    return leaf["type"] != "text" or bool(str(leaf["text"]).strip())


def _leaf(span: Span, words: str, *, first: bool) -> Json:
    match span:
        case Plain():
            return text_leaf(words)
        case Bold():
            return text_leaf(words, "bold")
        case Code():
            return text_leaf(words, "code")
        case Moment():
            form = _date_format(first=first)
            return {"type": "date", "timestamp": _seconds(span.at), "format": form, "fallback": words}
        case Mention():
            user = user_of(span)
            return text_leaf(words) if user is None else {"type": "user", "user_id": user}
        case _:
            assert_never(span)


def small_print(line: Line, room: int) -> list[Json]:
    """Return a line as text objects of a context block, at most ten, which Slack draws side by side in small grey."""
    objects = list(_small_print(line, room // max(1, len(line))))
    if len(objects) > _MOST_SMALL_PRINT:
        objects = [plain_object(shown("".join(map(words_of, line)).strip(), room))]
    return objects or [plain_object(NOTHING)]


def _small_print(line: Line, room: int) -> Iterator[Json]:
    """Yield words that stand together as one object, and each live thing as one of its own."""
    words, first = "", True
    for span in line:
        live = _live(span, first=first and not words.strip())
        if live is None:
            words += words_of(span, room)
            continue
        if words.strip():
            yield plain_object(words.strip())
        yield {"type": "mrkdwn", "text": live, "verbatim": True}
        words, first = "", False
    if words.strip():
        yield plain_object(words.strip())


def _live(span: Span, *, first: bool) -> str | None:
    if isinstance(span, Moment):
        return f"<!date^{_seconds(span.at)}^{_date_format(first=first)}|{words_of(span)}>"
    user = user_of(span) if isinstance(span, Mention) else None
    return None if user is None else f"<@{user}>"


def _date_format(*, first: bool) -> str:
    return DATE_FORMAT if first else _SMALL + DATE_FORMAT


def plain_object(text: str, *, emoji: bool = False) -> Json:
    """Return a text object without any markup; without `emoji` even `:tada:` stays as it is."""
    return {"type": "plain_text", "text": text, "emoji": emoji}


def words_of(span: Span, room: int = LONGEST_SPAN) -> str:
    """Return a span as visible characters, moments in UTC; what goes beyond `room` is cut, and said to be."""
    if isinstance(span, Moment):
        return f"{span.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return shown(span.text, room, telling=True) or (SOMEBODY if isinstance(span, Mention) else "")


def user_of(mention: Mention) -> str | None:
    """Return the person's id on Slack, or None where there is none of a form that Slack gives."""
    known = mention.on(PLATFORM)
    return known if known is not None and _USER_ID.fullmatch(known) else None


def _seconds(at: datetime) -> int:
    return max(0, int(at.timestamp()))
