"""What one person wants to see at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.oncall import duties
from bot.domain.overview import Overview, under_way

if TYPE_CHECKING:
    from bot.domain.actor import Actor
    from bot.operations.circumstances import Circumstances
    from bot.ports import Clock, Store, Transaction


@dataclass(frozen=True, slots=True)
class Overviews:
    """Reads everything that is under way, as one person should see it."""

    store: Store
    clock: Clock
    circumstances: Circumstances

    async def of(self, actor: Actor) -> Overview:
        """Return what is under way, what waits for this person first, with the open pages and who is on call."""
        now = self.clock.now()

        def work(tx: Transaction) -> Overview:
            team = self.circumstances.team()
            found = [
                under_way(rollout, self.circumstances.of(tx, rollout, now), actor, team, now)
                for rollout in tx.rollouts.active()
            ]
            overrides = tx.overrides.since(now)
            return Overview(
                actor.person,
                tuple(sorted(found, key=lambda it: (not it.waiting, it.rollout.id))),
                tuple(tx.pages.unresolved()),
                tuple((it.name, duties(it, overrides, now)) for it in team.schedules.values()),
            )

        return await self.store.read(work)
