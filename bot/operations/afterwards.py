"""What people do about the tasks that are left after a rollout: tick, skip, and put off being reminded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.access import Permission
from bot.domain.after import Task, TaskState, plan_of, snoozed, ticked
from bot.domain.audit import Action
from bot.domain.errors import NotFound, Refused
from bot.domain.rollout import Rollout, Tick, TickState
from bot.operations.notices import card_subject
from bot.operations.rollouts import HERE, Aim, Rollouts
from bot.operations.transaction import Attempt, Done, Verbs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from bot.domain.actor import Actor
    from bot.domain.plan import ChecklistItem
    from bot.ports import Transaction

AFTER = "a"
"""The keys of items of after-tasks begin so: `a2.1`."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """Everything a person can do with the tasks of a rollout that is complete."""

    verbs: Verbs
    rollouts: Rollouts

    async def tasks(self, actor: Actor, aim: Aim = HERE) -> tuple[Rollout, Sequence[Task]]:
        """Return a rollout and its tasks: those that have become due, and the next of each."""
        rollout = await self.rollouts.latest(actor, aim)
        return rollout, await self.verbs.store.read(lambda tx: tx.tasks.of_rollout(rollout.id))

    async def say(
        self, actor: Actor, key: str, state: TickState, note: str = "", aim: Aim = HERE
    ) -> tuple[Rollout, Task]:
        """Tick or skip an item of an open task."""
        rollout = await self.rollouts.latest(actor, aim)
        if state is TickState.SKIPPED and not note.strip():
            raise Refused("Skipping needs a reason.", f"/checklist skip {key} because …")

        def work(tx: Transaction, now: datetime) -> Done[tuple[Rollout, Task]]:
            permission = Permission.CHANGE if state is TickState.SKIPPED else Permission.CONFIRM
            self.rollouts.circumstances.require(actor, permission, rollout.current.environment, goes_up=False)
            task, item = _item(tx, rollout, key.casefold())
            if item.evidence and state is TickState.DONE and not note:
                raise Refused(f"{key} “{item.text}” asks for evidence.", f'/checklist tick {key} --evidence "…"')
            after = ticked(rollout, task, Tick(item.key, state, actor.person, now, note))
            tx.tasks.save(after)
            return Done((rollout, after), None, {"item": item.key, "text": item.text, "says": f"{item.key} {state}"})

        action = Action.CHECKLIST_SKIP if state is TickState.SKIPPED else Action.CHECKLIST_TICK
        return await self.verbs.do(actor, Attempt(action, card_subject(rollout.id), reason=note), work)

    async def snooze(
        self, actor: Actor, number: int, lasts: timedelta, aim: Aim = HERE, reason: str = ""
    ) -> tuple[Rollout, Task]:
        """Remind nobody of a task for a while."""
        rollout = await self.rollouts.latest(actor, aim)

        def work(tx: Transaction, now: datetime) -> Done[tuple[Rollout, Task]]:
            self.rollouts.circumstances.require(actor, Permission.CONFIRM, rollout.current.environment, goes_up=False)
            found = [it for it in tx.tasks.of_rollout(rollout.id) if it.number == number and it.state is TaskState.OPEN]
            if not found:
                raise NotFound(f"{rollout.name} has no open task {number}.", "/checklist tasks")
            after = snoozed(found[0], now + lasts)
            tx.tasks.save(after)
            return Done((rollout, after), None, {"task": number, "says": f"task {number} is put off"})

        return await self.verbs.do(
            actor, Attempt(Action.CHECKLIST_SNOOZE, card_subject(rollout.id), reason=reason), work
        )


def is_after(key: str) -> bool:
    """Say whether an item's key is of an after-task: `a1.2`."""
    number, dot, item = key.casefold().removeprefix(AFTER).partition(".")
    return key.casefold().startswith(AFTER) and bool(dot) and number.isdigit() and item.isdigit()


def _item(tx: Transaction, rollout: Rollout, key: str) -> tuple[Task, ChecklistItem]:
    """Return the open task of an item, and the item."""
    for task in tx.tasks.of_rollout(rollout.id):
        if task.state is TaskState.OPEN:
            for item in plan_of(rollout, task).checklist:
                if item.key == key:
                    return task, item
    raise NotFound(f"No open task has an item {key}.", "/checklist tasks")
