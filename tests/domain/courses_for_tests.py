"""Rollouts on any course: generated plans, and everything that people, the loop and time can do to a rollout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from bot.domain.blockers import open_items
from bot.domain.errors import Refused
from bot.domain.flag import OFF, FlagChange, goes_up, with_percent
from bot.domain.moves import abort, advance, back, pause, resume, roll_back, tick
from bot.domain.percent import ZERO, Percent
from bot.domain.plan import Advance, ChecklistItem, Irreversible, Phase, Plan, PlanFlag, RollbackLevel, SetFlag, Start
from bot.domain.progress import next_look, observe, proceed
from bot.domain.ramp import hold_at, lower, ramp_environment, ramped_flag, reach, setting_in, to_percent
from bot.domain.rollout import Rollout, Status
from tests.domain.plans_for_tests import (  # fmt: skip
    DAY,
    FIVE_PLANS,
    FLAG,
    HOUR,
    MINUTE,
    MONDAY,
    PRODUCTION,
    SWITCH_OFF,
    a_plan,
    a_step,
    percent,
    settle,
    ticked,
    to,
)

if TYPE_CHECKING:
    from bot.domain.plan import Step

OTHER = "search"
PERCENTS = (0, 0.001, 5, 10, 25, 50, 75, 100)
WAITS = (timedelta(0), MINUTE, HOUR, 7 * HOUR, DAY, 8 * DAY, 40 * DAY)


def by_itself(plan: Plan) -> Plan:
    """Return the plan with every step taken by the loop."""
    phases = (
        replace(phase, steps=tuple(replace(it, advance=Advance.AUTO) for it in phase.steps)) for phase in plan.phases
    )
    return replace(plan, key=f"{plan.key}-auto", phases=tuple(phases))


REAL_PLANS = FIVE_PLANS + tuple(by_itself(plan) for plan in FIVE_PLANS)


@st.composite
def steps_of_plans(draw: st.DrawFn) -> Step:
    sets = draw(st.sampled_from(((), (to(0),), (to(0), to(0, OTHER)))))
    return a_step(
        "",
        *sets,
        environment=draw(st.sampled_from((PRODUCTION, PRODUCTION, "staging"))),
        soak=draw(st.sampled_from((timedelta(0), HOUR, DAY))),
        advance=draw(st.sampled_from(Advance)),
        checklist=draw(st.sampled_from(((), (ChecklistItem("1", "Look"),)))),
        question=draw(st.sampled_from(("", "", "Go on?"))),
        start=draw(
            st.sampled_from(
                (None, None, Start(offset=3 * DAY), Start(time_of_day=time(5), until_time=time(11)), Start(business_days=True))
            )
        ),
        irreversible=draw(st.sampled_from((None, None, None, Irreversible("Deleting")))),
    )  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a plan of two flags whose percentages grow and whose tiers widen, as the plan files' check wants it."""
    steps = draw(st.lists(steps_of_plans(), min_size=1, max_size=6))
    numbers = sorted(draw(st.lists(st.sampled_from(PERCENTS), min_size=len(steps), max_size=len(steps))))
    widest = draw(st.sampled_from(((), ("pro", "free"))))
    named = []
    for index, (step, number) in enumerate(zip(steps, numbers, strict=True)):
        tiers = ("pro",) if index < len(steps) // 2 else widest
        change = FlagChange(percent=percent(number), tiers=tiers)
        items = tuple(replace(it, key=f"{index}.1") for it in step.checklist)
        sets = tuple(SetFlag(it.flag, change) for it in step.sets)
        named.append(replace(step, name=f"{index}: {number}%", sets=sets, checklist=items))
    deeper = RollbackLevel(2, "Back to 10 %", (SetFlag(FLAG, FlagChange(percent=percent(10), tiers=())),))
    levels = draw(st.sampled_from(((), (SWITCH_OFF,), (SWITCH_OFF, deeper))))
    return a_plan(
        *named, phases=(Phase("All", tuple(named)),), flags=(PlanFlag(FLAG), PlanFlag(OTHER)), rollback=levels
    )


