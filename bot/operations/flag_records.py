"""Flags as verbs and plans find them in the store, and as the audit log names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import NotFound, Refused
from bot.domain.flag import OFF, Flag, FlagState, FlagTarget
from bot.domain.nearest import nearest
from bot.domain.plan import environments_of
from bot.domain.provider import BUILTIN
from bot.domain.ramp import setting_in
from bot.domain.sighting import first_sighting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.audit import Facts
    from bot.domain.flag import FlagSetting
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout
    from bot.domain.sighting import Sighting
    from bot.ports import Transaction


def ensure_flags(tx: Transaction, plan: Plan, now: datetime) -> tuple[str, ...]:
    """Create the plan's flags that do not exist, off; return their keys. A retired flag is not taken up again."""
    made: list[str] = []
    for wanted in plan.flags:
        if wanted.provider == BUILTIN:
            tx.sightings.forget(wanted.key)
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


@dataclass(frozen=True, slots=True)
class Held:
    """What a flag holds in one environment, and the active rollouts that drive it there.

    `there` is what was seen of it where another system holds it.
    """

    setting: FlagSetting
    driving: Sequence[Rollout]
    there: Sighting | None = None


def held_in(tx: Transaction, key: str, environment: str) -> Held:
    """Return what a flag holds.

    Raises Refused for one that another system holds and no active rollout drives: nobody would write it.
    """
    seen = tx.sightings.get(key, environment)
    driving = tx.rollouts.of_flag(key, environment)
    for rollout in driving:
        provider = rollout.plan.flag(key).provider
        if provider == BUILTIN:
            break
        wanted = setting_in(rollout.wanted, key, environment)
        known = seen or first_sighting(rollout, FlagTarget(key, environment, wanted))
        return Held(known.strange or (known.held if seen is not None else wanted), driving, known)
    else:
        if seen is not None:
            raise Refused(
                f"“{key}” is held in {seen.provider}, and no rollout drives it now.",
                f"/flag history {key}",
                "/rollout rollback --rollout NUMBER takes back one that has ended",
            )
    state = tx.flags.state(key, environment)
    return Held(state.setting if state is not None else OFF, driving)


def states_of(tx: Transaction, key: str | None = None) -> tuple[FlagState, ...]:
    """Return what one flag (or each) holds everywhere: of one that another system holds, what was seen there last."""
    states = {(it.flag, it.environment): it for it in tx.flags.states(key)}
    for it in tx.sightings.all():
        if key in {None, it.flag} and it.seen_at is not None:
            place = (it.flag, it.environment)
            states[place] = FlagState(*place, it.strange or it.held, 0, it.seen_at)
    return tuple(states[place] for place in sorted(states))


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


def known(tx: Transaction, key: str) -> Flag:
    """Return a flag, retired ones included. Raises NotFound with the nearest keys."""
    flag = tx.flags.get(key)
    if flag is not None:
        return flag
    near = nearest(key, [flag.key for flag in tx.flags.all(retired=True)])
    raise NotFound(
        f"There is no flag “{key[:60]}”.", *(f"/flag show {it}" for it in near), "/flag list", "/flag create KEY"
    )


def living(tx: Transaction, key: str) -> Flag:
    """Return a flag that is in use. Raises NotFound, or Refused for a retired one."""
    flag = known(tx, key)
    if flag.retired_at is not None:
        raise Refused(
            f"“{key}” was retired on {flag.retired_at:%Y-%m-%d} and cannot be changed.", f"/flag history {key}"
        )
    return flag


def driving(tx: Transaction, key: str) -> tuple[Rollout, ...]:
    """Return the active rollouts of a flag, also those that have not set it anywhere yet."""
    return tuple(it for it in tx.rollouts.active() if any(flag.key == key for flag in it.plan.flags))


def subject_of(key: str) -> str:
    """Return the audit log's name for a flag."""
    return f"flag:{key}"


def setting_facts(setting: FlagSetting) -> Facts:
    """Return a setting as the audit log keeps it; the percentage in thousandths, exactly."""
    return {
        "on": setting.on,
        "milli_percent": setting.percent.milli,
        "tiers": list(setting.tiers),
        "users": list(setting.users),
        "says": str(setting),
    }
