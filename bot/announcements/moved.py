"""The answer to a command that moved a rollout: before → after, whom it reaches, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.refusal import details
from bot.announcements.wording import affected, blocker_line, changes, kept_down, next_button
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
from bot.domain.ramp import setting_in
from bot.domain.rollout import Status
from bot.domain.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.rollout import Rollout

ITEMS_SHOWN = 8
GATES_NAMED = 3
"""More gates than so many are counted: the card and /rollout gates have them one by one."""


def render(before: Rollout, after: Rollout, now: datetime, around: Surroundings = NOTHING) -> Message:
    """Say what a person just changed."""
    said = headline(before, after)
    blocks: list[Block] = [Paragraph(said)]
    if changed := changes(before.wanted, after.wanted):
        blocks.append(Bullets(changed))
        if reached := affected(after):
            blocks.append(Paragraph(line(f"It reaches {reached}.")))
    elif after.step != before.step:
        blocks.append(Paragraph(line("No flag changes with this step.")))
    blocks += _kept_down(after)
    blocks += _to_do(after, around)
    blocks += _next(after, now, around)
    return Message(plain_text(said), tuple(blocks), tone_of(after))


def tone_of(rollout: Rollout) -> Tone:
    """Return how an answer about a move feels."""
    return Tone.DANGER if rollout.status in {Status.ROLLED_BACK, Status.ABORTED} else Tone.SUCCESS


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
    return Message(plain_text(headline), tuple(blocks), Tone.SUCCESS)


def render_adopted(rollout: Rollout, changes: tuple[str, ...], revoked: tuple[str, ...]) -> Message:
    """Say that a rollout goes by an edited plan from now on."""
    headline = line(
        Bold(f"{rollout.name} {rollout.plan.title}"), f" goes by the edited {rollout.plan.key} from now on."
    )
    void = f"The approvals of {', '.join(revoked)} are void: they were for the plan as it was."
    blocks: list[Block] = [Paragraph(headline), details(changes)]
    blocks += [Paragraph(line(void))] if revoked else []
    return Message(plain_text(headline), tuple(blocks), Tone.SUCCESS)


def headline(before: Rollout, after: Rollout) -> Line:
    """Return in one sentence what a move came to."""
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


def _kept_down(after: Rollout) -> list[Block]:
    """Say which flags an abort leaves lower than they were, and why."""
    if after.status is not Status.ABORTED:
        return []
    lines = tuple(
        line(
            Bold(it.flag),
            f" in {it.environment} stays at {it.setting}: somebody took it down since. "
            f"Before, it held {setting_in(after.before, it.flag, it.environment)}.",
        )
        for it in kept_down(after)
    )
    return [Bullets(lines)] if lines else []


def _to_do(rollout: Rollout, around: Surroundings) -> list[Block]:
    """List the open items of the current step or rollback level; an aborted rollout asks for nothing any more."""
    items = () if rollout.status is Status.ABORTED else open_items(rollout, around)
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
    gates = sum(it.kind == "gate" for it in found)
    named = [blocker_line(it) for it in found if it.kind != "gate" or gates <= GATES_NAMED]
    if gates > GATES_NAMED:
        named.append(line(f"{gates} gates do not hold yet (/rollout gates)"))
    return [Paragraph(line(f"Next is {goal}. Before that:")), Bullets(tuple(named))]
