"""The answer to a command that moved a rollout: before → after, whom it reaches, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import affected, blocker_line, changes, next_button
from bot.domain.blockers import blockers, open_items
from bot.domain.message import (
    Block,
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Line,
    Mark,
    Marked,
    Message,
    Note,
    Paragraph,
    Tone,
    line,
    plain_text,
)
from bot.domain.rollout import Status
from bot.domain.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.rollout import Rollout

ITEMS_SHOWN = 8


def render(before: Rollout, after: Rollout, now: datetime, around: Surroundings = NOTHING) -> Message:
    """Say what a person just changed."""
    headline = _headline(before, after)
    blocks: list[Block] = [Paragraph(headline)]
    if changed := changes(before.wanted, after.wanted):
        blocks.append(Bullets(changed))
        if reached := affected(after):
            blocks.append(Paragraph(line(f"It reaches {reached}.")))
    elif after.step != before.step:
        blocks.append(Paragraph(line("No flag changes with this step.")))
    blocks += _to_do(after, around)
    blocks += _next(after, now, around)
    tone = Tone.DANGER if after.status in {Status.ROLLED_BACK, Status.ABORTED} else Tone.SUCCESS
    return Message(plain_text(headline), tuple(blocks), tone)


def render_start(rollout: Rollout, now: datetime, around: Surroundings = NOTHING) -> Message:
    """Say that a plan has begun."""
    headline = line(
        Bold(f"{rollout.name} {rollout.plan.title}"),
        f" has started in {rollout.current.environment}: step 1 of {len(rollout.plan.steps)}, “{rollout.current.name}”.",
    )
    blocks: list[Block] = [Paragraph(headline)]
    if changed := changes(rollout.before, rollout.wanted):
        blocks.append(Bullets(changed))
    blocks += _to_do(rollout, around)
    blocks += _next(rollout, now, around)
    if rollout.plan.communication:
        blocks.append(Note(line("What it announces to whom: /announce preview.")))
    if rollout.plan.escalation:
        blocks.append(Note(line("Pages of the plan are not active yet.")))
    return Message(plain_text(headline), tuple(blocks), Tone.SUCCESS)


def _headline(before: Rollout, after: Rollout) -> Line:
    name = Bold(f"{after.name} {after.plan.title}")
    match after.status:
        case Status.COMPLETED:
            return line(name, " is complete.")
        case Status.ROLLED_BACK:
            return line(name, f" is rolled back to level {after.level}.")
        case Status.ABORTED:
            return line(name, " is aborted; its flags go back to what they were before it.")
        case Status.PAUSED | Status.RUNNING:
            return line(name, _along(before, after))


def _along(before: Rollout, after: Rollout) -> str:
    where = f"step {after.step + 1} of {len(after.plan.steps)}, “{after.current.name}”"
    if after.step > before.step:
        return f" goes on to {where}."
    if after.step < before.step:
        return f" goes back to {where}, and waits there."
    if after.lowered:
        return f" is lowered within {where}, and waits there."
    if after.status is Status.PAUSED:
        return f" is paused at {where}."
    return f" goes on at {where}."


def _to_do(rollout: Rollout, around: Surroundings) -> list[Block]:
    """List the open items of the current step or rollback level."""
    items = open_items(rollout, around)
    if not items:
        return []
    marked = tuple((Mark.OPEN, line(f"{item.key} {item.text}")) for item in items[:ITEMS_SHOWN])
    more = [Note(line(f"and {len(items) - ITEMS_SHOWN} more: /checklist show"))] if len(items) > ITEMS_SHOWN else []
    return [Paragraph(line("To be confirmed here:")), Marked(marked), *more]


def _next(rollout: Rollout, now: datetime, around: Surroundings) -> list[Block]:
    if rollout.status is Status.PAUSED:
        command = f"/rollout resume --rollout {rollout.id} --version {rollout.version}"
        return [Buttons((Button("Resume", command, ButtonStyle.PRIMARY),))]
    if not rollout.active:
        return []
    # The flags are about to be set; that they are not seen yet is no news to the person who just asked for it.
    found = tuple(it for it in blockers(rollout, now, around) if it.kind not in {"applying", "checklist"})
    goal = f"“{rollout.following.name}”" if rollout.following is not None else "the end of the plan"
    if not found:
        waits = "once the list is done" if open_items(rollout, around) else "whenever you are"
        blocks: list[Block] = [Paragraph(line(f"Next is {goal}, {waits}."))]
        return blocks if open_items(rollout, around) else [*blocks, Buttons((next_button(rollout),))]
    return [Paragraph(line(f"Next is {goal}. Before that:")), Bullets(tuple(blocker_line(it) for it in found))]
