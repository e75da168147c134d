"""A message as whoever reads it needs it: drawn for a terminal, plain for a pipe, JSON for a program.

Only drawing imports rich, so that a command in a pipeline starts quickly.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.chat.local.plain import plain_message, signs_for
from bot.domain.message import Fields, Marked

if TYPE_CHECKING:
    from typing import TextIO

    from bot.chat.conversation import Reply
    from bot.chat.local.wording import Reader
    from bot.domain.message import Message

_NEAREST = str.maketrans(
    {
        "→": "->",
        "←": "<-",
        "…": "...",
        "–": "-",
        "—": "-",
        "·": "-",
        "•": "-",
        "“": '"',
        "”": '"',
        "’": "'",
        "≤": "<=",
        "≥": ">=",
    }
)


def show(message: Message, stream: TextIO, reader: Reader, *, colour: bool | None = None) -> None:
    """Write a message to a stream: drawn where a person looks at a terminal, plain everywhere else."""
    if stream.isatty() and signs_for(stream.encoding) is signs_for("utf-8"):
        from shutil import get_terminal_size

        from bot.chat.local.drawing import draw

        stream.write(draw(message, reader, get_terminal_size().columns, colour=colour))
    else:
        write_line(plain_message(message, reader, signs_for(stream.encoding)), stream)
    stream.flush()


def write_line(text: str, stream: TextIO) -> None:
    """Write a line; what the stream's encoding does not have is given by its nearest sign, or else as `?`."""
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_NEAREST).encode(encoding, "replace").decode(encoding)
    stream.write(text + "\n")


def message_json(message: Message) -> dict[str, object]:
    """Return a message as plain data: every block and span with its `kind`, instants as ISO 8601 in UTC."""
    # What it says to programs elsewhere is not a part of what it says here.
    return {name: value for name, value in _object(message).items() if name != "signal"}


def reply_json(reply: Reply) -> str:
    """Return a reply as one line of JSON, `outcome` first; what is no ASCII is escaped, so that it cannot act."""
    return json.dumps({"outcome": reply.outcome.name.lower(), **message_json(reply.message)})


def _object(value: object) -> dict[str, object]:
    match value:
        case Fields(items, kind):
            return {"kind": kind, "items": [{"name": name, "value": _data(line)} for name, line in items]}
        case Marked(items, kind):
            return {"kind": kind, "items": [{"mark": mark.value, "line": _data(line)} for mark, line in items]}
        case _ if is_dataclass(value):
            named = {field.name: _data(getattr(value, field.name)) for field in fields(value)}
            return {"kind": named.pop("kind"), **named} if "kind" in named else named
        case _:
            msg = f"a message holds no {type(value).__name__}"
            raise TypeError(msg)


def _data(value: object) -> object:
    match value:
        case StrEnum():
            return value.value
        case bool() | int() | float() | str() | None:
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case tuple():
            return [_data(item) for item in value]
        case _:
            return _object(value)
