"""What stands in the way of a rollout's next step, named with the time at which each thing is expected to be gone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.approvals import described, missing
from bot.domain.duration import describe_duration
from bot.domain.errors import Blocker
from bot.domain.gate import Standing
from bot.domain.measuring import baselines_in, how_often, standing
from bot.domain.plan import ChecklistItem
from bot.domain.rollout import Status
from bot.domain.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from bot.domain.gate import GateRecord
    from bot.domain.plan import Gate, Plan, Start
    from bot.domain.rollout import Rollout

ITEMS_NAMED = 6
"""So many open checklist items are named in one sentence; the rest are counted."""

SATURDAY = 5

DAYS_LOOKED_AHEAD = 4
"""Within so many days every window of the day opens, also where a change of clocks swallows one."""

OVERRIDABLE = frozenset({"soak", "checklist", "start", "freeze", "baseline", "gate", "approval"})
"""What a person with the permission may pass by with a reason; a pause is ended, not overridden."""


def items_at(plan: Plan, index: int) -> tuple[ChecklistItem, ...]:
    """Return what people confirm at one step: its checklist, the calls that are made by hand, its go/no-go question."""
    step = plan.steps[index]
    calls = tuple(
        ChecklistItem(f"c{index + 1}.{number}", f"Run “{call}” by hand", note="calls are not made by the bot yet")
        for number, call in enumerate(step.calls, 1)
    )
    question = (ChecklistItem(f"q{index + 1}", step.question),) if step.question else ()
    return calls + step.checklist + question


def items_of(plan: Plan, index: int, level: int | None) -> tuple[ChecklistItem, ...]:
    """Return what people confirm now: at a step, or on the way back where a rollback level is in force."""
    if level is None:
        return items_at(plan, index)
    chosen = next((entry for entry in plan.rollback if entry.number == level), None)
    if chosen is None:
        return ()
    calls = tuple(
        ChecklistItem(f"rc{level}.{number}", f"Run “{call}” by hand", note="calls are not made by the bot yet")
        for number, call in enumerate(chosen.calls, 1)
    )
    return calls + chosen.checklist


def items_now(rollout: Rollout, around: Surroundings = NOTHING) -> tuple[ChecklistItem, ...]:
    """Return what people confirm now: the step's own items, and what the environment's policy wants beforehand."""
    policy = around.prerequisites if rollout.active else ()
    return (*items_of(rollout.plan, rollout.step, rollout.level), *policy)


def open_items(rollout: Rollout, around: Surroundings = NOTHING) -> tuple[ChecklistItem, ...]:
    """Return the items that nobody confirmed or skipped."""
    return tuple(item for item in items_now(rollout, around) if rollout.tick_of(item) is None)


def blockers(rollout: Rollout, now: datetime, around: Surroundings = NOTHING) -> tuple[Blocker, ...]:
    """Name everything that keeps a rollout from its next step, or from being complete at its last.

    Approval is the last gate: it is asked for by the engine, and accepted, only when nothing else is in the way.
    """
    theirs = drifted(rollout, around)
    checks = (
        _paused(rollout, decided=not theirs),
        None if theirs else _applying(rollout),
        _soak(rollout, now),
        _checklist(rollout, around),
        _start(rollout, now),
    )
    found = [check for check in checks if check is not None]
    found += theirs
    found += around.stops
    found += _baselines(rollout)
    found += _gates(rollout, now)
    lacking = missing(rollout, around, now)
    if lacking:
        found.append(Blocker("approval", f"it waits for the approval of {described(lacking)}"))
    return tuple(found)


def drifted(rollout: Rollout, around: Surroundings) -> tuple[Blocker, ...]:
    """Return what somebody else set in the systems that hold the rollout's flags, and nobody decided about."""
    wanted = {(it.flag, it.environment): it.setting for it in rollout.wanted}
    return tuple(
        Blocker(
            "drift",
            f"somebody set {it.flag} in {it.environment} to {it.strange} in {it.provider}, and {ours} is wanted",
        )
        for it in around.sightings
        if it.strange is not None and (ours := wanted.get((it.flag, it.environment))) is not None
    )


def _baselines(rollout: Rollout) -> list[Blocker]:
    """A plan that compares with the time before must have measured it before it changes anything."""
    ahead = rollout.following is not None and bool(rollout.following.sets)
    unknown = unknown_baselines(rollout) if ahead or first_is_waiting(rollout) else ()
    if not unknown:
        return []
    names = ", ".join(unknown)
    return [Blocker("baseline", f"the value before the rollout is not known for {names}")]


def unknown_baselines(rollout: Rollout) -> tuple[str, ...]:
    """Return the metrics of which the plan compares with the time before, and nobody knows it yet."""
    known = {baseline.metric for baseline in rollout.judging.baselines}
    return tuple(name for name in baselines_in(rollout.plan) if name not in known)


def first_is_waiting(rollout: Rollout) -> bool:
    """Say whether a plan that begins with a change holds it back until every baseline is known."""
    return rollout.step == 0 and bool(rollout.current.sets) and bool(unknown_baselines(rollout))


def nothing_changed_yet(rollout: Rollout) -> bool:
    """Say whether the rollout has changed no flag, so that what is measured now was so before it."""
    return first_is_waiting(rollout) or not any(step.sets for step in rollout.plan.steps[: rollout.step + 1])


def _gates(rollout: Rollout, now: datetime) -> list[Blocker]:
    return [
        blocker
        for gate in rollout.current.gates
        if (blocker := _gate(gate, rollout.judging.record_of(gate.condition), now))
    ]


