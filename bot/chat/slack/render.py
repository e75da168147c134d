"""A message as Slack shows it: blocks to look at, and a text for whoever listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.slack.blocks import draw
from bot.chat.slack.fallback import text_of
from bot.chat.slack.fitting import fit

if TYPE_CHECKING:
    from bot.chat.slack.spans import Json
    from bot.domain.message import Message


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """The arguments of the same names of `chat.postMessage` and `chat.update`, within the limits of both.

    `text` is escaped, but Slack looks for addresses and channels in it unless it is sent with `parse` as `none` and
    without unfurling.
    """

    text: str
    blocks: list[Json]


def render(message: Message, *, native_tables: bool = True) -> SlackMessage:
    """Draw a message; without `native_tables` every table is made of words, for where Slack refuses its own."""
    return SlackMessage(text_of(message), fit(draw(message, native_tables=native_tables)))
