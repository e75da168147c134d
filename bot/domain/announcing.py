"""What is to be announced: from what a rollout was when it was looked at last, and is now, to what is due when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from typing import TYPE_CHECKING

from bot.domain.announcement import Announcement
from bot.domain.gate import Standing
from bot.domain.measuring import standing
from bot.domain.moments import At, Before, Cron, Every, FromStart, Occasion, When, cron_times, parse_moment
from bot.domain.rollout import Rollout, Status
from bot.domain.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain.announcement import ReportedProblem
    from bot.domain.moments import Moment
    from bot.domain.plan import Communication, Plan

START = Occasion.STARTED
ENDS = {
    Status.ROLLED_BACK: Occasion.ROLLED_BACK,
    Status.ABORTED: Occasion.ABORTED,
    Status.COMPLETED: Occasion.COMPLETED,
}
DEFAULT_KINDS = {
    Occasion.STARTED: "started",
    Occasion.STEP: "step_reached",
    Occasion.PHASE: "step_reached",
    Occasion.HELD: "held",
    Occasion.GATE_FAILED: "gate_failed",
    Occasion.PROBLEM: "problem_reported",
    Occasion.PAUSED: "paused",
    Occasion.RESUMED: "resumed",
    Occasion.ROLLED_BACK: "paused_while_we_fix",
    Occasion.ABORTED: "aborted",
    Occasion.COMPLETED: "live",
}
"""What is said to those who asked to hear of something that the plan itself does not announce."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was known of a rollout when it was looked at last.

    `arrived` names the last arrival that was told (step and time), `phase` the index of the phase of that step,
    `failed` the conditions of failed gates, `problem` the number of the last reported problem.
    """

    status: Status = Status.RUNNING
    arrived: str = ""
    step: int = -1
    phase: int = -1
    failed: tuple[str, ...] = ()
    problem: int = 0
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a rollout. `key` tells it from every other one of the same rollout."""

    occasion: Occasion
    key: str
    at: datetime
    step: int
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """Who stopped a rollout, as the audit log has it, and whether that was the bot itself."""

    by: str = ""
    by_itself: bool = False


def seen_of(rollout: Rollout, before: Seen | None, problem: int, now: datetime) -> Seen:
    """Return what is known of a rollout once everything about it has been told."""
    known = before or Seen()
    here = _arrived(rollout)
    return Seen(
        status=rollout.status,
        arrived=_arrival(rollout) if here else known.arrived,
        step=rollout.step if here else known.step,
        phase=rollout.current.phase if here else known.phase,
        failed=_failed_gates(rollout, now),
        problem=problem,
        level=rollout.level,
    )


def happened(
    before: Seen | None, rollout: Rollout, problems: Sequence[ReportedProblem], stop: Stop, now: datetime
) -> tuple[Happening, ...]:
    """Return what happened to a rollout since it was looked at last, in the order in which people should hear of it."""
    known = before or Seen()
    found: list[Happening] = []
    if before is None:
        found.append(Happening(START, "started", rollout.started_at, 0))
    found += _arrivals(known, rollout)
    found += (_problem(it, rollout) for it in problems)
    failed = [it for it in _failed_gates(rollout, now) if it not in known.failed]
    if failed:
        key = f"gate_failed:{rollout.version}:{rollout.step}"
        found.append(Happening(Occasion.GATE_FAILED, key, now, rollout.step, (("gate", "; ".join(failed)),)))
    found += _turns(known, rollout, stop, now)
    return tuple(found)


def _arrivals(known: Seen, rollout: Rollout) -> Iterator[Happening]:
    if not _arrived(rollout) or known.arrived == _arrival(rollout):
        return
    at = rollout.holding_since or rollout.step_at
    if rollout.current.phase != known.phase:
        yield Happening(Occasion.PHASE, f"phase:{_arrival(rollout)}", at, rollout.step)
    yield Happening(Occasion.STEP, f"step:{_arrival(rollout)}", at, rollout.step)


def _problem(problem: ReportedProblem, rollout: Rollout) -> Happening:
    facts = (("problem", problem.text), ("reporter", problem.person))
    return Happening(Occasion.PROBLEM, f"problem:{problem.id}", problem.at, rollout.step, facts)


