"""Flags that have done their work: the same for everybody for long, or past the day on which their plan cleans up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.duration import describe_duration
from bot.domain.percent import FULL, ZERO
from bot.domain.rollout import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.domain.flag import Flag, FlagSetting, FlagState
    from bot.domain.rollout import Rollout

SETTLED_FOR = timedelta(days=30)
"""A flag that was all on or all off for so long switches nothing any more."""

REMINDED_EVERY = timedelta(days=7)

SPARED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stale:
    """A flag to be cleaned up: since when, and why in words. `all_on` says which path of the code stays.

    `environments` are those in which it was ever set, `rollout` is the last that drove it.
    """

    flag: Flag
    since: datetime
    why: str
    all_on: bool
    environments: tuple[str, ...] = ()
    rollout: Rollout | None = None


def is_settled(setting: FlagSetting) -> bool:
    """Say whether a setting is the same for everybody."""
    if not setting.on:
        return True
    if setting.percent == FULL:
        return not setting.tiers
    return setting.percent == ZERO and not setting.users


def stale(flag: Flag, states: Sequence[FlagState], rollouts: Iterable[Rollout], now: datetime) -> Stale | None:
    """Return why a flag is to be cleaned up, or None while it is of use.

    `rollouts` are those of the flag, the newest first; while one of them is under way the flag is in use.
    """
    known = tuple(rollouts)
    if flag.retired_at is not None or any(it.active for it in known):
        return None
    found = _past_clean_up(flag, states, known, now) or _settled(flag, states, now)
    if found is None:
        return None
    environments = tuple(it.environment for it in states)
    return replace(found, environments=environments, rollout=known[0] if known else None)


def is_to_be_reminded_of(found: Stale, last: datetime | None, now: datetime) -> bool:
    """Say whether people are to be reminded of a flag; `last` is when they were."""
    if last is None or last < found.since:
        # On the day itself the plan's own tasks speak.
        return now - found.since >= SPARED
    return now - last >= REMINDED_EVERY


def clean_up_at(rollout: Rollout) -> datetime | None:
    """Return when a completed rollout's plan is done with the last of what it does only once afterwards."""
    if rollout.status is not Status.COMPLETED or rollout.finished_at is None:
        return None
    once = [task.at for task in rollout.plan.after if task.every is None]
    return rollout.finished_at + max(once) if once else None


def _past_clean_up(flag: Flag, states: Sequence[FlagState], rollouts: Sequence[Rollout], now: datetime) -> Stale | None:
    for rollout in rollouts:
        due = clean_up_at(rollout)
        if due is not None and due <= now:
            why = f"{rollout.name} {rollout.plan.title} was to be cleaned up by {due:%Y-%m-%d}"
            return Stale(flag, due, why, _all_on(states))
    return None


def _settled(flag: Flag, states: Sequence[FlagState], now: datetime) -> Stale | None:
    if not all(is_settled(state.setting) for state in states):
        return None
    since = max((state.updated_at for state in states), default=flag.created_at)
    if since is None or now - since < SETTLED_FOR:
        return None
    held = "on for everybody" if _all_on(states) else "off for everybody" if states else "never switched on"
    return Stale(flag, since, f"{held} for {describe_duration(now - since, 1)}", _all_on(states))


def _all_on(states: Sequence[FlagState]) -> bool:
    return bool(states) and all(state.setting.on and state.setting.percent == FULL for state in states)
