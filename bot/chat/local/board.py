"""The cards of a channel as they stand above the prompt: the latest in full, the others in a line each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.chat.local.drawing import draw
from bot.domain.message import Bullets, Fields, Marked, Message, Note, Paragraph, Plain, Table, Verbatim

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.chat.local.wording import Reader
    from bot.domain.message import Block, Button
    from bot.domain.outbox import Post

_OTHERS = 2
_LEAST_HEIGHT = 3
_FIRST_TO_GO: tuple[type[Block], ...] = (Verbatim, Table, Note, Bullets, Marked, Fields, Paragraph)
"""What a card can do without where the window is low, the least missed first; title, bar and buttons stay."""


@dataclass(frozen=True, slots=True)
class Board:
    """What is drawn, apart from the time at which it is read."""

    cards: tuple[Post, ...] = ()

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Return the buttons that can be pressed: those of the card that is drawn in full."""
        return self.cards[0].message.buttons if self.cards else ()

    def drawn(self, reader: Reader, width: int, height: int, first_number: int, *, colour: bool | None = None) -> str:
        """Return at most `height` lines with ANSI colours; an empty text where there is no card."""
        if not self.cards:
            return ""

        def rendered(message: Message) -> str:
            return draw(message, reader, width, first_number=first_number, colour=colour)

        others = [rendered(_in_one_line(post.message)) for post in self.cards[1 : _OTHERS + 1]]
        room = max(_LEAST_HEIGHT, height - sum(other.count("\n") for other in others))
        return _fitted(self.cards[0].message, room, rendered) + "".join(others)


def _in_one_line(message: Message) -> Message:
    return Message(message.summary, (Note((Plain(message.summary),)),), message.tone)


def _fitted(message: Message, height: int, rendered: Callable[[Message], str]) -> str:
    """Return a message in at most so many lines, without what is least missed where it is too long."""
    drawn = rendered(message)
    for kind in _FIRST_TO_GO:
        if drawn.count("\n") <= height:
            return drawn
        message = replace(message, blocks=tuple(block for block in message.blocks if not isinstance(block, kind)))
        drawn = rendered(message)
    return "".join(drawn.splitlines(keepends=True)[:height])