def _gate(gate: Gate, record: GateRecord | None, now: datetime) -> Blocker | None:
    says = (record.says if record is not None else "") or gate.condition
    reason = record.reason if record is not None else "it has not been measured yet"
    match standing(gate, record, now):
        case Standing.HOLDS:
            return None
        case Standing.NOT_YET:
            return Blocker("gate", f"the gate does not hold: {says}")
        case Standing.FAILED:
            failures = record.failures if record is not None else 0
            return Blocker("gate", f"the gate failed {how_often(failures)}: {says}")
        case Standing.ERROR:
            return Blocker("gate", f"the gate {gate.condition} cannot be judged: {reason}")
        case Standing.UNKNOWN:
            return Blocker("gate", f"the gate {gate.condition} is open: {reason or 'no fresh measurement'}")


def _paused(rollout: Rollout, *, decided: bool) -> Blocker | None:
    """Say that it is paused; a resume ends that once it is `decided` what is to stand in other systems."""
    if rollout.status is not Status.PAUSED:
        return None
    if not decided:
        return Blocker("paused", "it is paused until ours is restored, or theirs adopted")
    why = f" ({rollout.reason})" if rollout.reason else ""
    return Blocker("paused", f"it is paused{why}; /rollout resume ends that")


def _applying(rollout: Rollout) -> Blocker | None:
    if rollout.settled:
        return None
    return Blocker("applying", "the flags have not been seen to hold what this step sets")


def _soak(rollout: Rollout, now: datetime) -> Blocker | None:
    soak = rollout.current.soak
    if not soak:
        return None
    if rollout.holding_since is None:
        return Blocker("soak", f"this step must hold for {describe_duration(soak)}")
    # A pause stops the clock of the soak; how long it will last nobody knows.
    left = rollout.holding_since + soak - max(rollout.paused_at or now, rollout.holding_since)
    if left <= timedelta(0):
        return None
    ends = None if rollout.paused_at else rollout.holding_since + soak
    return Blocker("soak", f"this step must hold for another {describe_duration(left, 2)}", ends)


def _checklist(rollout: Rollout, around: Surroundings) -> Blocker | None:
    items = open_items(rollout, around)
    if not items:
        return None
    keys = ", ".join(item.key for item in items[:ITEMS_NAMED])
    more = ", …" if len(items) > ITEMS_NAMED else ""
    noun = "item is" if len(items) == 1 else "items are"
    return Blocker("checklist", f"{len(items)} checklist {noun} open ({keys}{more})")


def _start(rollout: Rollout, now: datetime) -> Blocker | None:
    following = rollout.following
    if following is None or following.start is None:
        return None
    earliest = earliest_start(following.start, rollout.started_at, now)
    if earliest <= now:
        return None
    return Blocker("start", f"“{following.name}” does not begin before its time", earliest)


def earliest_start(start: Start, rollout_started: datetime, now: datetime) -> datetime:
    """Return the first moment from `now` on at which a step may begin."""
    moment, zone = now, ZoneInfo(start.zone)
    if start.offset is not None:
        weekdays_in = zone if start.business_days else None
        moment = max(moment, _after(rollout_started, start.offset, weekdays_in))
    if start.at is not None:
        moment = max(moment, start.at.astimezone(UTC))
    if start.time_of_day is not None:
        moment = _within(moment, start.time_of_day, start.until_time, zone)
    if start.business_days and moment.astimezone(zone).weekday() >= SATURDAY:
        moment = _after_the_weekend(moment, zone)
        # A window across midnight is open on Monday before it opens again.
        if start.time_of_day is not None:
            moment = _within(moment, start.time_of_day, start.until_time, zone)
    return moment


def _after(moment: datetime, offset: timedelta, weekdays_in: ZoneInfo | None) -> datetime:
    """Return the moment an offset later; with a zone its days are that zone's weekdays, at the same time of day."""
    if weekdays_in is None:
        return moment + offset
    days, rest = divmod(offset, timedelta(days=1))
    local = moment.astimezone(weekdays_in)
    for _ in range(days):
        local += timedelta(days=1)
        while local.weekday() >= SATURDAY:
            local += timedelta(days=1)
    return local.astimezone(UTC) + rest


def _within(moment: datetime, opens: time, closes: time | None, zone: ZoneInfo) -> datetime:
    """Return the moment itself inside the window of the day, else the next opening; midnight may lie between."""
    local = moment.astimezone(zone)
    if _is_open(local.time(), opens, closes):
        return moment
    # Where clocks are put back a window may open twice in a night; where they are put forward it may not open at all.
    openings = (
        datetime.combine(local.date() + timedelta(days=days), opens, zone).replace(fold=fold).astimezone(UTC)
        for days in range(DAYS_LOOKED_AHEAD)
        for fold in (0, 1)
    )
    return next(
        opening for opening in openings if opening > moment and _is_open(opening.astimezone(zone).time(), opens, closes)
    )


def _is_open(at: time, opens: time, closes: time | None) -> bool:
    if closes is None:
        return at >= opens
    if opens < closes:
        return opens <= at < closes
    return at >= opens or at < closes


def _after_the_weekend(moment: datetime, zone: ZoneInfo) -> datetime:
    day = moment.astimezone(zone).date()
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def expected_free(found: tuple[Blocker, ...]) -> datetime | None:
    """Return when everything in the way is gone by itself, or None if a person has to do something."""
    if not all(blocker.expected for blocker in found):
        return None
    return max((blocker.expected for blocker in found if blocker.expected), default=None)
