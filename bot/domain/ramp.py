"""What a bare percentage means to a rollout: its next step, a step back, something in between, or nothing."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.blockers import blockers, drifted, unknown_baselines
from bot.domain.errors import Blocked, NotFound, Refused, WhichOne
from bot.domain.flag import OFF, FlagTarget, no_higher, with_percent
from bot.domain.moves import advance, arrived, held_at, no_higher_than, require_active, resume, settings_of, unjudged
from bot.domain.percent import ZERO
from bot.domain.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.flag import FlagSetting
    from bot.domain.percent import Percent
    from bot.domain.rollout import Rollout


class Direction(StrEnum):
    """What a bare percentage comes down to; to restore is to undo a lowering within the step."""

    UP = "up"
    DOWN = "down"
    RESTORE = "restore"
    SAME = "same"


def setting_in(targets: tuple[FlagTarget, ...], flag: str, environment: str) -> FlagSetting:
    """Return what a flag holds in an environment among targets; off where it is not among them."""
    found = (target.setting for target in targets if (target.flag, target.environment) == (flag, environment))
    return next(found, OFF)


def reach(setting: FlagSetting) -> Percent:
    """Return the percentage that a setting really lets in."""
    return setting.percent if setting.on else ZERO


def ramp_environment(rollout: Rollout, flag: str) -> str:
    """Return the environment in which a percentage of a flag is meant now: that of the last step taken that set it.

    Before any such step it is the environment of the first one to come.
    """
    setting = [index for index, step in enumerate(rollout.plan.steps) if any(it.flag == flag for it in step.sets)]
    taken = [index for index in setting if index <= rollout.step + 1]
    chosen = taken[-1:] or setting[:1]
    return rollout.plan.steps[chosen[0]].environment if chosen else rollout.plan.environment


def ramped_flag(rollout: Rollout, named: str, percent: Percent) -> str:
    """Return the flag that a bare percentage is about; with several it is the one that the next step takes there.

    Raises NotFound for a flag the plan does not drive, WhichOne where several fit.
    """
    keys = tuple(flag.key for flag in rollout.plan.flags)
    if named:
        if named not in keys:
            raise NotFound(f"{rollout.name} does not drive “{named}”; it drives {', '.join(keys)}.", "/rollout status")
        return named
    if not keys:
        raise Refused(f"{rollout.name} {rollout.plan.title} changes no flag.", "/rollout next")
    fitting = _fitting(rollout, keys, percent) or keys
    if len(fitting) == 1:
        return fitting[0]
    choices = tuple((key, f"--flag {key} --rollout {rollout.id}") for key in fitting)
    raise WhichOne(f"{rollout.name} drives several flags. Which one goes to {percent}?", choices)


def _fitting(rollout: Rollout, keys: tuple[str, ...], percent: Percent) -> tuple[str, ...]:
    lower = tuple(key for key in keys if direction_of(rollout, key, percent) is Direction.DOWN)
    nxt = tuple(key for key in keys if _reached_at(rollout, key, rollout.step + 1) == percent and key not in lower)
    raised = tuple(key for key in nxt if _reached_at(rollout, key, rollout.step) != percent)
    return raised or lower


def _reached_at(rollout: Rollout, flag: str, index: int) -> Percent:
    environment = ramp_environment(rollout, flag)
    return reach(setting_in(settings_of(rollout.plan, index, rollout.before), flag, environment))


def direction_of(rollout: Rollout, flag: str, percent: Percent) -> Direction:
    """Say what taking a flag to a percentage means for the rollout that drives it."""
    held = reach(setting_in(rollout.wanted, flag, ramp_environment(rollout, flag)))
    if percent < held:
        return Direction.DOWN
    if percent > held:
        restores = rollout.lowered and _reached_at(rollout, flag, rollout.step) == percent
        return Direction.RESTORE if restores else Direction.UP
    return Direction.SAME


def to_percent(
    rollout: Rollout,
    flag: str,
    percent: Percent,
    now: datetime,
    around: Surroundings = NOTHING,
    *,
    reason: str = "",
) -> Rollout:
    """Take a rollout's flag to a percentage: up by the plan's next step only, down always and at once."""
    require_active(rollout)
    match direction_of(rollout, flag, percent):
        case Direction.SAME:
            raise Refused(f"{flag} is at {percent} already.", "/rollout next", "/rollout status")
        case Direction.DOWN:
            return lower(rollout, flag, percent, now, reason)
        case Direction.RESTORE:
            require_ours(rollout, around)
            require_free(rollout, around)
            _require_alone(rollout, flag)
            return resume(rollout, now)
        case Direction.UP:
            _require_next(rollout, flag, percent, now, around)
            return advance(rollout, now, around)


def _require_alone(rollout: Rollout, flag: str) -> None:
    """Refuse to take one flag back up where that would take another one up, too, without its name being said."""
    usual = settings_of(rollout.plan, rollout.step, rollout.before)
    others = [it.flag for it in rollout.wanted if it.flag != flag and it not in usual]
    if others:
        raise Refused(
            f"{', '.join(dict.fromkeys(others))} is lowered, too; /rollout resume takes everything back up to the step.",
            "/rollout resume",
        )


def require_free(rollout: Rollout, around: Surroundings) -> None:
    """Refuse to go up again, after a lowering or a pause, while something forbids going up."""
    if around.stops:
        raise Blocked(f"{rollout.name} cannot go up now.", around.stops, "/freeze list")


def require_ours(rollout: Rollout, around: Surroundings) -> None:
    """Refuse to go on while somebody else's setting stands in another system: it is adopted or restored first."""
    found = drifted(rollout, around)
    if found:
        aim = f"--rollout {rollout.id}"
        raise Blocked(f"{rollout.name} cannot go on yet.", found, f"/flag restore {aim}", f"/flag adopt {aim}")


