"""Dialogs before a dangerous act: exactly what will happen, and room for the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import affected, change_line, changes
from bot.domain.duration import describe_duration
from bot.domain.flag import OFF
from bot.domain.form import Form, FormField
from bot.domain.message import Block, Bullets, Message, Note, Paragraph, Tone, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.flag import FlagState
    from bot.domain.rollout import Rollout

WHY = FormField("because", "Why", multiline=True, hint="Kept in the audit log and shown to the others.")
WHY_NEEDED = FormField("because", "Why", required=True, multiline=True, hint="The others see it on the card.")
NOT_LISTED = 10
"""So many flags are named; of more the number is told."""


def render_move(title: str, submit: str, command: str, before: Rollout, after: Rollout, *, danger: bool = True) -> Form:
    """Ask before a rollout goes back or ends: each flag before → after, and how many are affected."""
    name = f"{before.name} {before.plan.title}"
    found = changes(before.wanted, after.wanted)
    blocks: list[Block] = [Paragraph(line(f"{name} is at step {before.step + 1}, “{before.current.name}”."))]
    if found:
        blocks.append(Bullets(found[:NOT_LISTED]))
    else:
        blocks.append(Paragraph(line("No flag changes by that.")))
    if len(found) > NOT_LISTED:
        blocks.append(Note(line(f"and {len(found) - NOT_LISTED} more flags")))
    if reached := affected(before):
        blocks.append(Paragraph(line(f"It reaches {reached} now.")))
    return Form(title, Message(f"{title}: {name}", tuple(blocks), Tone.DANGER), (WHY,), submit, command, danger)


def render_level(before: Rollout, after: Rollout, number: int, command: str) -> Form:
    """Ask before a rollback: which level it is, how long it takes and what it destroys."""
    form = render_move("Roll back", "Roll back now", command, before, after)
    level = next((it for it in before.plan.rollback if it.number == number), None)
    if level is None:
        return form
    takes = f", takes {describe_duration(level.takes)}" if level.takes else ""
    loses = (Paragraph(line(f"It destroys: {level.destroys.removesuffix('.')}.")),) if level.destroys else ()
    said = Paragraph(line(f"Level {number}: {level.name}{takes}."))
    explains = Message(form.explains.summary, (*form.explains.blocks, said, *loses), Tone.DANGER)
    return Form(form.title, explains, form.fields, form.submit, command, form.danger)


def render_reject(rollout: Rollout, command: str) -> Form:
    """Ask for the reason of a no."""
    text = line(f"{rollout.name} {rollout.plan.title} will wait at “{rollout.current.name}” until somebody resumes it.")
    explains = Message("Reject the next step", (Paragraph(text),), Tone.WARNING)
    return Form("Reject", explains, (WHY_NEEDED,), "Reject", command)


def render_problem(rollout: Rollout, command: str) -> Form:
    """Ask what is wrong."""
    text = line(f"It is counted for {rollout.name} {rollout.plan.title}, and its operator sees it.")
    field = FormField("text", "What is wrong?", required=True, multiline=True, hint="What you did, what you saw.")
    return Form("Report a problem", Message("Report a problem", (Paragraph(text),)), (field,), "Report", command)


def render_retire(key: str, on: Sequence[FlagState], command: str) -> Form:
    """Ask before a flag that somebody still has on ends for good."""
    held = Bullets(tuple(change_line(key, it.environment, it.setting, OFF) for it in on))
    text = line("It cannot be switched on again, and its key is not used again.")
    explains = Message(f"Retire {key}", (held, Paragraph(text)), Tone.DANGER)
    return Form("Retire a flag", explains, (WHY,), "Retire it now", command, danger=True)
