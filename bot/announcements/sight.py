"""Says once that a rollout cannot be judged any more, and once that it can again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.message import Bold, Message, Paragraph, Tone, line, plain_text

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout


def render_lost(rollout: Rollout, because: str) -> Message:
    """Say what cannot be measured: nothing advances meanwhile, and nothing goes back by itself."""
    text = line(
        Bold(f"{rollout.name} {rollout.plan.title}"),
        f" cannot be judged: {because}. It does not advance until it can; going back always works.",
    )
    return Message(plain_text(text), (Paragraph(text),), Tone.WARNING)


def render_back(rollout: Rollout) -> Message:
    """Say that everything is measured again."""
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), " is judged again: every metric answers.")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)
