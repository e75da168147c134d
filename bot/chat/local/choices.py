"""Buttons as numbers to type: which number presses which button now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.message import Button, Message


@dataclass(frozen=True, slots=True)
class Choices:
    """The buttons within reach: those of the latest reply that has any, then those of the cards on show.

    The numbers run on from the one to the other, so that no number on the screen means two things.
    """

    reply: tuple[Button, ...] = ()
    cards: tuple[Button, ...] = ()

    @property
    def first_card_number(self) -> int:
        """Return the number of the first button of the cards."""
        return len(self.reply) + 1

    @property
    def count(self) -> int:
        """Return how many buttons can be pressed; they are numbered from 1."""
        return len(self.reply) + len(self.cards)

    def pressed(self, text: str) -> Button | None:
        """Return the button that a typed line presses, or None where it is no number of one."""
        typed = text.strip()
        if not (typed.isascii() and typed.isdigit()) or len(typed) > len(str(self.count)):
            return None
        number = int(typed)
        return (self.reply + self.cards)[number - 1] if 1 <= number <= self.count else None

    def after_reply(self, message: Message) -> Choices:
        """Return the choices once a reply is shown; one without buttons leaves the earlier ones within reach."""
        return Choices(message.buttons, self.cards) if message.buttons else self

    def after_press(self, button: Button) -> Choices:
        """Return the choices once a button was pressed: a reply's buttons are used up by one of them."""
        return Choices((), self.cards) if button in self.reply else self
