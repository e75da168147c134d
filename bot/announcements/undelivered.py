"""Says in one channel that another one could not be reached, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.message import Bold, Message, Note, Paragraph, Tone, line, plain_text
from bot.domain.team import CHATS, platform_name

if TYPE_CHECKING:
    from bot.domain.outbox import Delivery


def render(failed: Delivery) -> Message:
    """Name the channel, what the platform said, and what did not arrive."""
    sign = "#" if failed.platform in CHATS else ""
    where = f"{platform_name(failed.platform)} {sign}{failed.channel.removeprefix('#')}"
    text = line("A message for ", Bold(where), " did not arrive: ", failed.error)
    what = (Note(line("It said: ", failed.message.summary)),) if failed.message is not None else ()
    return Message(plain_text(text), (Paragraph(text), *what), Tone.WARNING)
