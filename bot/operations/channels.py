"""Which rollout or flag a channel is about, so that `/rollout 25%` need not name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import NotFound, WhichOne

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.actor import Actor
    from bot.domain.rollout import Rollout
    from bot.ports import Transaction


def named_rollout(tx: Transaction, number: int) -> Rollout:
    """Return a rollout by its number. Raises NotFound with the newest ones."""
    found = tx.rollouts.get(number)
    if found is not None:
        return found
    known = ", ".join(f"{it.name} {it.plan.key}" for it in tx.rollouts.recent(3))
    raise NotFound(f"There is no rollout #{number}.", f"the newest are {known}" if known else "/plan list")


def rollout_here(tx: Transaction, actor: Actor) -> Rollout:
    """Return the active rollout that this channel is about.

    First the one bound to the channel, then the only one whose plan names it. Raises WhichOne with two candidates and
    NotFound with none.
    """
    bound = _bound(tx, actor)
    if not bound:
        bound = list(tx.rollouts.active_in(actor.platform, actor.channel))
    if len(bound) == 1:
        return bound[0]
    if bound:
        raise WhichOne("This channel has several rollouts. Which one?", _choices(bound))
    others = ", ".join(f"{it.name} {it.plan.key}" for it in tx.rollouts.newest_active(3))
    hint = f"elsewhere: {others}; name one with --rollout" if others else "/plan list"
    raise NotFound("No rollout is active in this channel.", "/rollout start PLAN", hint)


def latest_here(tx: Transaction, actor: Actor) -> Rollout:
    """Return the channel's active rollout, or the newest that ended here. Raises WhichOne or NotFound."""
    try:
        return rollout_here(tx, actor)
    except NotFound:
        numbers = [int(subject) for subject in tx.bindings.subjects(actor.platform, actor.channel, "rollout")]
        ended = tx.rollouts.get(max(numbers)) if numbers else None
        if ended is None:
            raise
        return ended


def flags_here(tx: Transaction, actor: Actor) -> Sequence[str]:
    """Return the keys of the flags bound to this channel."""
    return tx.bindings.subjects(actor.platform, actor.channel, "flag")


def _bound(tx: Transaction, actor: Actor) -> list[Rollout]:
    numbers = tx.bindings.subjects(actor.platform, actor.channel, "rollout")
    found = (tx.rollouts.get(int(number)) for number in numbers)
    return [rollout for rollout in found if rollout is not None and rollout.active]


def _choices(rollouts: Sequence[Rollout]) -> tuple[tuple[str, str], ...]:
    return tuple((f"{it.name} {it.plan.title}", f"--rollout {it.id}") for it in rollouts[:5])
