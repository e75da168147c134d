"""Whether the systems that hold a plan's flags can hold what the plan sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.flag import OFF, FlagSetting
from bot.domain.plan import environments_of, settings_at, settings_before
from bot.domain.provider import BUILTIN, holds_of
from bot.domain.ramp import setting_in

if TYPE_CHECKING:
    from bot.domain.holding import Holds
    from bot.domain.plan import Plan, PlanFlag
    from bot.domain.team import Team


@dataclass(frozen=True, slots=True)
class Where:
    """A part of a plan: what it says of a flag, or what a step or a rollback level sets."""

    flag: str
    step: int | None = None
    level: int | None = None


PlaceOf = Callable[[Where], str]
"""Returns where a part stands (`plans/checkout.yaml:14`), or an empty text where that is not known."""


Asked = tuple[Where, str, FlagSetting]
"""Where a plan asks for a setting, when that is, and which."""


def nowhere(where: Where) -> str:
    """Know no place."""
    del where
    return ""


def provider_problems(plan: Plan, team: Team, place: PlaceOf) -> Iterator[str]:
    """Yield what the plan asks of each flag's provider and it cannot do, with the places."""
    for flag in plan.flags:
        if flag.provider == BUILTIN or not team.file:
            continue
        holds = holds_of(team.providers, flag.provider)
        if holds is None:
            known = ", ".join((BUILTIN, *team.providers))
            yield _said(place, Where(flag.key), f"the team file has no provider “{flag.provider}”; it has {known}")
        else:
            yield from _of_flag(plan, flag, holds, place)


def _of_flag(plan: Plan, flag: PlanFlag, holds: Holds, place: PlaceOf) -> Iterator[str]:
    for environment in environments_of(plan):
        if not holds.has_environment(environment):
            known = ", ".join(holds.environments or ())
            yield _said(place, Where(flag.key), f"{flag.provider} has no environment “{environment}”; it has {known}")
    for where, when, setting in (*_starting(flag), *_at_steps(plan, flag), *_on_the_way_back(plan, flag)):
        for lack in holds.lacks(setting):
            yield _said(place, where, f"{when} sets {flag.key} to {setting}: {flag.provider} {lack}")


def _starting(flag: PlanFlag) -> Iterator[Asked]:
    if flag.starts is not None:
        yield Where(flag.key), "the start", flag.starts


def _at_steps(plan: Plan, flag: PlanFlag) -> Iterator[Asked]:
    before = settings_before(plan, ())
    for index, step in enumerate(plan.steps):
        if any(item.flag == flag.key for item in step.sets):
            setting = setting_in(settings_at(plan, index, before), flag.key, step.environment)
            yield Where(flag.key, step=index), f"“{step.name}”", setting


def _on_the_way_back(plan: Plan, flag: PlanFlag) -> Iterator[Asked]:
    for level in plan.rollback:
        for item in level.sets:
            if item.flag == flag.key:
                yield Where(flag.key, level=level.number), f"the way back “{level.name}”", item.change.applied_to(OFF)


def _said(place: PlaceOf, where: Where, sentence: str) -> str:
    at = place(where)
    return f"{at}: {sentence}" if at else sentence
