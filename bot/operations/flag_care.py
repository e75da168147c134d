"""Looks for flags that have done their work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.flag_age import stale
from bot.operations.flag_records import states_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.flag_age import Stale
    from bot.domain.rollout import Rollout
    from bot.ports import Clock, Store, Transaction

LOOKED_BACK = 500
"""So many of the newest rollouts are asked for their clean-up day; what is older has settled anyway."""


@dataclass(frozen=True, slots=True)
class FlagCare:
    """What is to be tidied up about flags."""

    store: Store
    clock: Clock

    async def stale(self) -> tuple[Stale, ...]:
        """Return the flags to be cleaned up, the longest overdue first."""
        now = self.clock.now()
        return await self.store.read(lambda tx: stale_in(tx, now))


def stale_in(tx: Transaction, now: datetime) -> tuple[Stale, ...]:
    """Return the flags to be cleaned up, the longest overdue first, each with the last of its rollouts."""
    rollouts = {it.id: it for it in (*tx.rollouts.recent(LOOKED_BACK), *tx.rollouts.active())}
    states = states_of(tx)
    found = (
        stale(flag, [it for it in states if it.flag == flag.key], _of(flag.key, rollouts), now)
        for flag in tx.flags.all()
    )
    return tuple(sorted((it for it in found if it is not None), key=lambda it: it.since))


def _of(key: str, rollouts: dict[int, Rollout]) -> list[Rollout]:
    """Return a flag's rollouts, the newest first."""
    newest_first = sorted(rollouts.values(), key=lambda it: it.id, reverse=True)
    return [it for it in newest_first if any(flag.key == key for flag in it.plan.flags)]
