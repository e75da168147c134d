"""What a wish would do, before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.operations.rollouts import HERE, Aim, Moved, Rollouts

if TYPE_CHECKING:
    from bot.domain.actor import Actor
    from bot.operations.wishes import Wish
    from bot.ports import Transaction


async def foresee(rollouts: Rollouts, actor: Actor, wish: Wish, aim: Aim = HERE) -> Moved:
    """Return a rollout as it is and as the wish would leave it. Raises whatever would be raised if it were done now."""
    rollout = await rollouts.latest(actor, aim)
    now = rollouts.verbs.clock.now()

    def work(tx: Transaction) -> Moved:
        return Moved(rollout, wish.move(rollout, now, rollouts.circumstances.of(tx, rollout, now)))

    return await rollouts.verbs.store.read(work)
