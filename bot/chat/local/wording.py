"""How spans become characters that are safe on a terminal: what people wrote is shown and never acts."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.message import Bold, Code, Mention, Moment, Plain

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from bot.domain.message import Line, Span

_JOINERS = "\u200c\u200d"
"""Invisible, and yet part of how Persian words and many emoji are written."""

_EMOJI_PLANE = range(0x1F000, 0x1FC00)
"""Python knows the emoji of its release date; younger ones in this range are shown all the same."""

_MINUTES_PER_HOUR = 60
_MINUTES_PER_DAY = 24 * 60


def visible(text: str) -> str:
    """Return one line in which whatever could move the cursor, colour, hide or reorder text is spelled out instead."""
    return text if text.isprintable() else "".join(map(_visible_character, text))


def visible_lines(text: str) -> tuple[str, ...]:
    """Return the lines of a longer text, each as `visible` does, with tabs as spaces."""
    lines = text.replace("\r\n", "\n").expandtabs(4).split("\n")
    return tuple(visible(line) for line in lines)


def _visible_character(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character in "\n\t" or unicodedata.category(character) == "Zs":
        return " "
    if ord(character) in _EMOJI_PLANE and unicodedata.category(character) == "Cn":
        return character
    return character.encode("unicode_escape").decode("ascii")


@dataclass(frozen=True, slots=True)
class Reader:
    """When and where a message is read; without a zone it is the machine's own."""

    now: datetime
    zone: tzinfo | None = None

    def words(self, span: Span) -> str:
        """Return a span as visible characters, moments in the reader's time zone."""
        match span:
            case Plain() | Bold() | Code() | Mention():
                return visible(span.text)
            case Moment():
                return self.moment(span)

    def moment(self, moment: Moment) -> str:
        """Return `14:20 CET (in 3 h 20 min)`, with the day where it is another one."""
        there, here = moment.at.astimezone(self.zone), self.now.astimezone(self.zone)
        if there.date() == here.date():
            written = f"{there:%H:%M %Z}"
        elif there.year == here.year:
            written = f"{there:%a} {there.day} {there:%b %H:%M %Z}"
        else:
            written = f"{there:%a} {there.day} {there:%b %Y %H:%M %Z}"
        return f"{written} ({self.distance(moment.at)})" if moment.relative else written

    def distance(self, at: datetime) -> str:
        """Return how far off an instant is: `in 3 h 20 min`, `now`, `2 d 4 h ago`.

        What is to come is rounded up to whole minutes, so that a countdown ends when it says so.
        """
        seconds = (at - self.now).total_seconds()
        if seconds > 0:
            return f"in {_two_units(-int(-seconds // 60))}"
        minutes = int(-seconds // 60)
        return f"{_two_units(minutes)} ago" if minutes else "now"


def text_of(line: Line, reader: Reader) -> str:
    """Return a line as bare characters, without any marking."""
    return "".join(reader.words(span) for span in line)


def _two_units(minutes: int) -> str:
    days, rest = divmod(minutes, _MINUTES_PER_DAY)
    hours, rest = divmod(rest, _MINUTES_PER_HOUR)
    parts = [f"{amount} {unit}" for amount, unit in ((days, "d"), (hours, "h"), (rest, "min")) if amount]
    # "2 d 5 min" would read as more exact than it is: only neighbouring units stand together.
    return parts[0] if days and not hours else " ".join(parts[:2])


def percent_text(percent: float) -> str:
    """Return a percentage as people write it: `25%`, `12.5%`, `0.001%`."""
    return f"{round(percent, 3):.3f}".rstrip("0").rstrip(".") + "%"