def _require_next(rollout: Rollout, flag: str, percent: Percent, now: datetime, around: Surroundings) -> None:
    """Refuse to skip steps: name the steps before the percentage, or the percentages the plan has."""
    steps = rollout.plan.steps
    reached = [index for index in range(len(steps)) if _reached_at(rollout, flag, index) == percent]
    later = [index for index in reached if index > rollout.step]
    if not later:
        percents = dict.fromkeys(str(_reached_at(rollout, flag, index)) for index in range(len(steps)))
        raise Refused(
            f"The plan never takes {flag} to {percent}; it goes {' → '.join(percents)}.", "/rollout next", "/plan show"
        )
    if later[0] == rollout.step + 1:
        return
    between = later[0] - rollout.step - 1
    found = blockers(rollout, now, around)
    raise Blocked(
        f"{percent} is step {later[0] + 1} of {len(steps)}, and {rollout.name} is at step {rollout.step + 1} "
        f"“{rollout.current.name}”, with {between} {'step' if between == 1 else 'steps'} between. "
        f"Next is “{steps[rollout.step + 1].name}”.",
        found,
        *(("/checklist show",) if any(it.kind == "checklist" for it in found) else ()),
        "/rollout next",
        "/rollout timeline",
    )


def lower(rollout: Rollout, flag: str, percent: Percent, now: datetime, reason: str = "") -> Rollout:
    """Take a flag below what it holds, at once, and wait there.

    At a percentage of an earlier step the rollout stands at that step again; between steps it stands at the first one
    above the percentage, lowered, and `resume` takes it back up to that step.
    """
    require_active(rollout)
    environment = ramp_environment(rollout, flag)
    moved = arrived(rollout, _step_for(rollout, flag, environment, percent), now)
    moved = no_higher_than(rollout, moved)
    held = setting_in(rollout.wanted, flag, environment)
    setting = no_higher(with_percent(setting_in(moved.wanted, flag, environment), percent), held)
    if setting != setting_in(moved.wanted, flag, environment):
        moved = replace(moved, lowered=True, wanted=_with(moved.wanted, FlagTarget(flag, environment, setting)))
    cut = _with(rollout.cut, FlagTarget(flag, environment, setting))
    return held_at(replace(moved, cut=cut), now, reason)


def _step_for(rollout: Rollout, flag: str, environment: str, percent: Percent) -> int:
    """Return the earliest step taken at which the flag reaches a percentage, and anybody at all.

    A step that cannot be undone is not gone back behind.
    """
    first = max((index for index in range(rollout.step + 1) if rollout.plan.steps[index].irreversible), default=0)
    for index in range(first, rollout.step + 1):
        held = reach(setting_in(settings_of(rollout.plan, index, rollout.before), flag, environment))
        if held >= percent and held > ZERO:
            return index
    return rollout.step


def hold_at(rollout: Rollout, target: FlagTarget, now: datetime, reason: str = "") -> Rollout:
    """Make one flag of the rollout hold less than its step sets, wherever that was asked for, and wait there."""
    require_active(rollout)
    moved = replace(
        rollout,
        wanted=_with(rollout.wanted, target),
        observed=None,
        holding_since=None,
        lowered=True,
        cut=_with(rollout.cut, target),
        ready=False,
        version=rollout.version + 1,
        judging=unjudged(rollout.judging),
        measure_at=now if unknown_baselines(rollout) else None,
    )
    return held_at(moved, now, reason)


def give_way(rollout: Rollout, target: FlagTarget) -> Rollout:
    """Let an ended rollout, which is not back yet, want no more of a flag than what was set by hand meanwhile."""
    held = setting_in(rollout.wanted, target.flag, target.environment)
    lowered = replace(target, setting=no_higher(target.setting, held))
    return replace(rollout, wanted=_with(rollout.wanted, lowered), observed=None, version=rollout.version + 1)


def not_back_yet(rollout: Rollout, flag: str, environment: str) -> Refused:
    """Return why a flag cannot go up while an ended rollout is still on its way back."""
    ended = rollout.status.replace("_", " ")
    return Refused(
        f"{rollout.name} {rollout.plan.title} is {ended}, and “{flag}” in {environment} has not been seen to hold "
        "what that asks for.",
        f"/rollout status --rollout {rollout.id}",
    )


def _with(targets: tuple[FlagTarget, ...], changed: FlagTarget) -> tuple[FlagTarget, ...]:
    where = (changed.flag, changed.environment)
    others = tuple(target for target in targets if (target.flag, target.environment) != where)
    return (*others, changed)
