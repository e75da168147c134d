"""Flags as a plan finds and makes them in the embedded store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import Refused
from bot.domain.flag import OFF, Flag, FlagTarget
from bot.domain.plan import environments_of
from bot.domain.provider import BUILTIN
from bot.domain.ramp import setting_in

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.flag import FlagSetting
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


def held_elsewhere(tx: Transaction, key: str, environment: str) -> FlagSetting | None:
    """Return what another system was last seen to hold; None for a flag that we hold ourselves.

    Raises Refused where no active rollout drives such a flag: nobody would write it.
    """
    seen = tx.sightings.get(key, environment)
    for rollout in tx.rollouts.of_flag(key, environment):
        if rollout.plan.flag(key).provider != BUILTIN:
            return (seen.strange or seen.held) if seen is not None else setting_in(rollout.wanted, key, environment)
    if seen is None or seen.provider == BUILTIN:
        return None
    raise Refused(
        f"“{key}” is held in {seen.provider}, and no rollout drives it now.",
        f"/flag history {key}",
        "/rollout rollback --rollout NUMBER takes back one that has ended",
    )


def current_targets(tx: Transaction, plan: Plan) -> tuple[FlagTarget, ...]:
    """Return what the plan's flags hold now in each environment the plan touches."""
    held = {
        (state.flag, state.environment): state.setting for flag in plan.flags for state in tx.flags.states(flag.key)
    }
    for flag in plan.flags:
        for environment in environments_of(plan) if flag.provider != BUILTIN else ():
            # What another system holds is known from the last look; a first look tells whether that is still so.
            seen = tx.sightings.get(flag.key, environment)
            held[flag.key, environment] = seen.held if seen is not None else OFF
    return tuple(
        FlagTarget(flag.key, environment, held.get((flag.key, environment), OFF))
        for flag in plan.flags
        for environment in environments_of(plan)
    )
