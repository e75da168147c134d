"""What is left to do once a rollout is complete: when each task is due, how it is followed up, and when it is done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.errors import Refused

if TYPE_CHECKING:
    from bot.domain.plan import AfterTask, ChecklistItem
    from bot.domain.rollout import Rollout, Tick

FOLLOW_UP = timedelta(days=1)
"""What is open is spoken of again so often."""

MOST_OCCURRENCES = 400
"""A plan's `until` lies at most so many days ahead, and nothing repeats more often than is looked at."""


class TaskState(StrEnum):
    """How far a task has come; one that is due again while it is open gives way to the next."""

    OPEN = "open"
    DONE = "done"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Task:
    """One occurrence of a plan's after-task; `number` counts the plan's tasks from 1.

    `wake_at` is when it is spoken of next, `reminded` how often it was. `ticks` are what was said of its items.
    """

    id: int
    rollout: int
    number: int
    due_at: datetime
    wake_at: datetime | None
    reminded: int = 0
    ticks: tuple[Tick, ...] = ()
    state: TaskState = TaskState.OPEN


def plan_of(rollout: Rollout, task: Task) -> AfterTask:
    """Return what the plan says of a task."""
    return rollout.plan.after[task.number - 1]


def first_tasks(rollout: Rollout) -> tuple[Task, ...]:
    """Return the first occurrence of each task of a rollout that is complete."""
    ended = rollout.finished_at
    if ended is None:
        return ()
    return tuple(
        Task(0, rollout.id, number, ended + task.at, ended + task.at)
        for number, task in enumerate(rollout.plan.after, 1)
    )


def next_task(rollout: Rollout, task: Task, now: datetime) -> Task | None:
    """Return the occurrence after one that has become due: the newest whose time has come, or the one to come."""
    planned, ended = plan_of(rollout, task), rollout.finished_at
    if planned.every is None or ended is None:
        return None
    last = ended + planned.until if planned.until is not None else task.due_at + planned.every * MOST_OCCURRENCES
    due = task.due_at + planned.every
    while due + planned.every <= min(now, last):
        due += planned.every
    return Task(0, rollout.id, task.number, due, due) if due <= last else None


def open_of(rollout: Rollout, task: Task) -> tuple[ChecklistItem, ...]:
    """Return the items of a task that nobody ticked or skipped."""
    said = {it.item for it in task.ticks}
    return tuple(item for item in plan_of(rollout, task).checklist if item.key not in said)


def reminded(task: Task, now: datetime) -> Task:
    """Return a task that was spoken of just now, and will be again."""
    return replace(task, reminded=task.reminded + 1, wake_at=now + FOLLOW_UP)


def ticked(rollout: Rollout, task: Task, tick: Tick) -> Task:
    """Return a task with something said of one of its items; it is done once nothing is open. Raises Refused."""
    known = next((it for it in task.ticks if it.item == tick.item), None)
    if known is not None and known.state is tick.state:
        raise Refused(f"{tick.item} is {known.state} by {known.by} already.", "/checklist tasks")
    kept = tuple(it for it in task.ticks if it.item != tick.item)
    after = replace(task, ticks=(*kept, tick))
    return after if open_of(rollout, after) else replace(after, state=TaskState.DONE, wake_at=None)


def snoozed(task: Task, until: datetime) -> Task:
    """Return a task that nobody is reminded of until a moment. Raises Refused for one that has ended."""
    if task.state is not TaskState.OPEN:
        raise Refused("That task is not open any more.", "/checklist tasks")
    return replace(task, wake_at=until)
