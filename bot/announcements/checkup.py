"""Shows what a look over the whole installation found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import hint_line
from bot.domain.checkup import Grade
from bot.domain.message import Block, Bold, Heading, Line, Mark, Marked, Message, Paragraph, Tone, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.checkup import Finding

MARKS = {Grade.GOOD: Mark.DONE, Grade.DOUBTFUL: Mark.OPEN, Grade.FAILED: Mark.FAILED}


def render(findings: Sequence[Finding]) -> Message:
    """List the findings in the order in which they were made, and count what is wrong."""
    failed = sum(it.grade is Grade.FAILED for it in findings)
    doubtful = sum(it.grade is Grade.DOUBTFUL for it in findings)
    if failed:
        summary, tone = f"{failed} of {len(findings)} things do not work.", Tone.DANGER
    elif doubtful:
        summary, tone = f"Everything works; {doubtful} of {len(findings)} things deserve a look.", Tone.WARNING
    else:
        summary, tone = f"All {len(findings)} things work.", Tone.SUCCESS
    blocks: tuple[Block, ...] = (
        Heading("Rollcall's check-up"),
        Marked(tuple((MARKS[it.grade], _line(it)) for it in findings)),
        Paragraph(line(Bold(summary))),
    )
    return Message(summary, blocks, tone)


def _line(finding: Finding) -> Line:
    said = line(Bold(finding.what), f": {finding.sentence}")
    return (*said, *line(" → "), *hint_line(finding.hint)) if finding.hint else said
