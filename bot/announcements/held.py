"""Says that the engine stopped a rollout by itself, or wants somebody to look at it, and which measurement made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.message import Bold, Button, Buttons, ButtonStyle, Message, Paragraph, Tone, line, plain_text
from bot.domain.rollout import Status

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout


def render(rollout: Rollout, because: str) -> Message:
    """Say what was measured and what a person can do now."""
    what = "is held" if rollout.status is Status.PAUSED else "needs a look"
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), f" {what} at “{rollout.current.name}”: {because}.")
    buttons = (
        Button("Resume", f"/rollout resume --rollout {rollout.id} --version {rollout.version}"),
        Button("Roll back", f"/rollout rollback 1 --rollout {rollout.id}", ButtonStyle.DANGER),
    )
    shown = buttons if rollout.status is Status.PAUSED else buttons[1:]
    return Message(plain_text(text), (Paragraph(text), Buttons(shown)), Tone.WARNING)
