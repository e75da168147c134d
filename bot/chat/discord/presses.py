"""Buttons on Discord: a command in a `custom_id`, in rows of five."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.characters import size
from bot.chat.discord.markdown import caption
from bot.domain.message import ButtonStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.message import Button

ROW = 5
MOST_BUTTONS = 25
LONGEST_LABEL = 80
LONGEST_ID = 100

STYLES = {ButtonStyle.PRIMARY: 1, ButtonStyle.DEFAULT: 2, ButtonStyle.DANGER: 4}
"""Discord's numbers: blurple, grey, red."""

PRESSED = re.compile(r"rc[0-9]{0,2}:(?P<command>.+)", re.DOTALL)
"""The `custom_id` of every button of ours; the number tells apart buttons of one message with the same command."""


@dataclass(frozen=True, slots=True)
class Press:
    """One button as Discord takes it."""

    label: str
    custom_id: str
    style: int


def command_pressed(custom_id: str) -> str | None:
    """Return the command line of a pressed button, or None where the button is none of ours."""
    found = PRESSED.fullmatch(custom_id)
    return found["command"] if found else None


def can_be_pressed(button: Button) -> bool:
    """Say whether Discord can carry a button's command; it counts some characters twice, and takes whole ones only."""
    try:
        button.command.encode()
    except UnicodeEncodeError:
        return False
    return bool(button.command) and size(_custom_id(button.command, MOST_BUTTONS)) <= LONGEST_ID


def presses(buttons: Sequence[Button]) -> tuple[Press, ...]:
    """Return the buttons of a whole message, each with an id that no other has."""
    earlier: dict[str, int] = {}
    found = []
    for button in buttons:
        number = earlier.get(button.command, 0)
        earlier[button.command] = number + 1
        found.append(Press(_label(button), _custom_id(button.command, number), STYLES[button.style]))
    return tuple(found)


def _custom_id(command: str, number: int) -> str:
    return f"rc{number or ''}:{command}"


def _label(button: Button) -> str:
    return caption(button.label, LONGEST_LABEL) or caption(button.command, LONGEST_LABEL) or "–"


def rows_of(pressed: Sequence[Press]) -> tuple[tuple[Press, ...], ...]:
    """Return buttons in rows of at most five."""
    return tuple(tuple(pressed[start : start + ROW]) for start in range(0, len(pressed), ROW))
