"""Tells the operator of a rollout what somebody reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.message import Bold, Button, Buttons, ButtonStyle, Mention, Message, Paragraph, Tone, line, plain_text

if TYPE_CHECKING:
    from bot.domain.announcement import ReportedProblem
    from bot.domain.rollout import Rollout


def render(rollout: Rollout, number: int, reporter: str, text: str, *, critical: bool) -> Message:
    """Give the words of the reporter, and the ways to react."""
    kind = "critical problem" if critical else "problem"
    summary = f"{reporter} reports a {kind} with {rollout.name} {rollout.plan.title}: {text}"
    said = Paragraph(line(Bold(f"{reporter} reports a {kind}"), f" with {rollout.name} {rollout.plan.title}: {text}"))
    buttons = Buttons(
        (
            Button("Pause", f"/rollout pause --rollout {rollout.id}"),
            Button("Roll back", f"/rollout rollback 1 --rollout {rollout.id}", ButtonStyle.DANGER),
            Button("Resolved", f"/rollout resolved {number}"),
        )
    )
    return Message(summary, (said, buttons), Tone.DANGER if critical else Tone.WARNING)


def render_resolved(rollout: Rollout, problem: ReportedProblem, by: str, says: str) -> Message:
    """Tell the reporter and the operator that it is no more."""
    who = Mention(problem.person, ((problem.platform, problem.platform_id),))
    more = f": {says}" if says else ""
    text = line(
        who,
        f", the problem that you reported of {rollout.name} {rollout.plan.title} is resolved, says {by}{more}. It was: {problem.text}",
    )
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)
