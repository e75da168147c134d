"""Says that a plan has been carried out to its last step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import held_lines
from bot.domain.duration import describe_duration
from bot.domain.message import Bold, Bullets, Message, Paragraph, Tone, line, plain_text

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.rollout import Rollout


def render(rollout: Rollout, now: datetime) -> Message:
    """Say that it is complete, how long it took and what is in force for good."""
    took = describe_duration(now - rollout.started_at, 2)
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), f" is complete, {took} after its start.")
    return Message(plain_text(text), (Paragraph(text), Bullets(held_lines(rollout.wanted))), Tone.SUCCESS)
