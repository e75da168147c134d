"""Rollouts on any course: generated plans, and everything that people, the loop and time can do to a rollout."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from bot.domain.approvals import approve, missing
from bot.domain.blockers import open_items
from bot.domain.condition_verdict import Verdict
from bot.domain.errors import Blocker, Refused
from bot.domain.flag import OFF, FlagChange, goes_up, with_percent
from bot.domain.gate import GateRecord
from bot.domain.measuring import baselines_in
from bot.domain.moves import abort, advance, back, pause, resume, roll_back, tick
from bot.domain.percent import ZERO, Percent
from bot.domain.plan import (
    Advance,
    Approval,
    Breach,
    ChecklistItem,
    Gate,
    Guardrail,
    Irreversible,
    Phase,
    Plan,
    PlanFlag,
    RollbackLevel,
    SetFlag,
    Start,
)
from bot.domain.progress import measures, next_look, observe, proceed
from bot.domain.ramp import hold_at, lower, ramp_environment, ramped_flag, reach, setting_in, to_percent
from bot.domain.rollout import Baseline, Rollout, Status
from bot.domain.surroundings import NOTHING, Surroundings
from bot.domain.verdicts import act
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
FROZEN = Surroundings(stops=(Blocker("freeze", "the line is stopped"),))
GATES = ((), (), (Gate("error_rate < 0.5%", max_failures=1),), (Gate("p95 <= baseline"), Gate("error_rate < 0.5%")))
APPROVALS = ((), (), (), (Approval("qa"), Approval("lead", 2)))
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
        gates=draw(st.sampled_from(GATES)),
        guardrails=draw(st.sampled_from(((), (), *((Guardrail("error_rate > 1%", then),) for then in Breach)))),
        approvals=draw(st.sampled_from(APPROVALS)),
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


def with_baselines(rollout: Rollout) -> Rollout:
    """Return the rollout with all its metrics known from before it began."""
    known = tuple(Baseline(name, 100.0) for name in baselines_in(rollout.plan))
    return replace(rollout, judging=replace(rollout.judging, baselines=known))


def judged_to(rollout: Rollout, gate: Verdict, rail: Verdict, now: datetime) -> Rollout:
    """Return the rollout with every gate and every guardrail of its step judged to this just now."""
    step = rollout.current
    verdicts = {**{it.condition: gate for it in step.gates}, **{it.condition: rail for it in step.guardrails}}
    records = []
    for condition, verdict in verdicts.items():
        known = rollout.judging.record_of(condition) or GateRecord(condition, now)
        failures = known.failures + (verdict is Verdict.FALSE)
        records.append(replace(known, at=now, verdict=verdict, failures=failures, says="as measured"))
    return replace(rollout, judging=replace(rollout.judging, records=tuple(records)))


def judged_well(rollout: Rollout, now: datetime) -> Rollout:
    """Return the rollout with everything measured since its step began as it should be."""
    unjudged = replace(rollout, judging=replace(rollout.judging, records=()))
    return with_baselines(judged_to(unjudged, Verdict.TRUE, Verdict.FALSE, now))


def approved(rollout: Rollout, now: datetime, person: str = "another engineer") -> Rollout:
    """Return the rollout after a person with every role said yes. Raises Refused where nobody's is missing."""
    roles = frozenset(it.role for it in rollout.current.approvals)
    return approve(rollout, person, roles, NOTHING, now)[0]


def all_approved(rollout: Rollout, now: datetime) -> Rollout:
    """Return the rollout after as many people said yes as are needed."""
    for number in range(9):
        if missing(rollout, NOTHING, now):
            rollout = approved(rollout, now, f"approver {number}")
    return rollout


@dataclass
class Course:
    """A rollout on its way, the time, and what decides where it goes."""

    rollout: Rollout
    data: st.DataObject
    now: datetime = MONDAY
    around: Surroundings = field(default=NOTHING)

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

    def freeze(self) -> Rollout:
        self.around = self.data.draw(st.sampled_from((NOTHING, FROZEN)))
        return self.rollout

    def look_back(self) -> Rollout:
        """Find out what the metrics were before."""
        return with_baselines(self.rollout)

    def measure(self) -> Rollout:
        """Judge the step's conditions once more, and do what follows from it."""
        if not (measures(self.rollout) and self.rollout.settled):
            return self.rollout
        gate, rail = self.data.draw(st.sampled_from(((Verdict.TRUE, Verdict.FALSE), *((it, it) for it in Verdict))))
        return act(judged_to(self.rollout, gate, rail, self.now), self.now).rollout

    def approve(self) -> Rollout:
        return approved(self.rollout, self.now)

    def onward(self) -> Rollout:
        """Do all that the step asks for, and take the next."""
        self.around = NOTHING
        rollout = ticked(settle(self.rollout, self.now), *open_items(self.rollout), now=self.now)
        if rollout.status is Status.PAUSED:
            rollout = settle(resume(rollout, self.now), self.now)
        waits_for = replace(judged_well(rollout, self.now), approvals=all_approved(rollout, self.now).approvals)
        self.now = max(self.now, next_look(waits_for, self.now) or self.now)
        return advance(all_approved(judged_well(rollout, self.now), self.now), self.now)

    def proceed(self) -> Rollout:
        return proceed(self.rollout, self.now, self.around)

    def advance(self) -> Rollout:
        return advance(self.rollout, self.now, self.around)

    def override(self) -> Rollout:
        return advance(self.rollout, self.now, self.around, override=True)

    def aim(self) -> Rollout:
        """Ask for a bare percentage, with or without a flag."""
        wanted = self.percent()
        named = self.data.draw(st.sampled_from(["", *(it.key for it in self.rollout.plan.flags)]))
        return to_percent(self.rollout, ramped_flag(self.rollout, named, wanted), wanted, self.now, self.around)

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


LOOKS = (
    Course.wait,
    Course.observe,
    Course.drift,
    Course.tick,
    Course.untick,
    Course.freeze,
    Course.look_back,
    Course.approve,
)
"""What is no move: the version stays."""

DOWN = (Course.pause, Course.back, Course.lower, Course.hold, Course.roll_back, Course.measure)
"""What raises nobody's reach."""

BY_ITSELF = (Course.proceed, Course.measure)
"""What the loop does, which may be nothing."""

UP = (Course.proceed, Course.advance, Course.override, Course.aim)
"""What may take the next step."""

EVERYTHING = (
    *LOOKS,
    *DOWN,
    *UP,
    Course.resume,
    Course.abort,
    Course.onward,
    Course.onward,
    Course.observe,
    Course.measure,
)
