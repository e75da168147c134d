"""Texts that mean harm, and messages that hold one of them everywhere."""

from __future__ import annotations

import random

from bot.domain.message import (
    BUTTON_COMMAND_LIMIT,
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Code,
    Fields,
    Heading,
    Mark,
    Marked,
    Mention,
    Message,
    Moment,
    Note,
    Paragraph,
    Progress,
    Table,
    Tone,
    Verbatim,
    line,
)
from tests.fakes.clock import START

PIECES = (
    "<!channel>", "<!here|here>", "<!everyone>", "<@U123>", "<@W1|boss>", "<#C1|general>", "<!subteam^S1>", "<!date^0^{ago}|now>",
    "<https://example.org|safe>", "https://example.org/?a=1&b=2", "mailto:a@example.org", "@here", "@Channel", "@everyone.", "#general",
    "*bold*", "_it_", "~gone~", "`code`", "```\nblock\n```", "> quote", "&lt;@U1&gt;", "&amp;", "&", "<", ">", ":tada:", ":100:",
    "\x00", "\x07", "\x1b[31m", "\x7f", "\x9b", "\r\n", "\n", "\t", "\u2028", "\u2029", "\x0b",
    "\u202e", "\u202a", "\u2066", "\u2067", "\u2069", "\u200e", "\u061c", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u200d", "\u200c",
    "\ud800", "\udfff", "\ude00\ud83d", "\ufe0f", "👩\u200d", "👩\u200d🚀", "🏴\U000e0067\U000e007f", "e\u0301", "\u0301" * 30, "\U0001fae8",
    "שלום", "مرحبا", "新しい", "a", " ", "word ", "\u00a0", "\u3000", "", "0", '"', "'", "\\", "{date}", "|", "^", "\ufffe",
)  # fmt: skip

LONGEST = 40_000
"""Slack cuts a text there."""


def hostile_text(chance: random.Random) -> str:
    """Return one text: a few pieces, thousands of them, or forty thousand characters of one."""
    match chance.randrange(60):
        case 0:
            return ((chance.choice(PIECES) or "x") * LONGEST)[:LONGEST]
        case 1:
            return "".join(chance.choices(PIECES, k=8_000))
        case _:
            return "".join(chance.choices(PIECES, k=chance.randrange(12)))


def everywhere(text: str, tone: Tone = Tone.INFO, times: int = 1) -> Message:
    """Return a message that holds a text in every place where one can stand, so many times."""
    whole = line(
        text,
        Bold(text),
        Moment(START),
        Code(text),
        Mention(text),
        Mention(text, (("slack", text),)),
        Mention(text, (("slack", "U0ENGINEER"),)),
    )
    command = text[:BUTTON_COMMAND_LIMIT]
    buttons = tuple(Button(text, command, style) for style in ButtonStyle) * times
    return Message(
        text,
        (
            *((Heading(text), Paragraph(whole), Note(whole)) * times),
            Bullets((whole,) * times),
            Fields(((text, whole),) * times),
            Progress(12.5, text),
            Marked(((Mark.FAILED, whole),) * times),
            Table((text, "n"), ((text, text),) * times),
            Table((text,) * 3, ((text, "", text),) * times),
            Table((), ((),)),
            Verbatim(text),
            Buttons(buttons),
            Buttons(()),
        ),
        tone,
    )
