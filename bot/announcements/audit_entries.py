"""Shows entries of the audit log, and the outcome of verifying it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.domain.message import (
    Bold,
    Code,
    Fields,
    Heading,
    Line,
    Message,
    Moment,
    Paragraph,
    Table,
    Tone,
    Verbatim,
    line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.audit import Entry, Verification


def render_list(entries: Sequence[Entry], title: str) -> Message:
    """List entries, newest first."""
    if not entries:
        return Message("No audit entry was found.", (Paragraph(line("No audit entry was found.")),))
    rows = tuple(
        (
            str(it.seq),
            f"{it.at:%Y-%m-%d %H:%M:%S}",
            it.person,
            it.action if it.outcome == "accepted" else f"{it.action} ({it.outcome})",
            it.subject,
            change_of(it),
            it.reason or "–",
        )
        for it in entries
    )
    table = Table(("#", "When (UTC)", "Who", "What", "Subject", "Before → after", "Why"), rows)
    return Message(f"{title}: {len(entries)} entries", (Heading(title), table))


def change_of(entry: Entry) -> str:
    """Return the short form of before → after."""
    before, after = _short(entry.before), _short(entry.after)
    if before and after:
        return f"{before} → {after}" if before != after else after
    return after or before or "–"


def _short(facts: dict[str, object] | None) -> str:
    if not facts:
        return ""
    for name in ("says", "because"):
        if isinstance(facts.get(name), str):
            return str(facts[name])
    if "step" in facts:
        status = str(facts.get("status")).replace("_", " ")
        return f"{status}, step {facts['step']} {facts.get('name', '')}".strip()
    told = {name: value for name, value in facts.items() if value is not False and value not in ("", None)}
    return "; ".join(f"{name}: {value}" for name, value in told.items())


def render(entry: Entry) -> Message:
    """Show one entry with everything it holds."""
    fields: list[tuple[str, Line]] = [
        ("When", line(Moment(entry.at, relative=False))),
        ("Who", line(f"{entry.person} ({entry.platform} {entry.platform_id}, in {entry.channel or 'no channel'})")),
        ("What", line(f"{entry.action}, {entry.outcome}")),
        ("Subject", line(entry.subject, f" in {entry.environment}" if entry.environment else "")),
        ("Why", line(entry.reason or "no reason given")),
        ("Request", line(entry.request_id)),
        ("Hash", line(Code(entry.hash))),
    ]
    shown = {"before": entry.before, "after": entry.after}
    return Message(
        f"Audit entry {entry.seq}: {entry.action} {entry.subject}, {entry.outcome}",
        (Heading(f"Audit entry {entry.seq}"), Fields(tuple(fields)), Verbatim(json.dumps(shown, indent=2))),
    )


def render_verification(found: Verification) -> Message:
    """Say whether the log is as it was written, and give the head to publish."""
    if not found.valid:
        text = line("The audit log was tampered with: entry ", Bold(str(found.broken)), f": {found.problem}.")
        return Message(f"The audit log is broken at entry {found.broken}.", (Paragraph(text),), Tone.DANGER)
    head = line("Head: ", Code(str(found.head)))
    keep = line("Keep the head elsewhere: a log that was rewritten whole shows only against it (/audit verify HEAD).")
    text = line(f"The audit log is as it was written: {found.checked} entries were hashed and compared.")
    return Message(
        f"The audit log is valid: {found.checked} entries, head {found.head}",
        (Paragraph(text), Paragraph(head), Paragraph(keep)),
        Tone.SUCCESS,
    )