def _turns(known: Seen, rollout: Rollout, stop: Stop, now: datetime) -> Iterator[Happening]:
    """Yield what became of a rollout's status."""
    turned = known.status is not rollout.status or known.level != rollout.level
    if not turned:
        return
    key, reason = f"{rollout.version}", (("reason", rollout.reason), ("by", stop.by))
    if rollout.status is Status.PAUSED:
        occasion = Occasion.HELD if stop.by_itself else Occasion.PAUSED
        yield Happening(occasion, f"{occasion}:{key}", rollout.paused_at or now, rollout.step, reason)
    elif rollout.status is Status.RUNNING:
        yield Happening(Occasion.RESUMED, f"resumed:{key}", now, rollout.step)
    else:
        occasion = ENDS[rollout.status]
        # A rollout that completed and is rolled back afterwards keeps the time at which it was complete.
        again = known.status in ENDS
        yield Happening(
            occasion, f"{occasion}:{key}", now if again else rollout.finished_at or now, rollout.step, reason
        )


def _arrived(rollout: Rollout) -> bool:
    """Say whether a rollout stands at a step with the flags as the step sets them."""
    return rollout.status is Status.RUNNING and rollout.settled


def _arrival(rollout: Rollout) -> str:
    return f"{rollout.step}:{rollout.step_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}"


def _failed_gates(rollout: Rollout, now: datetime) -> tuple[str, ...]:
    records = ((gate, rollout.judging.record_of(gate.condition)) for gate in rollout.current.gates)
    return tuple(gate.condition for gate, record in records if standing(gate, record, now) is Standing.FAILED)


def announced_at(rollout: Rollout, happening: Happening, now: datetime) -> Iterator[Announcement]:
    """Yield what the plan announces at something that happened; each with the time at which it is due."""
    first = True
    for index, item in enumerate(rollout.plan.communication):
        moment = parse_moment(item.when)
        if isinstance(moment, When) and _meant(moment, happening, rollout.plan):
            due = happening.at + moment.after
            yield _new(rollout, item, f"{index}:{happening.key}", due, happening=happening, now=now, subscribers=first)
            first = False
        elif happening.occasion is START:
            times = _timed(moment, rollout, now)
            yield from (_new(rollout, item, f"{index}:{key}", at, happening=None, now=now) for key, at in times)


def _meant(moment: When, happening: Happening, plan: Plan) -> bool:
    if moment.occasion is not happening.occasion:
        return False
    step = plan.steps[happening.step]
    if moment.occasion is Occasion.STEP and moment.place:
        return moment.place in {step.name, step.name.removeprefix(f"{plan.phases[step.phase].name}: ")}
    return not moment.place or plan.phases[step.phase].name == moment.place


