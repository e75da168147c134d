"""How spans become Discord's markup: what people wrote is shown as they wrote it, and never acts."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, assert_never

from bot.chat.characters import JOINERS, size, visible
from bot.domain.message import Bold, Code, Mention, Moment, Plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.message import Line, Span

PLATFORM = "discord"
MOST_TEXT = 4000
"""So many characters have all texts of one message together, after all that was put in to make them safe."""

MORE = "…"

BREAK = "\u200b"
"""A character without width that takes a token apart for the server, which reads the text before any escape is undone."""

_UNSEEN = ("Z", "M")
"""Spaces, and marks that stand on another character: by themselves they draw nothing."""

# A backslash takes the meaning of any sign. Colons begin shortcodes (`:tada:`), also across what another span adds, and
# stand in every address that becomes a link; invitations become cards without any scheme.
_MARKUP = re.compile(r"[\\*_~`|<\[]|:(?=\S|$)|(?:(?<=discord)|(?<=discordapp))\.", re.IGNORECASE)
_ENDING = re.compile(r"\\:$")
_PINGS = re.compile(r"@(?=everyone|here|[!&]?[0-9])", re.IGNORECASE)
_FENCES = re.compile(r"`(?=`)")

# Headings, small print, lists and quotes begin a line.
_BEGINNINGS = re.compile(r"#(?=#{0,2}(?:\s|$))|-(?=#|\s|$)|\+(?=\s|$)|>|(?<=[0-9])\.(?=\s|$)")
_NUMBERED = re.compile(r"[0-9]{1,20}(?=\.)")

_ID = re.compile(r"[1-9][0-9]{0,18}")


def beginning(text: str, room: int) -> str:
    """Return as much of the beginning of a text as has this size."""
    length = bisect_right(range(len(text)), room, key=lambda end: size(text[: end + 1]))
    return text[:length].rstrip(JOINERS)


def is_blank(text: str) -> bool:
    """Say whether nothing of a text would be seen."""
    return all(it in JOINERS or unicodedata.category(it).startswith(_UNSEEN) for it in visible(text))


def caption(text: str, room: int) -> str:
    """Return words for where there is no markup: as much of them as fits, or nothing where none would be seen."""
    if is_blank(text):
        return ""
    shown = visible(text).strip()
    return shown if size(shown) <= room else beginning(shown, room - size(MORE)).rstrip() + MORE


def escaped(text: str) -> str:
    """Return visible text in which no sign means anything but itself, wherever in a line it stands but at its start."""
    return _without_pings(_MARKUP.sub(lambda sign: f"\\{sign[0]}", text))


def unmarked(text: str) -> str:
    """Return visible text that stands in code, where only its fence and mentions mean anything."""
    return _without_pings(_FENCES.sub(f"`{BREAK}", text))


def _without_pings(text: str) -> str:
    return _PINGS.sub(f"@{BREAK}", text)


def begun(text: str) -> str:
    """Return escaped text so that it may begin a line, a heading or an item of a list."""
    number = _NUMBERED.match(text)
    sign = _BEGINNINGS.match(text, number.end() if number else 0)
    return f"{text[: sign.start()]}\\{text[sign.start() :]}" if sign else text


def mentioned(line: Line) -> Iterator[int]:
    """Yield the ids of the people whom a line notifies."""
    for span in line:
        if isinstance(span, Mention) and (identity := _identity(span)):
            yield int(identity)


def _identity(mention: Mention) -> str:
    found = mention.on(PLATFORM) or ""
    return found if _ID.fullmatch(found) else ""


def marked(line: Line, room: int | None = None) -> str:
    """Return a line as Discord's markup, with a sign of what is missing where it is longer than `room`.

    Line breaks, signs at the start and markup that people typed come out as text.
    """
    spans = tuple(_joined(line))
    whole = _ENDING.sub(":", begun("".join(map(_span, spans)).strip()))
    return whole if room is None or size(whole) <= room else _shortened(spans, room)


def _shortened(spans: tuple[Span, ...], room: int) -> str:
    """Return the beginning of a line: spans are kept while they fit, and the words of the next one."""
    # A sign at the start may need a backslash.
    drawn, left = "", room - size(MORE) - 1
    for span in spans:
        free = left - size(drawn)
        piece = _span(span)
        if size(piece) <= free:
            drawn += piece
            continue
        if isinstance(span, Plain | Bold | Code):
            drawn += _span(_beginning(span, free))
        break
    return f"{begun(drawn.strip())}{MORE}" if left >= 0 else ""


def _beginning(span: Plain | Bold | Code, room: int) -> Plain | Bold | Code:
    """Return the longest beginning of a span that is drawn in `room`, ended between words where one ends nearby."""
    text = visible(span.text[: max(0, room)])
    length = bisect_right(range(len(text)), room, key=lambda end: size(_span(replace(span, text=text[: end + 1]))))
    kept = text[:length]
    words, blank, last = kept.rpartition(" ")
    return replace(span, text=words if blank and len(last) <= len(kept) // 4 else kept.rstrip(JOINERS))


def _joined(line: Line) -> Iterator[Span]:
    """Yield the spans with neighbours of one kind as one: apart, each could be harmless where both together are not.

    Of an endless one only so much is left as is enough to be too long.
    """
    for kind, group in groupby(map(_known, line), type):
        spans = tuple(group)
        words = "".join(span.text for span in spans if not isinstance(span, Moment))[: MOST_TEXT + 1]
        if issubclass(kind, Plain | Bold | Code):
            yield kind(words)
        else:
            yield from spans


def _known(span: Span) -> Span:
    """Return a span, with the name of somebody whom Discord does not know as words that stand out."""
    return Bold(span.text) if isinstance(span, Mention) and not _identity(span) else span


def _span(span: Span) -> str:
    match span:
        case Plain():
            return escaped(visible(span.text))
        case Bold():
            return _bold(visible(span.text))
        case Code():
            return _code(visible(span.text))
        case Moment():
            return _moment(span)
        case Mention():
            return f"<@{_identity(span)}>"
        case _:
            assert_never(span)


def _bold(text: str) -> str:
    words = text.strip()
    if not words:
        return text
    before, _, after = text.partition(words)
    return f"{before}**{escaped(words)}**{after}"


def _code(text: str) -> str:
    # Code that holds its own fence could end early: such a text is told as words.
    if not text.strip() or "`" in text:
        return escaped(text)
    return f"`{_without_pings(text)}`"


def _moment(moment: Moment) -> str:
    unix = int(moment.at.timestamp())
    return f"<t:{unix}:f> (<t:{unix}:R>)" if moment.relative else f"<t:{unix}:f>"
