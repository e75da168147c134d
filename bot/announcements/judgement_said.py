"""The answers to what people say of a rollout: figures, problems, approvals, rejections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements import gates
from bot.announcements.wording import next_button
from bot.domain.message import (
    Block,
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Message,
    Note,
    Paragraph,
    Tone,
    line,
    plain_text,
)

if TYPE_CHECKING:
    from bot.domain.announcement import ReportedProblem
    from bot.domain.judgement_view import Approved, Reported
    from bot.domain.rollout import Rollout


def render_figure(rollout: Rollout, metric: str, says: str, *, baseline: bool) -> Message:
    """Say that a figure is noted, and which gates and guardrails are judged by it: that happens after this."""
    what = f"was {says} before the rollout," if baseline else f"is {says}"
    text = line("Noted: ", Bold(metric), f" {what} for {rollout.name} {rollout.plan.title}.")
    judged = () if baseline else gates.judged_by(rollout, metric)
    blocks: tuple[Block, ...] = (Paragraph(text),)
    if judged:
        blocks += (
            Paragraph(line("Now judged by it:")),
            Bullets(judged),
            Note(line("/rollout gates shows the verdicts.")),
        )
    return Message(plain_text(text), blocks, Tone.SUCCESS)


def render_problem(reported: Reported) -> Message:
    """Thank the reporter and tell the operator how many there are."""
    rollout, count = reported.rollout, reported.count
    number = "the first one" if count == 1 else f"number {count}"
    text = line(
        f"Noted, thank you: it is problem {reported.number}, {number} since this step of {rollout.name} {rollout.plan.title} began."
    )
    buttons = (
        Button("Pause", f"/rollout pause --rollout {rollout.id}"),
        Button("Roll back", f"/rollout rollback 1 --rollout {rollout.id}", ButtonStyle.DANGER),
    )
    note = Note(line("You will be told when it is resolved."))
    return Message(plain_text(text), (Paragraph(text), note, Buttons(buttons)), Tone.WARNING)


def render_resolved(problem: ReportedProblem) -> Message:
    """Say that the reporter is told."""
    text = line(f"Problem {problem.id} is resolved; {problem.person} is told.")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)


def render_approved(approved: Approved) -> Message:
    """Say for which roles, and who is still missing."""
    rollout = approved.rollout
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), f" is approved by {', '.join(approved.roles)}.")
    blocks: list[Block] = [Paragraph(text)]
    if approved.still_missing:
        blocks.append(Paragraph(line(f"Still missing: {approved.still_missing}.")))
    else:
        blocks += [Paragraph(line("Everybody has said yes.")), Buttons((next_button(rollout),))]
    return Message(plain_text(text), tuple(blocks), Tone.SUCCESS)


def render_rejected(rollout: Rollout) -> Message:
    """Say that it waits, and why."""
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), f" waits: {rollout.reason}.")
    return Message(plain_text(text), (Paragraph(text),), Tone.WARNING)
