"""A neutral message as the two bodies of an e-mail: plain text, and HTML in which everything people wrote is escaped."""

from __future__ import annotations

from datetime import UTC
from html import escape
from typing import TYPE_CHECKING, assert_never

from bot.domain.message import (
    Bold,
    Bullets,
    Buttons,
    Code,
    Fields,
    Heading,
    Mark,
    Marked,
    Mention,
    Moment,
    Note,
    Paragraph,
    Plain,
    Progress,
    Table,
    Tone,
    Verbatim,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.message import Block, Line, Message, Span

SIGNS = {Mark.DONE: "[x]", Mark.OPEN: "[ ]", Mark.SKIPPED: "[-]", Mark.CURRENT: "[>]", Mark.FAILED: "[!]"}
COLOURS = {
    Tone.INFO: "#3b6fb5",
    Tone.SUCCESS: "#2f7d4f",
    Tone.WARNING: "#b07a1e",
    Tone.DANGER: "#b3352c",
    Tone.QUESTION: "#6b4fa0",
}
WORTH_A_SUBJECT = 40
"""A subject ends with a sentence where that leaves so much of it, and with a word elsewhere."""

_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"></head><body style="margin:0;background:#f4f4f2">'
    '<div style="max-width:36em;margin:1.5em auto;padding:1.2em 1.6em;background:#fff;color:#222;'
    'border-top:4px solid {colour};font:16px/1.5 sans-serif">{body}</div></body></html>'
)


def plain_body(message: Message) -> str:
    """Return the text for readers who want no HTML; what is typed in chat is given as a line to type."""
    rows: list[str] = []
    for block in message.blocks:
        if rows and not isinstance(block, Note):
            rows.append("")
        rows += _plain(block)
    return "\n".join(rows or [message.summary]) + "\n"


def html_body(message: Message) -> str:
    """Return the HTML body, without anything that is fetched from elsewhere."""
    return _PAGE.format(colour=COLOURS[message.tone], body=html_of(message))


def html_of(message: Message) -> str:
    """Return the HTML of a message alone, to stand in a page."""
    return "".join(_html(block) for block in message.blocks) or f"<p>{escape(message.summary)}</p>"


def subject_of(message: Message, longest: int = 120) -> str:
    """Return the subject: the summary on one line, or as many of its sentences or words as there is room for."""
    words = " ".join(message.summary.split())
    if len(words) <= longest:
        return words
    sentences, ended, _ = words[:longest].rpartition(". ")
    if ended and len(sentences) >= WORTH_A_SUBJECT:
        return sentences
    fitting, _, cut = words[:longest].rpartition(" ")
    return f"{fitting or cut[: longest - 1]}…"


def _plain(block: Block) -> Iterator[str]:  # noqa: C901  # One arm for each kind of block is the simplest there is.
    match block:
        case Heading():
            yield from (block.text, "=" * min(len(block.text), 60))
        case Paragraph() | Note():
            yield _words(block.line)
        case Bullets():
            yield from (f"- {_words(it)}" for it in block.items)
        case Fields():
            yield from (f"{name}: {_words(value)}" for name, value in block.items)
        case Progress():
            yield f"{block.percent:g}% {block.label}"
        case Marked():
            yield from (f"{SIGNS[mark]} {_words(it)}" for mark, it in block.items)
        case Table():
            yield from (" | ".join(row) for row in (block.columns, *block.rows))
        case Verbatim():
            yield from block.text.splitlines()
        case Buttons():
            yield from (f"{it.label}, in chat: {it.command}" for it in block.items)
        case _:
            assert_never(block)


def _html(block: Block) -> str:  # noqa: C901  # As above.
    match block:
        case Heading():
            return f'<h1 style="font-size:1.25em;margin:0 0 .6em">{escape(block.text)}</h1>'
        case Paragraph():
            return f"<p>{_spans(block.line)}</p>"
        case Note():
            return f'<p style="color:#666;font-size:.85em">{_spans(block.line)}</p>'
        case Bullets():
            return _list(_spans(it) for it in block.items)
        case Fields():
            return _list(f"<b>{escape(name)}</b>: {_spans(value)}" for name, value in block.items)
        case Progress():
            return f"<p>{block.percent:g}% {escape(block.label)}</p>"
        case Marked():
            return _list(f"{SIGNS[mark]} {_spans(it)}" for mark, it in block.items)
        case Table():
            head = "".join(f"<th>{escape(it)}</th>" for it in block.columns)
            rows = "".join("<tr>" + "".join(f"<td>{escape(it)}</td>" for it in row) + "</tr>" for row in block.rows)
            return f'<table cellpadding="4"><tr>{head}</tr>{rows}</table>'
        case Verbatim():
            return f"<pre>{escape(block.text)}</pre>"
        case Buttons():
            return _list(f"{escape(it.label)}, in chat: <code>{escape(it.command)}</code>" for it in block.items)
        case _:
            assert_never(block)


def _list(items: Iterator[str]) -> str:
    return "<ul>" + "".join(f"<li>{it}</li>" for it in items) + "</ul>"


def _words(line: Line) -> str:
    return "".join(_text(it) for it in line)


def _text(span: Span) -> str:
    return f"{span.at.astimezone(UTC):%a %d %b %Y %H:%M} UTC" if isinstance(span, Moment) else span.text


def _spans(line: Line) -> str:
    return "".join(_span(it) for it in line)


def _span(span: Span) -> str:
    match span:
        case Plain() | Mention() | Moment():
            return escape(_text(span))
        case Bold():
            return f"<b>{escape(span.text)}</b>"
        case Code():
            return f"<code>{escape(span.text)}</code>"
        case _:
            assert_never(span)
