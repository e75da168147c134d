"""What the loop decides about a rollout: pure functions of its state, what was seen of its flags, and the time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.blockers import blockers, expected_free
from bot.domain.flag import OFF, goes_up
from bot.domain.measuring import interval_of
from bot.domain.moves import advance, not_above, unjudged
from bot.domain.plan import Advance
from bot.domain.rollout import Rollout, Status
from bot.domain.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.flag import FlagTarget


def missing(rollout: Rollout, seen: tuple[FlagTarget, ...]) -> tuple[FlagTarget, ...]:
    """Return what is to be written: what is wanted and was not seen, and of a stopped rollout no more than was seen."""
    return tuple(target for target in taken_back(rollout, seen).wanted if target not in seen)


def taken_back(rollout: Rollout, seen: tuple[FlagTarget, ...]) -> Rollout:
    """Let a rollout that was stopped or goes back want no more than was seen: up is never by accident.

    A raise that was not in force when it was paused waits until it is resumed.
    """
    return rollout if rollout.status not in {Status.PAUSED, Status.ROLLED_BACK} else no_more_than(rollout, seen)


def no_more_than(rollout: Rollout, limits: tuple[FlagTarget, ...]) -> Rollout:
    """Let a rollout want no more than some limits; what is lowered in a pause waits for it to be resumed."""
    wanted = not_above(limits, rollout.wanted)
    if set(wanted) == set(rollout.wanted):
        return rollout
    return replace(rollout, wanted=wanted, lowered=rollout.status is Status.PAUSED)


def raised_in(held: tuple[FlagTarget, ...], wanted: tuple[FlagTarget, ...]) -> tuple[str, ...]:
    """Return the environments in which anybody is let in by what is wanted instead of what is held."""
    known = {(it.flag, it.environment): it.setting for it in held}
    rising = (it.environment for it in wanted if goes_up(known.get((it.flag, it.environment), OFF), it.setting))
    return tuple(dict.fromkeys(rising))


def on_its_way_in(rollout: Rollout) -> tuple[str, ...]:
    """Return the environments in which a running rollout may still be going up: its flags were not seen as it wants them.

    Where flags start, and what was taken down by hand, need not be in the environment of the step.
    """
    if not rollout.running or rollout.settled:
        return ()
    return tuple(dict.fromkeys(it.environment for it in rollout.wanted))


def observe(
    rollout: Rollout, seen: tuple[FlagTarget, ...], now: datetime, limits: tuple[FlagTarget, ...] | None = None
) -> Rollout:
    """Note what the flags were seen to hold; the soak begins when they first hold what the step sets.

    `limits` are the most that may be wanted of them, where that is not what was seen.
    """
    taken = taken_back(rollout, seen) if limits is None else no_more_than(rollout, limits)
    noted = replace(taken, observed=seen)
    if not noted.settled:
        return replace(noted, holding_since=None)
    if rollout.holding_since is not None:
        return noted
    judging = unjudged(rollout.judging, now)
    return replace(noted, holding_since=now, judging=judging, measure_at=now if measures(noted) else rollout.measure_at)


def measures(rollout: Rollout) -> bool:
    """Say whether there is anything to measure at the rollout's step."""
    return rollout.active and interval_of(rollout.current) is not None


def proceed(rollout: Rollout, now: datetime, around: Surroundings = NOTHING) -> Rollout:
    """Take the next step by itself where the plan says so, else note that nothing stands in its way any more."""
    if rollout.status is not Status.RUNNING or blockers(rollout, now, around):
        return rollout
    if goes_by_itself(rollout):
        return advance(rollout, now, around)
    return replace(rollout, ready=True)


def goes_by_itself(rollout: Rollout) -> bool:
    """Say whether the loop takes the next step: never one that cannot be undone."""
    following = rollout.following
    if following is not None and following.irreversible is not None:
        return False
    return rollout.current.advance is Advance.AUTO


def next_look(rollout: Rollout, now: datetime, around: Surroundings = NOTHING) -> datetime | None:
    """Return when the loop must look at a rollout again; None when only a person can change anything.

    Flags that are held elsewhere are looked at in between, as long as the rollout is active.
    """
    due = _next_by_itself(rollout, now, around)
    if around.look_at is None or not rollout.active:
        return due
    return around.look_at if due is None else min(due, around.look_at)


def _next_by_itself(rollout: Rollout, now: datetime, around: Surroundings) -> datetime | None:
    if not rollout.settled:
        return now
    if rollout.status is not Status.RUNNING:
        return None
    found = blockers(rollout, now, around)
    if found:
        # Approvals are asked for when all else is out of the way, so that moment is one to look at.
        return expected_free(tuple(it for it in found if it.kind != "approval"))
    return None if rollout.ready and not goes_by_itself(rollout) else now