def _timed(moment: Moment, rollout: Rollout, now: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield when a moment that the clock decides comes for the first time in a rollout that starts."""
    match moment:
        case FromStart(offset) if offset >= timedelta(0):
            yield f"T+{offset.total_seconds():.0f}", rollout.started_at + offset
        case At(instant) if instant > rollout.started_at:
            yield "at", instant
        case Every() | Cron():
            yield repeat_after(moment, rollout, now)
        case Before(phase, lead):
            begins = next(
                it.begins
                for it in timeline(rollout.plan, rollout.started_at)
                if _phase(rollout.plan, it.index) == phase
            )
            yield "before", max(begins - lead, now)
        case _:
            return


def _phase(plan: Plan, step: int) -> str:
    return plan.phases[plan.steps[step].phase].name


def repeat_after(moment: Every | Cron, rollout: Rollout, now: datetime) -> tuple[str, datetime]:
    """Return the key and the time of the first repetition after a moment."""
    if isinstance(moment, Cron):
        at = next(cron_times(moment.expression, rollout.plan.zone, now)).astimezone(UTC)
        return f"cron:{at:%Y%m%dT%H%M}", at
    number = max((now - rollout.started_at) // moment.interval, 0) + 1
    return f"every:{number}", rollout.started_at + moment.interval * number


def repeated(announcement: Announcement, rollout: Rollout, now: datetime) -> Announcement | None:
    """Return the repetition that follows one whose time has come; None where there is none."""
    if not announcement.repeats or not rollout.active:
        return None
    moment = parse_moment(announcement.when)
    if not isinstance(moment, Every | Cron):
        return None
    key, at = repeat_after(moment, rollout, now)
    index = announcement.key.rpartition(":announce:")[2].partition(":")[0]
    item = rollout.plan.communication[int(index)]
    return _new(rollout, item, f"{index}:{key}", at, happening=None, now=now)


def before_start(plan: Plan, starts: datetime, by: str, now: datetime) -> tuple[Announcement, ...]:
    """Return what is announced ahead of a start that is planned for a moment."""
    found = []
    for index, item in enumerate(plan.communication):
        due = _ahead(parse_moment(item.when), plan, starts)
        if due is not None:
            found.append(
                Announcement(
                    id=0,
                    key=f"plan:{plan.key}:announce:{index}:{starts.astimezone(UTC):%Y%m%dT%H%M%S}",
                    subject=f"plan:{plan.key}",
                    plan=plan.key,
                    when=item.when,
                    to=item.to,
                    say=item.say,
                    created_at=now,
                    happened_at=due,
                    due_at=due,
                    facts=(*item.facts, ("starts_at", starts.isoformat())),
                    by=by,
                    hold=item.hold,
                    subscribers=True,
                )
            )
    return tuple(found)


def _ahead(moment: Moment, plan: Plan, starts: datetime) -> datetime | None:
    """Return when something is due that comes ahead of the start itself."""
    if isinstance(moment, FromStart) and moment.offset < timedelta(0):
        return starts + moment.offset
    del plan
    return None


def _new(
    rollout: Rollout,
    item: Communication,
    key: str,
    due: datetime,
    *,
    happening: Happening | None,
    now: datetime,
    subscribers: bool = True,
) -> Announcement:
    return Announcement(
        id=0,
        key=f"rollout:{rollout.id}:announce:{key}",
        subject=f"rollout:{rollout.id}",
        plan=rollout.plan.key,
        when=item.when,
        to=item.to,
        say=item.say,
        created_at=now,
        happened_at=happening.at if happening is not None else due,
        due_at=due,
        facts=(*item.facts, *(happening.facts if happening is not None else ())),
        occasion=happening.occasion if happening is not None else None,
        step=happening.step if happening is not None else None,
        hold=item.hold,
        subscribers=subscribers,
    )


def for_subscribers(rollout: Rollout, happening: Happening, now: datetime) -> Announcement:
    """Return what those hear who asked to hear of something that the plan itself does not announce."""
    return Announcement(
        id=0,
        key=f"rollout:{rollout.id}:announce:s:{happening.key}",
        subject=f"rollout:{rollout.id}",
        plan=rollout.plan.key,
        when=_written(happening.occasion),
        to=(),
        say=DEFAULT_KINDS[happening.occasion],
        created_at=now,
        happened_at=happening.at,
        due_at=happening.at,
        facts=happening.facts,
        occasion=happening.occasion,
        step=happening.step,
        subscribers=True,
    )


def _written(occasion: Occasion) -> str:
    return f"each {occasion}" if occasion in {Occasion.STEP, Occasion.PHASE} else str(occasion)


def upcoming(plan: Plan, starts: datetime, most: int = 50) -> tuple[tuple[datetime, Communication], ...]:
    """Return the announcements whose times are known ahead, in order, for a plan that starts then and is not held up."""
    expected = timeline(plan, starts)
    ends = expected[-1].ends
    found: list[tuple[datetime, Communication]] = []
    for item in plan.communication:
        found += ((at, item) for at in _times(parse_moment(item.when), plan, starts, ends, most))
    return tuple(sorted(found, key=lambda it: it[0]))


def _times(moment: Moment, plan: Plan, starts: datetime, ends: datetime, most: int) -> Iterator[datetime]:
    expected = timeline(plan, starts)
    match moment:
        case FromStart(offset):
            yield starts + offset
        case At(instant):
            yield instant
        case Every(interval):
            times = (starts + interval * number for number in count(1))
            yield from takewhile(lambda at: at < ends, (at for _, at in zip(range(most), times, strict=False)))
        case Cron(expression):
            times = (at.astimezone(UTC) for at in cron_times(expression, plan.zone, starts))
            yield from takewhile(lambda at: at < ends, (at for _, at in zip(range(most), times, strict=False)))
        case Before(phase, lead):
            yield next(it.begins for it in expected if _phase(plan, it.index) == phase) - lead
        case When(occasion, after, place):
            yield from (at + after for at in _planned(occasion, place, plan, starts, ends))


def _planned(occasion: Occasion, place: str, plan: Plan, starts: datetime, ends: datetime) -> Iterator[datetime]:
    if occasion is START:
        yield starts
    elif occasion is Occasion.COMPLETED:
        yield ends
    elif occasion in {Occasion.STEP, Occasion.PHASE}:
        last = -1
        for it in timeline(plan, starts):
            fits = _meant(When(occasion, place=place), Happening(occasion, "", it.begins, it.index), plan)
            if fits and (occasion is Occasion.STEP or it.step.phase != last):
                yield it.begins
            last = it.step.phase
