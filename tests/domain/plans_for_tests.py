"""Plans and rollouts made to measure, and the five plans of the project, for the tests of the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.flag import OFF, FlagChange, FlagSetting, FlagTarget
from bot.domain.moves import begin, tick
from bot.domain.percent import Percent
from bot.domain.plan import Phase, Plan, PlanFlag, RollbackLevel, SetFlag, Step, environments_of
from bot.domain.progress import observe
from bot.domain.rollout import Rollout, Tick, TickState
from bot.files.plan_file import load_plan

if TYPE_CHECKING:
    from bot.domain.plan import ChecklistItem

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday morning, at which rollouts of these tests begin."""

FLAG = "checkout"
PRODUCTION = "production"

SWITCH_OFF = RollbackLevel(1, "Switch it off", (SetFlag(FLAG, FlagChange(on=False)),))

FIVE_PLANS = tuple(load_plan(path) for path in sorted((Path(__file__).parents[2] / "plans").glob("*.yaml")))


def percent(number: float) -> Percent:
    return Percent.of(number)


def holding(number: float, *tiers: str, users: tuple[str, ...] = ()) -> FlagSetting:
    """Return a setting that is on for so many percent."""
    return FlagSetting(on=True, percent=percent(number), tiers=tiers, users=users)


def to(number: float, flag: str = FLAG) -> SetFlag:
    """Return what takes a flag to so many percent."""
    return SetFlag(flag, FlagChange(percent=percent(number)))


def a_step(name: str = "A step", *sets: SetFlag, **fields: object) -> Step:
    """Return a step of which only what is named is unusual; without a soak."""
    return Step(name, **{"phase": 0, "environment": PRODUCTION, "sets": sets, **fields})  # type: ignore[arg-type]  # The fields are the test's to choose.


def a_plan(*steps: Step, **fields: object) -> Plan:
    """Return a plan of one phase that drives one flag and can be switched off."""
    usual = {
        "key": "checkout-redesign",
        "title": "The new checkout page",
        "environment": PRODUCTION,
        "digest": "ab" * 32,
        "phases": (Phase("Slowly", steps),),
        "flags": (PlanFlag(FLAG),),
        "rollback": (SWITCH_OFF,),
    }
    return Plan(**{**usual, **fields})  # type: ignore[arg-type]  # The fields are the test's to choose.


def ramp_plan(*percents: float, soak: timedelta = DAY, **fields: object) -> Plan:
    """Return a plan with a step for each percentage, each held for a day."""
    return a_plan(*(a_step(f"{number}%", to(number), soak=soak, **fields) for number in percents))


def started(plan: Plan, now: datetime = MONDAY, held: tuple[FlagTarget, ...] = ()) -> Rollout:
    """Return a rollout of a plan at its first step, with nothing seen yet; flags not named as held were off."""
    named = {(it.flag, it.environment) for it in held}
    places = ((flag.key, environment) for flag in plan.flags for environment in environments_of(plan))
    off = tuple(FlagTarget(*place, OFF) for place in places if place not in named)
    return begin(plan, 7, current=held + off, channels=(), by="an engineer", now=now)


def settle(rollout: Rollout, now: datetime) -> Rollout:
    """Return the rollout after its flags were seen to hold what is wanted."""
    return observe(rollout, rollout.wanted, now)


def held(rollout: Rollout, flag: str = FLAG, environment: str = PRODUCTION) -> str:
    """Return what is wanted of a flag, as people read it."""
    return str(next(it.setting for it in rollout.wanted if (it.flag, it.environment) == (flag, environment)))


def ticked(rollout: Rollout, *items: ChecklistItem, now: datetime = MONDAY) -> Rollout:
    """Return the rollout with these items confirmed."""
    for item in items:
        rollout = tick(rollout, item, Tick(item.key, TickState.DONE, "an engineer", now))
    return rollout