def is_up(before: Rollout, after: Rollout) -> bool:
    """Say whether anybody could see a flag after a move who could not before it."""
    return any(
        goes_up(setting_in(before.wanted, it.flag, it.environment), it.setting) and (reach(it.setting) > ZERO)
        for it in after.wanted
    )


@dataclass
class Course:
    """A rollout on its way, the time, and what decides where it goes."""

    rollout: Rollout
    data: st.DataObject
    now: datetime = MONDAY

    def percent(self) -> Percent:
        return percent(self.data.draw(st.sampled_from(PERCENTS)))

    def wait(self) -> Rollout:
        self.now += self.data.draw(st.sampled_from(WAITS))
        return self.rollout

    def observe(self) -> Rollout:
        return settle(self.rollout, self.now)

    def drift(self) -> Rollout:
        """See one flag off, whatever is wanted of it."""
        changed = self.data.draw(st.sampled_from(self.rollout.wanted))
        seen = tuple(replace(it, setting=OFF) if it == changed else it for it in self.rollout.wanted)
        return observe(self.rollout, seen, self.now)

    def tick(self) -> Rollout:
        return ticked(self.rollout, *open_items(self.rollout), now=self.now)

    def untick(self) -> Rollout:
        said = [it for it in self.rollout.current.checklist if self.rollout.tick_of(it)]
        return tick(self.rollout, said[0], None) if said else self.rollout

    def onward(self) -> Rollout:
        """Do all that the step asks for, and take the next."""
        rollout = ticked(settle(self.rollout, self.now), *open_items(self.rollout), now=self.now)
        if rollout.status is Status.PAUSED:
            rollout = settle(resume(rollout, self.now), self.now)
        self.now = max(self.now, next_look(rollout, self.now) or self.now)
        return advance(rollout, self.now)

    def proceed(self) -> Rollout:
        return proceed(self.rollout, self.now)

    def advance(self) -> Rollout:
        return advance(self.rollout, self.now)

    def override(self) -> Rollout:
        return advance(self.rollout, self.now, override=True)

    def aim(self) -> Rollout:
        """Ask for a bare percentage, with or without a flag."""
        wanted = self.percent()
        named = self.data.draw(st.sampled_from(["", *(it.key for it in self.rollout.plan.flags)]))
        return to_percent(self.rollout, ramped_flag(self.rollout, named, wanted), wanted, self.now)

    def pause(self) -> Rollout:
        return pause(self.rollout, self.now)

    def resume(self) -> Rollout:
        return resume(self.rollout, self.now)

    def back(self) -> Rollout:
        return back(self.rollout, self.now)

    def roll_back(self) -> Rollout:
        return roll_back(self.rollout, self.data.draw(st.integers(0, 5)), self.now)

    def abort(self) -> Rollout:
        return abort(self.rollout, self.now)

    def lower(self) -> Rollout:
        flag = self.data.draw(st.sampled_from([it.key for it in self.rollout.plan.flags]))
        held = reach(setting_in(self.rollout.wanted, flag, ramp_environment(self.rollout, flag)))
        wanted = self.percent()
        if wanted >= held:
            raise Refused(f"{flag} is not above {wanted}.")
        return lower(self.rollout, flag, wanted, self.now)

    def hold(self) -> Rollout:
        """Change a flag by hand to no more than it is held at."""
        target = self.data.draw(st.sampled_from(self.rollout.wanted))
        least = with_percent(target.setting, min(target.setting.percent, self.percent()))
        return hold_at(self.rollout, replace(target, setting=self.data.draw(st.sampled_from((least, OFF)))), self.now)


LOOKS = (Course.wait, Course.observe, Course.drift, Course.tick, Course.untick)
"""What is no move: the version stays."""

DOWN = (Course.pause, Course.back, Course.lower, Course.hold, Course.roll_back)
"""What raises nobody's reach."""

UP = (Course.proceed, Course.advance, Course.override, Course.aim)
"""What may take the next step."""

EVERYTHING = (*LOOKS, *DOWN, *UP, Course.resume, Course.abort, Course.onward, Course.onward, Course.observe)
