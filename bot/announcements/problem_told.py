"""Tells the operator of a rollout what somebody reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.message import Bold, Button, Buttons, ButtonStyle, Message, Paragraph, Tone, line

if TYPE_CHECKING:
    from bot.domain.rollout import Rollout


def render(rollout: Rollout, reporter: str, text: str, *, critical: bool) -> Message:
    """Give the words of the reporter, and the ways to react."""
    kind = "critical problem" if critical else "problem"
    summary = f"{reporter} reports a {kind} with {rollout.name} {rollout.plan.title}: {text}"
    said = Paragraph(line(Bold(f"{reporter} reports a {kind}"), f" with {rollout.name} {rollout.plan.title}: {text}"))
    buttons = Buttons(
        (
            Button("Pause", f"/rollout pause --rollout {rollout.id}"),
            Button("Roll back", f"/rollout rollback 1 --rollout {rollout.id}", ButtonStyle.DANGER),
        )
    )
    return Message(summary, (said, buttons), Tone.DANGER if critical else Tone.WARNING)
