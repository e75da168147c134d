"""Fits what is to be said into what Discord takes: what is long is cut, what is short is kept."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from bot.chat.characters import size
from bot.chat.discord.markdown import MORE, beginning, marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.message import Line

FENCE = "```"
LEAST_ROW = 100
"""A row of a list that has to be cut keeps at least so many characters; there are fewer rows instead."""

LEAST_PIECE = 120
"""A piece that has to be cut keeps at least so many; the last pieces are left out instead."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of its own: `prefix` is markup that makes it a heading, an item or small print."""

    prefix: str
    line: Line

    def drawn(self, room: int | None = None) -> str:
        """Return the row in at most `room`."""
        return self.prefix + marked(self.line, None if room is None else max(0, room - size(self.prefix)))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows below one another; where there are too many, the last ones are counted."""

    items: tuple[Row, ...]

    def drawn(self, room: int | None = None) -> str:
        """Return as many rows as fit into `room`, long ones cut, and how many there are besides."""
        whole = [row.drawn() for row in self.items]
        if room is None or _joined_size(whole) <= room:
            return "\n".join(whole)
        sizes = [size(it) + 1 for it in whole]
        left = room - size(_others(len(whole)))
        kept = most_kept(sizes, left, LEAST_ROW)
        share = share_of(sizes[:kept], left)
        lines = [
            it if length <= share else row.drawn(share - 1)
            for it, length, row in zip(whole[:kept], sizes[:kept], self.items[:kept], strict=True)
        ]
        if kept < len(whole):
            lines.append(_others(len(whole) - kept))
        drawn = "\n".join(lines)
        return drawn if size(drawn) <= room else ""


@dataclass(frozen=True, slots=True)
class Fenced:
    """Lines in a block of code, already safe there."""

    lines: tuple[str, ...]

    def drawn(self, room: int | None = None) -> str:
        """Return as many lines as fit into `room`, and how many there are besides."""
        whole = _fenced(self.lines)
        if room is None or size(whole) <= room:
            return whole
        left = room - size(_fenced(("",))) - size(_others(len(self.lines)))
        sums = accumulate(size(line) + 1 for line in self.lines)
        kept = [line for line, total in zip(self.lines, sums, strict=True) if total <= left]
        if not kept:
            # An endless line is cut rather than left out.
            kept.append(beginning(self.lines[0], left - 2) + MORE)
        more = len(self.lines) - len(kept)
        drawn = _fenced((*kept, _others(more)) if more else kept)
        return drawn if size(drawn) <= room else ""


Piece = Rows | Fenced


def fitted(pieces: Sequence[Piece], whole: Sequence[str], room: int) -> list[str]:
    """Return every piece so that all together fit into `room`, a line break after each; the longest are cut first.

    `whole` is how they are drawn at full length. A piece that has no room is left out, and so is empty here.
    """
    sizes = [size(it) + 1 for it in whole]
    kept = most_kept(sizes, room, LEAST_PIECE)
    share = share_of(sizes[:kept], room)
    drawn = [
        it if length <= share else piece.drawn(share - 1)
        for it, length, piece in zip(whole[:kept], sizes[:kept], pieces[:kept], strict=True)
    ]
    return drawn + [""] * (len(whole) - kept)


def _fenced(lines: Sequence[str]) -> str:
    return "\n".join((FENCE, *lines, FENCE))


def _others(count: int) -> str:
    return f"{MORE} and {count} more"


def _joined_size(texts: Sequence[str]) -> int:
    return sum(map(size, texts)) + max(0, len(texts) - 1)


def share_of(sizes: Sequence[int], room: int) -> int:
    """Return the most that each may take so that all fit into `room`: what is shorter leaves the rest to the others."""
    left = room
    for place, length in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if length > share:
            return max(0, share)
        left -= length
    return room


def most_kept(sizes: Sequence[int], room: int, least: int) -> int:
    """Return how many of the first ones can be kept where none that is cut shall keep less than `least`."""

    def too_many(count: int) -> bool:
        return share_of(sizes[:count], room) < min(least, max(sizes[:count]))

    # Nothing takes less than one.
    counts = range(1, min(len(sizes), max(0, room)) + 1)
    return bisect_left(counts, x=True, key=too_many)
