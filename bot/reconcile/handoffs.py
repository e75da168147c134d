"""Keeps people told of who is on call: each hand-off once, in the channels of its schedule."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.announcements import oncall_overview
from bot.domain.oncall import OnDuty, Schedule, duties, next_handoff
from bot.operations.posts import post

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.team import Team
    from bot.ports import Clock, Store, Transaction

REMEMBERED = "oncall.told:"


@dataclass(frozen=True, slots=True)
class HandoffKeeper:
    """Compares who is on call with who was when it was told last, for each schedule that has channels.

    After an outage one message says how things stand now. A schedule that is seen for the first time is only noted.
    """

    store: Store
    clock: Clock
    team: Callable[[], Team]
    platforms: tuple[str, ...] = ()
    name: str = "handoffs"

    async def step(self) -> int:
        """Tell what changed; return how many schedules were told of."""
        told = self._told()
        if not told:
            return 0
        changed = await self.store.read(lambda tx: [it for it in told if self._changed(tx, it)])
        for schedule in changed:
            await self.store.write(lambda tx, it=schedule: self._tell(tx, it))  # type: ignore[misc]  # It is this turn's.
        return len(changed)

    async def next_due(self) -> datetime | None:
        """Return when somebody takes over next."""
        told, now = self._told(), self.clock.now()
        if not told:
            return None
        overrides = await self.store.read(lambda tx: tx.overrides.since(now))
        moments = [next_handoff(it, overrides, now) for it in told]
        return min((it for it in moments if it is not None), default=None)

    def _told(self) -> list[Schedule]:
        schedules = self.team().schedules.values()
        return [it for it in schedules if it.known and any(where.platform in self.platforms for where in it.channels)]

    def _changed(self, tx: Transaction, schedule: Schedule) -> bool:
        return tx.memory.recall(f"{REMEMBERED}{schedule.name}") != _written(self._duties(tx, schedule))

    def _duties(self, tx: Transaction, schedule: Schedule) -> tuple[OnDuty, ...]:
        now = self.clock.now()
        return duties(schedule, tx.overrides.since(now), now)

    def _tell(self, tx: Transaction, schedule: Schedule) -> None:
        name, found = f"{REMEMBERED}{schedule.name}", self._duties(tx, schedule)
        remembered = tx.memory.recall(name)
        tx.memory.remember(name, _written(found))
        if remembered is None:
            return
        before = _read(remembered)
        changes = [(before[it.layer], it) for it in found if it.layer in before and before[it.layer] != it.people]
        if not changes:
            return
        now = self.clock.now()
        message = oncall_overview.render_handed_over(schedule.name, changes, self.team())
        for channel in schedule.channels:
            if channel.platform in self.platforms:
                key = f"handoff:{schedule.name}:{now:%Y%m%dT%H%M%S}"
                post(tx, channel, f"schedule:{schedule.name}", key, now, message=message)


def _written(found: tuple[OnDuty, ...]) -> str:
    return json.dumps({it.layer: list(it.people) for it in found}, ensure_ascii=False)


def _read(text: str) -> dict[str, tuple[str, ...]]:
    return {layer: tuple(people) for layer, people in json.loads(text).items()}
