"""Says that a step has held for long enough and a person can take the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import next_button
from bot.domain.message import Bold, Buttons, Message, Paragraph, Tone, line, plain_text

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout


def render(rollout: Rollout) -> Message:
    """Say that nothing stands in the way and offer the button."""
    goal = f"“{rollout.following.name}”" if rollout.following is not None else "the end of the plan"
    text = line(
        Bold(f"{rollout.name} {rollout.plan.title}"),
        f": “{rollout.current.name}” has held. Nothing stands in the way of {goal}.",
    )
    return Message(plain_text(text), (Paragraph(text), Buttons((next_button(rollout),))), Tone.QUESTION)
