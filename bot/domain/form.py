"""A question in the form of a dialog: what will happen, and what the person is asked to write before it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.message import Message

LONGEST_ANSWER = 1000
"""Characters of one field; a reason is kept in the audit log and shown to the others."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One text that the person writes. `name` is the option of the command that takes it."""

    name: str
    label: str
    required: bool = False
    multiline: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A dialog that leads to one command.

    `command` is the line that is done on submission, with the fields' texts as values of its options; `explains` says
    exactly what will happen. A platform shows `title` in at most 24 characters (Slack) and at most five fields (Discord).
    """

    title: str
    explains: Message
    fields: tuple[FormField, ...]
    submit: str
    command: str
    danger: bool = False
