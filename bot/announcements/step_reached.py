"""Says that a step's settings are in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import affected, held_lines
from bot.domain.duration import describe_duration
from bot.domain.message import Bold, Bullets, Message, Moment, Paragraph, Tone, line, plain_text

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.rollout import Rollout


def render(rollout: Rollout, now: datetime) -> Message:
    """Say what is in force since now, whom it reaches and how long it holds."""
    reached = affected(rollout)
    first = line(
        Bold(f"{rollout.name} {rollout.plan.title}"),
        f": “{rollout.current.name}” is in force",
        f", {reached}." if reached else ".",
    )
    blocks: list[Paragraph | Bullets] = [Paragraph(first), Bullets(held_lines(rollout.wanted))]
    if rollout.current.soak:
        held = describe_duration(rollout.current.soak)
        blocks.append(Paragraph(line(f"It holds for {held}, until ", Moment(now + rollout.current.soak), ".")))
    return Message(plain_text(first), tuple(blocks), Tone.SUCCESS)
