"""What must hold whenever the bot has done all that is due: what is stored, what is wanted and what is in force agree."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.condition import Comparison, series_of
from bot.domain.flag import OFF
from bot.domain.measuring import condition_of
from bot.domain.outbox import DeliveryState
from bot.domain.plan import Breach
from bot.operations.audit_log import AuditLog
from tests.simulation.figures import DECLARED, shape_of
from tests.simulation.leaving import lacks_baseline
from tests.simulation.steps import Health, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.domain.measuring import Measurement
    from bot.domain.rollout import Rollout
    from bot.ports import Store, Transaction
    from tests.simulation.world import SimulatedWorld

ASKED_AGAIN = timedelta(seconds=11)
SENT_AGAIN = timedelta(minutes=6)
"""After so long without a failure nothing is left of it."""

ENDED = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED})


async def problems_at_rest(world: SimulatedWorld) -> list[str]:
    """Return what does not agree."""
    found = await world.store.read(lambda tx: list(_problems(world, tx)))
    world.rules.touched.clear()
    return found


async def broken_log(store: Store) -> list[str]:
    """Return what is wrong with the audit log."""
    checked = await AuditLog(store).verify()
    return [] if checked.valid else [f"the audit log is broken: {checked.problem}"]


def _problems(world: SimulatedWorld, tx: Transaction) -> Iterator[str]:
    now = world.clock.now()
    settled = world.flags_health is Health.UP and _over(_flags_failed(world), ASKED_AGAIN, now)
    for number, rollout in world.rules.rollouts.items():
        if number in world.rules.touched and (stored := tx.rollouts.get(number)) != rollout:
            yield f"{rollout.name} is not what was committed: {stored}"
        elif settled:
            yield from _unlike(tx, rollout)
        if rollout.active and rollout.settled:
            yield from _untripped(rollout, world.rules.measured.get(number, ()))
    yield from _unsent(world, tx, now)


def _untripped(rollout: Rollout, measured: Sequence[Measurement]) -> Iterator[str]:
    """Name the plain guardrails that were seen broken since the rollout was moved last, and did nothing."""
    for rail in rollout.current.guardrails:
        condition = condition_of(rail.condition)
        plain = isinstance(condition, Comparison) and condition.window is None and not condition.uses_baseline
        acted = rail.then is Breach.PAGE or (rail.then in {Breach.HOLD, Breach.BACK} and not rollout.running)
        if not plain or acted:
            continue
        series = {str(it) for it in series_of(condition)} & DECLARED
        if any(it.series in series and shape_of(it) is Shape.BAD for it in measured):
            yield f"{rollout.name} saw {rail.condition} broken and is {rollout.status}"


def _flags_failed(world: SimulatedWorld) -> datetime | None:
    return world.fragile.failed_at if world.fragile is not None else None


def _over(failed_at: datetime | None, patience: timedelta, now: datetime) -> bool:
    return failed_at is None or now - failed_at >= patience


def _unlike(tx: Transaction, rollout: Rollout) -> Iterator[str]:
    if rollout.running and lacks_baseline(rollout):
        return
    if not rollout.settled:
        yield f"{rollout.name} is {rollout.status} and not settled at rest"
    for target in rollout.wanted if rollout.active else ():
        state = tx.flags.state(target.flag, target.environment)
        held = state.setting if state is not None else OFF
        if held != target.setting:
            yield f"{rollout.name} wants {target.flag} in {target.environment} at {target.setting}, and it is at {held}"


def _unsent(world: SimulatedWorld, tx: Transaction, now: datetime) -> Iterator[str]:
    due = tx.outbox.due(now, 5)
    yield from (f"delivery {it.id} {it.key} is due and was not sent" for it in due)
    failed = [chat.failed_at for chat in world.chats.values()]
    calm = all(chat.health is Health.UP for chat in world.chats.values())
    quiet = calm and all(_over(at, SENT_AGAIN, now) for at in failed)
    if quiet and (waiting := tx.outbox.next_due()):
        yield f"something waits to be sent at {waiting} and nothing failed"


def forgotten(tx: Transaction) -> list[str]:
    """Return what waits in the outbox and will never leave."""
    return [
        f"delivery {it.id} {it.key} is {it.state} and never due"
        for it in tx.outbox.recent(10_000)
        if it.state not in ENDED and it.due_at is None
    ]
