"""Says that a rollout went back, how far, and what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import as_before, held_lines
from bot.domain.blockers import open_items
from bot.domain.message import Block, Bold, Bullets, Mark, Marked, Message, Paragraph, Tone, line, plain_text
from bot.domain.rollout import Status

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout


def render(rollout: Rollout) -> Message:
    """Say where the flags stand now, why, and list what people must do by hand."""
    if rollout.status is Status.ABORTED:
        what = f"was aborted; {as_before(rollout)}"
    else:
        what = f"was rolled back to level {rollout.level}"
    why = f" ({rollout.reason})" if rollout.reason else ""
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), f" {what}{why}.")
    blocks: list[Block] = [Paragraph(text), Bullets(held_lines(rollout.wanted))]
    items = open_items(rollout) if rollout.level is not None else ()
    if items:
        blocks.append(Paragraph(line("To be done by hand:")))
        blocks.append(Marked(tuple((Mark.OPEN, line(f"{item.key} {item.text}")) for item in items)))
    return Message(plain_text(text), tuple(blocks), Tone.DANGER)


def render_tripped(rollout: Rollout, because: str) -> Message:
    """Say at once that a guardrail took the rollout back, with the measurement that did it."""
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), f" goes back to level 1 by itself: {because}.")
    return Message(plain_text(text), (Paragraph(text), Bullets(held_lines(rollout.wanted))), Tone.DANGER)
