"""Shows what is left to do after a rollout, and reminds people of it until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.after import TaskState, open_of, plan_of
from bot.domain.message import (
    Block,
    Bold,
    Button,
    Buttons,
    Heading,
    Line,
    Mark,
    Marked,
    Mention,
    Message,
    Moment,
    Note,
    Paragraph,
    Tone,
    line,
    plain_text,
)
from bot.domain.rollout import TickState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.after import Task
    from bot.domain.plan import ChecklistItem
    from bot.domain.rollout import Rollout, Tick

LONGEST_KEY = 60
"""A button carries a command with a key so long."""

MARKS = {TickState.DONE: Mark.DONE, TickState.SKIPPED: Mark.SKIPPED}


def title_of(rollout: Rollout, task: Task) -> str:
    """Return what a task is called."""
    planned = plan_of(rollout, task)
    return planned.name or f"Task {task.number}"


def render(rollout: Rollout, task: Task, named: Callable[[str], Mention | None]) -> Message:
    """Remind people of a task: what of it is open, since when, and whose it is."""
    again = ", still open" if task.reminded else ""
    head = line(
        Bold(f"{rollout.name} {rollout.plan.title}"),
        f": {title_of(rollout, task)}{again}, due ",
        Moment(task.due_at),
        ".",
    )
    left = open_of(rollout, task)
    blocks: list[Block] = [Paragraph(head), Marked(tuple((Mark.OPEN, _open(it, named)) for it in left))]
    first = left[0].key if left else "a1.1"
    blocks.append(
        Note(
            line(
                f"/checklist tick {first} --rollout {rollout.id} confirms one; it is asked for daily until nothing is open."
            )
        )
    )
    blocks.append(_buttons(rollout, task, left))
    return Message(
        f"{plain_text(head)} Open: {'; '.join(it.text for it in left)}",
        tuple(blocks),
        Tone.WARNING if task.reminded else Tone.QUESTION,
    )


def render_own(rollout: Rollout, task: Task, mine: Sequence[ChecklistItem]) -> Message:
    """Remind one person of what is theirs."""
    text = line(f"{rollout.name} {rollout.plan.title}, {title_of(rollout, task)}: this waits for you.")
    items = Marked(tuple((Mark.OPEN, line(f"{it.key} {it.text}")) for it in mine))
    return Message(f"{plain_text(text)} {'; '.join(it.text for it in mine)}", (Paragraph(text), items), Tone.QUESTION)


def _buttons(rollout: Rollout, task: Task, left: Sequence[ChecklistItem]) -> Buttons:
    buttons = [Button(f"{it.key} is done", f"/checklist tick {it.key} --rollout {rollout.id}") for it in left[:3]]
    snooze = Button("Tomorrow", f"/checklist snooze {task.number} --rollout {rollout.id} --for 1d")
    retire = [
        Button(f"Retire {flag.key}"[:70], f"/flag retire {flag.key}")
        for flag in rollout.plan.flags[:1]
        if _retires(left) and len(flag.key) <= LONGEST_KEY
    ]  # A button's command is short.
    return Buttons((*buttons, snooze, *retire))


def _retires(left: Sequence[ChecklistItem]) -> bool:
    """Say whether an open item is about retiring the flag, which the bot can do."""
    return any(
        "flag" in it.text.casefold() and ("retire" in it.text.casefold() or "remove" in it.text.casefold())
        for it in left
    )


def _open(item: ChecklistItem, named: Callable[[str], Mention | None]) -> Line:
    if not item.owner:
        return line(f"{item.key} {item.text}")
    return line(f"{item.key} {item.text} (", named(item.owner) or item.owner, ")")


def render_list(rollout: Rollout, tasks: Sequence[Task]) -> Message:
    """List what is left to do after a rollout, what of it is done, and when the rest is due."""
    title = f"{rollout.name} {rollout.plan.title}: afterwards"
    blocks: list[Block] = [Heading(title)]
    shown = [it for it in tasks if it.state is not TaskState.LAPSED]
    for task in shown:
        blocks.append(
            Paragraph(
                line(Bold(f"{task.number} {title_of(rollout, task)}"), f", {task.state}, due ", Moment(task.due_at))
            )
        )
        said = {it.item: it for it in task.ticks}
        blocks.append(Marked(tuple(_item(it, said.get(it.key)) for it in plan_of(rollout, task).checklist)))
    if not shown:
        blocks.append(
            Paragraph(line("Nothing is left to do." if rollout.plan.after else "The plan asks for nothing afterwards."))
        )
    return Message(title, tuple(blocks))


def _item(item: ChecklistItem, tick: Tick | None) -> tuple[Mark, Line]:
    owner = f" ({item.owner})" if item.owner else ""
    if tick is None:
        return Mark.OPEN, line(f"{item.key} {item.text}{owner}")
    note = f": {tick.note}" if tick.note else ""
    return MARKS[tick.state], line(f"{item.key} {item.text}{owner} — {tick.state} by {tick.by}{note}")


def render_ticked(rollout: Rollout, task: Task) -> Message:
    """Say what is left of a task."""
    left = open_of(rollout, task)
    said = (
        "nothing is open any more" if not left else f"{len(left)} {'item is' if len(left) == 1 else 'items are'} open"
    )
    text = line(Bold(f"{rollout.name} {rollout.plan.title}"), f", {title_of(rollout, task)}: {said}.")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)


def render_snoozed(rollout: Rollout, task: Task) -> Message:
    """Say when people are reminded again."""
    when = Moment(task.wake_at) if task.wake_at is not None else "never"
    text = line(f"Nobody is reminded of {rollout.name} {title_of(rollout, task)} until ", when, ".")
    return Message(plain_text(text), (Paragraph(text),), Tone.SUCCESS)
