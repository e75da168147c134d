"""What was seen of a flag that is held elsewhere, and whether it is ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.flag import OFF, FlagSetting, FlagTarget, goes_up
from bot.domain.holding import alike
from bot.domain.provider import BUILTIN
from bot.domain.rollout import Status

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.rollout import Rollout


@dataclass(frozen=True, slots=True)
class Sighting:
    """One flag in one environment of another system.

    `held` is what was last agreed to be in force there, `tried` what we may have written since: an answer can be lost.
    `strange` is what was found and is none of those. `problem` says why the system cannot be asked or written, `since`
    from when on. `seen_at` is the last look that was answered.
    """

    flag: str
    environment: str
    provider: str
    held: FlagSetting = OFF
    tried: tuple[FlagSetting, ...] = ()
    strange: FlagSetting | None = None
    problem: str = ""
    since: datetime | None = None
    seen_at: datetime | None = None


def elsewhere(rollout: Rollout) -> tuple[FlagTarget, ...]:
    """Return what a rollout wants of flags that other systems hold."""
    return tuple(it for it in rollout.wanted if rollout.plan.flag(it.flag).provider != BUILTIN)


def first_sighting(rollout: Rollout, target: FlagTarget) -> Sighting:
    """Return what is known of a flag before it was ever looked at: what the rollout took it to hold at its start."""
    same = (it.setting for it in rollout.before if (it.flag, it.environment) == (target.flag, target.environment))
    held = next(same, OFF)
    return Sighting(target.flag, target.environment, rollout.plan.flag(target.flag).provider, held)


def is_ours(sighting: Sighting, seen: FlagSetting, wanted: FlagSetting) -> bool:
    """Say whether what was seen is what we want, what we left there, or what we tried to write since."""
    return any(alike(seen, it) for it in (wanted, sighting.held, *sighting.tried))


def may_be_written(sighting: Sighting, seen: FlagSetting, wanted: FlagSetting, rollout: Rollout) -> bool:
    """Say whether a wish may be written over what was seen.

    Over what is ours always; over what somebody else set there only on the way down, which is always open: when the
    rollout has ended, or when the wish is lower than what was agreed.
    """
    if is_ours(sighting, seen, wanted):
        return True
    lower = not alike(wanted, sighting.held) and not goes_up(sighting.held, wanted)
    return not goes_up(seen, wanted) and (lower or not rollout.active)


def limit(sighting: Sighting, seen: FlagSetting, wanted: FlagSetting, rollout: Rollout) -> FlagSetting:
    """Return what a rollout that does not go on may want of a flag at most: up is never by accident.

    While it is active what was agreed may be restored over what somebody took down; once it has ended that stays down.
    """
    if rollout.status in {Status.RUNNING, Status.COMPLETED} or alike(seen, wanted):
        return wanted
    if rollout.status is Status.PAUSED:
        return sighting.held if goes_up(seen, wanted) else wanted
    # An abort puts back what was there before, also where that is more; a rollback never raises.
    return wanted if rollout.status is Status.ABORTED and is_ours(sighting, seen, wanted) else seen


def looked(sighting: Sighting, seen: FlagSetting, wanted: FlagSetting, now: datetime) -> Sighting:
    """Note a look that was answered: agreed where it is as wanted, strange where it is not ours."""
    answered = replace(sighting, problem="", since=None, seen_at=now)
    if alike(seen, wanted):
        return replace(answered, held=wanted, tried=(), strange=None)
    return replace(answered, strange=None if is_ours(sighting, seen, wanted) else seen)


def intended(sighting: Sighting, wanted: FlagSetting) -> Sighting:
    """Note what is about to be written."""
    if any(alike(it, wanted) for it in sighting.tried):
        return sighting
    return replace(sighting, tried=(*sighting.tried, wanted))


def given_up(sighting: Sighting) -> Sighting:
    """Let what somebody set there be written over: from now on it counts as left by us."""
    if sighting.strange is None:
        return sighting
    return replace(sighting, tried=(*sighting.tried, sighting.strange), strange=None)


def adopted(sighting: Sighting, theirs: FlagSetting) -> Sighting:
    """Agree on what somebody set there."""
    return replace(sighting, held=theirs, tried=(), strange=None)


def silent(sighting: Sighting, problem: str, now: datetime) -> Sighting:
    """Note that the system could not be asked or written."""
    return replace(sighting, problem=problem, since=sighting.since or now)
