"""Keeps people reminded of what is left to do after rollouts: when it is due, and daily until it is done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.announcements import task_list
from bot.domain.after import Task, TaskState, next_task, open_of, reminded
from bot.domain.announcement import Destination
from bot.domain.message import Mention
from bot.domain.outbox import DeliveryKind, NewDelivery
from bot.domain.rollout import Rollout, Status
from bot.domain.team import EMAIL, LOCAL
from bot.operations.announcing import say_in_own_channels
from bot.operations.notices import card_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from bot.domain.team import Person, Team
    from bot.ports import Clock, Store, Transaction

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class ReminderKeeper:
    """Speaks of each task that is due, in the rollout's channels and to the owners of what is open."""

    store: Store
    clock: Clock
    team: Callable[[], Team]
    platforms: Collection[str]
    name: str = "reminders"

    async def step(self) -> int:
        """Speak of what is due; return of how many tasks."""
        now = self.clock.now()
        due = await self.store.read(lambda tx: tx.tasks.due(now, AT_ONCE))
        for task in due:
            await self.store.write(lambda tx, task=task: self._remind(tx, task, now))  # type: ignore[misc]  # The task of this turn.
        return len(due)

    async def next_due(self) -> datetime | None:
        """Return when there is something to speak of next."""
        return await self.store.read(lambda tx: tx.tasks.next_due())

    def _remind(self, tx: Transaction, task: Task, now: datetime) -> None:
        rollout = tx.rollouts.get(task.rollout)
        if rollout is None or rollout.status is not Status.COMPLETED:
            # What was rolled back after its end has nothing left to be cleaned up.
            tx.tasks.save(replace(task, state=TaskState.LAPSED, wake_at=None))
            return
        following = next_task(rollout, task, now)
        if task.reminded == 0 and following is not None:
            tx.tasks.add(following)
        if self._gives_way(tx, task, now):
            tx.tasks.save(replace(task, state=TaskState.LAPSED, wake_at=None))
            return
        tx.tasks.save(reminded(task, now))
        key = f"task:{task.id}:{task.reminded}"
        say_in_own_channels(tx, rollout, key, task_list.render(rollout, task, self._mention), now)
        self._tell_owners(tx, rollout, task, key, now)

    def _gives_way(self, tx: Transaction, task: Task, now: datetime) -> bool:
        """Say whether the same task has become due again: nobody is asked for yesterday's list and for today's."""
        return any(
            it.number == task.number and task.due_at < it.due_at <= now for it in tx.tasks.of_rollout(task.rollout)
        )

    def _person(self, owner: str) -> Person | None:
        return next((it for it in self.team().people if it.name.casefold() == owner.casefold()), None)

    def _mention(self, owner: str) -> Mention | None:
        person = self._person(owner)
        if person is None:
            return None
        return Mention(person.name, tuple((it.platform, it.name) for it in person.identities))

    def _tell_owners(self, tx: Transaction, rollout: Rollout, task: Task, key: str, now: datetime) -> None:
        left = open_of(rollout, task)
        for owner in dict.fromkeys(it.owner for it in left if it.owner):
            person = self._person(owner)
            place = self._place_of(person) if person is not None else None
            if person is None or place is None:
                continue
            message = task_list.render_own(rollout, task, [it for it in left if it.owner == owner])
            row = NewDelivery(
                f"{key}:{person.name}:{place.platform}"[:200], DeliveryKind.POST, place.platform, place.channel,
                card_subject(rollout.id), message, now, now,
            )  # fmt: skip
            tx.outbox.add(row)

    def _place_of(self, person: Person) -> Destination | None:
        """Return where a person is written to directly: the first connected platform on which they are known."""
        for identity in person.identities:
            if identity.platform in self.platforms:
                direct = identity.name if identity.platform == EMAIL else f"@{identity.name}"
                return Destination(identity.platform, direct)
        return Destination(LOCAL, f"@{person.name}") if LOCAL in self.platforms else None
