"""How spans become characters that are safe on a terminal: what people wrote is shown and never acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.characters import visible
from bot.domain.message import Bold, Code, Mention, Moment, Plain

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from bot.domain.message import Line, Span

_MINUTES_PER_HOUR = 60
_MINUTES_PER_DAY = 24 * 60


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
