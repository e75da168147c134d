"""Flags as a plan finds and makes them in the embedded store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import Refused
from bot.domain.flag import OFF, Flag, FlagTarget
from bot.domain.plan import environments_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.plan import Plan
    from bot.ports import Transaction


def ensure_flags(tx: Transaction, plan: Plan, now: datetime) -> tuple[str, ...]:
    """Create the plan's flags that do not exist, off; return their keys. A retired flag is not taken up again."""
    made: list[str] = []
    for wanted in plan.flags:
        known = tx.flags.get(wanted.key)
        if known is None:
            flag = Flag(
                wanted.key,
                salt=wanted.key,
                unit=wanted.unit,
                description=wanted.description,
                owner=wanted.owner,
                created_at=now,
            )
            tx.flags.add(flag)
            made.append(wanted.key)
        elif known.retired_at is not None:
            raise Refused(f"The plan drives “{known.key}”, and that flag is retired.", f"/flag show {known.key}")
    return tuple(made)


def current_targets(tx: Transaction, plan: Plan) -> tuple[FlagTarget, ...]:
    """Return what the plan's flags hold now in each environment the plan touches."""
    held = {
        (state.flag, state.environment): state.setting for flag in plan.flags for state in tx.flags.states(flag.key)
    }
    return tuple(
        FlagTarget(flag.key, environment, held.get((flag.key, environment), OFF))
        for flag in plan.flags
        for environment in environments_of(plan)
    )
