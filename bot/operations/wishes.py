"""What a person may want of a rollout, each with its move, its name in the audit log and what is dangerous about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain import moves, ramp
from bot.domain.audit import Action
from bot.domain.percent import Percent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.plan import Step
    from bot.domain.rollout import Rollout
    from bot.domain.surroundings import Surroundings


def _harmless(_: Rollout) -> str:
    return ""


def _never(_: Rollout) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing wanted of a rollout.

    `goes_up` says whether it may let more people in. `move` may refuse. `danger` says what cannot be undone about it for a given rollout, or an empty text. `words` is
    what a stored question repeats when it is answered: a verb with its arguments.
    """

    action: Action
    words: tuple[str, ...]
    reason: str
    move: Callable[[Rollout, datetime, Surroundings], Rollout]
    danger: Callable[[Rollout], str] = _harmless
    goes_up: Callable[[Rollout], bool] = _never


def to_advance(reason: str = "", *, override: bool = False) -> Wish:
    """Take the next step; with an override past soak, checklist and dates."""
    return Wish(
        Action.ROLLOUT_OVERRIDE if override else Action.ROLLOUT_ADVANCE,
        ("override" if override else "next",),
        reason,
        lambda rollout, now, around: moves.advance(rollout, now, around, override=override),
        _cannot_be_undone,
        lambda _: True,
    )


def to_reach(percent: Percent, flag: str = "", reason: str = "") -> Wish:
    """Take a flag to a percentage."""

    def move(rollout: Rollout, now: datetime, around: Surroundings) -> Rollout:
        key = ramp.ramped_flag(rollout, flag, percent)
        return ramp.to_percent(rollout, key, percent, now, around, reason=reason)

    def goes_up(rollout: Rollout) -> bool:
        heading = ramp.direction_of(rollout, ramp.ramped_flag(rollout, flag, percent), percent)
        return heading in {ramp.Direction.UP, ramp.Direction.RESTORE}

    def danger(rollout: Rollout) -> str:
        heading = ramp.direction_of(rollout, ramp.ramped_flag(rollout, flag, percent), percent)
        return _cannot_be_undone(rollout) if heading is ramp.Direction.UP else ""

    return Wish(Action.ROLLOUT_RAISE, ("to", str(percent), flag), reason, move, danger, goes_up)


def to_pause(reason: str = "") -> Wish:
    """Stop the clock."""
    return Wish(Action.ROLLOUT_PAUSE, ("pause",), reason, lambda rollout, now, _: moves.pause(rollout, now, reason))


def to_resume(reason: str = "") -> Wish:
    """Go on after a pause."""

    def move(rollout: Rollout, now: datetime, around: Surroundings) -> Rollout:
        ramp.require_ours(rollout, around)
        if _waits_to_go_up(rollout):
            ramp.require_free(rollout, around)
        return moves.resume(rollout, now)

    return Wish(Action.ROLLOUT_RESUME, ("resume",), reason, move, goes_up=_waits_to_go_up)


def _waits_to_go_up(rollout: Rollout) -> bool:
    """Say whether to resume may let people in: what was lowered, or was not seen in force when the line was stopped."""
    return rollout.lowered or not rollout.settled


def to_go_back(reason: str = "") -> Wish:
    """Return to the step before."""
    return Wish(Action.ROLLOUT_BACK, ("back",), reason, lambda rollout, now, _: moves.back(rollout, now, reason))


def to_roll_back(level: int, reason: str = "") -> Wish:
    """Go back to a rollback level."""

    def danger(rollout: Rollout) -> str:
        chosen = moves.level_of(rollout.plan, level)
        if chosen is None or not chosen.destroys:
            return ""
        return f"Level {level} “{chosen.name}” destroys for good: {chosen.destroys}."

    return Wish(
        Action.ROLLOUT_ROLLBACK,
        ("rollback", str(level)),
        reason,
        lambda rollout, now, _: moves.roll_back(rollout, level, now, reason),
        danger,
    )


def to_abort(reason: str = "") -> Wish:
    """End the rollout and restore its flags."""
    return Wish(Action.ROLLOUT_ABORT, ("abort",), reason, lambda rollout, now, _: moves.abort(rollout, now, reason))


def _cannot_be_undone(rollout: Rollout) -> str:
    return for_good(rollout.following) if rollout.following is not None else ""


def for_good(step: Step) -> str:
    """Return what about taking a step cannot be undone; an empty text where everything can."""
    stuck = step.irreversible
    if stuck is None:
        return ""
    instead = f" What can still be done afterwards: {stuck.instead.removesuffix('.')}." if stuck.instead else ""
    return f"“{step.name}” cannot be undone: {stuck.what.removesuffix('.')}.{instead}"


def to_text(wish: Wish) -> str:
    """Return a wish as a stored question keeps it."""
    return json.dumps([*wish.words, wish.reason])


def from_text(text: str) -> Wish:
    """Return the wish that a stored question kept."""
    verb, *arguments, reason = json.loads(text)
    match verb, arguments:
        case "rollback", [level]:
            return to_roll_back(int(level), reason)
        case "to", [percent, flag]:
            return to_reach(Percent.parse(percent), flag, reason)
        case _:
            return to_advance(reason, override=verb == "override")
