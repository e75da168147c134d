"""Says what is frozen, by whom, why and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.message import Block, Bold, Bullets, Line, Message, Moment, Note, Paragraph, Tone, line, plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.freeze import Freeze


def render(standing: Sequence[Freeze], environment: str, windows: tuple[str, ...]) -> Message:
    """List the freezes in force and the times in which nothing ever goes up."""
    blocks: list[Block] = []
    if standing:
        blocks += [Paragraph(line("The line is stopped:")), Bullets(tuple(_line(it) for it in standing))]
    else:
        blocks.append(Paragraph(line("The line runs: nobody stopped it.")))
    if windows:
        heading = line(f"In {environment} nothing goes up in these times:")
        blocks += [Paragraph(heading), Bullets(tuple(line(it) for it in windows))]
    summary = f"{len(standing)} freezes are standing" if standing else "The line runs"
    return Message(summary, tuple(blocks), Tone.WARNING if standing else Tone.INFO)


def render_declared(freeze: Freeze) -> Message:
    """Say that the line is stopped, and how it goes on."""
    text = line("The line is stopped: ", *_line(freeze))
    note = Note(line("Nothing goes up. Pausing, lowering and rolling back work as ever. /freeze off lets it go on."))
    return Message(plain_text(text), (Paragraph(text), note), Tone.WARNING)


def render_lifted(count: int, environment: str | None) -> Message:
    """Say that the line goes on."""
    where = f" in {environment}" if environment else ""
    text = line(f"The line goes on{where}: {count} {'freeze was' if count == 1 else 'freezes were'} lifted.")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)


def _line(freeze: Freeze) -> Line:
    until = (", until ", Moment(freeze.until)) if freeze.until is not None else (", until somebody lifts it",)
    return line(Bold(freeze.environment or "everywhere"), f", by {freeze.by}: {freeze.reason}", *until)
