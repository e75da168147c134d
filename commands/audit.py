"""`/audit`: who did what, when and why, and the proof that nothing was removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.announcements import audit_entries
from bot.domain.audit import Head
from bot.domain.errors import NotUnderstood
from bot.domain.message import Message, Note, Paragraph, Verbatim, line
from commands.command import Command, Option, OptionType, Request, Verb

if TYPE_CHECKING:
    from bot.operations import Operations

HEAD = re.compile(r"(?P<seq>[0-9]{1,15}):(?P<hash>[0-9a-f]{64})")
EXPORT_SHOWN = 20


async def search(request: Request, bot: Operations) -> Message:
    """List the newest entries that hold some words."""
    words = (request.get("words", str) or "").split()
    entries = await bot.audit.search(words, min(request.get("limit", int) or 20, 100))
    return audit_entries.render_list(entries, f"Audit log: {' '.join(words)}" if words else "Audit log, newest first")


async def show(request: Request, bot: Operations) -> Message:
    """Show one entry."""
    return audit_entries.render(await bot.audit.show(request.need("entry", int)))


async def verify(request: Request, bot: Operations) -> Message:
    """Check the whole chain."""
    return audit_entries.render_verification(await bot.audit.verify(head_of(request.get("head", str) or "")))


async def export(request: Request, bot: Operations) -> Message:
    """Show the newest entries as the JSON lines they are; the whole is for the command line."""
    del request
    lines: list[bytes] = []
    newest = await bot.audit.search((), 1)
    start = max(1, newest[0].seq - EXPORT_SHOWN + 1) if newest else 1
    count = await bot.audit.export(lines.append, start)
    return Message(
        f"The newest {count} entries as JSON lines",
        (
            Paragraph(line(f"The newest {count} entries, as they were hashed:")),
            Verbatim(b"".join(lines).decode()),
            Note(line("The whole log: rollcall audit export")),
        ),
    )


def head_of(text: str) -> Head | None:
    """Read a published head (`42:9f86d0…`). Raises NotUnderstood."""
    if not text:
        return None
    found = HEAD.fullmatch(text.strip().lower())
    if found is None:
        raise NotUnderstood(
            f"“{text[:60]}” is not a head; it looks like 42:9f86d0… with all 64 digits.", "/audit verify"
        )
    return Head(int(found["seq"]), found["hash"])


COMMAND = Command(
    "audit",
    "who did what, when and why, and the proof that nothing was removed",
    empty="search",
    verbs=(
        Verb(
            "search",
            "list the newest entries that hold some words",
            search,
            ("/audit search", "/audit search checkout refused", "/audit search --limit 50"),
            (
                Option("words", OptionType.TEXT, "words that must all be in the entry", positional=True, rest=True),
                Option("limit", OptionType.INTEGER, "how many, at most 100"),
            ),
        ),
        Verb(
            "show",
            "show one entry with everything it holds",
            show,
            ("/audit show 42",),
            (Option("entry", OptionType.INTEGER, "the entry's number", required=True, positional=True),),
        ),
        Verb(
            "verify",
            "check that every entry is as it was written, and show the head",
            verify,
            ("/audit verify",),
            (Option("head", OptionType.TEXT, "a head that was published elsewhere", positional=True),),
        ),
        Verb("export", "show the newest entries as JSON lines", export, ("/audit export",)),
    ),
)
