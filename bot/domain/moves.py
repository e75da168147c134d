"""The moves of a rollout as pure functions: from one state to the next, or a refusal that says why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.blockers import OVERRIDABLE, blockers, items_now, unknown_baselines
from bot.domain.errors import Blocked, Blocker, NotFound, Refused
from bot.domain.flag import OFF, FlagTarget, no_higher
from bot.domain.measuring import baselines_in
from bot.domain.plan import environments_of, settings_at, settings_before
from bot.domain.rollout import BLIND, Judging, Rollout, Status, Tick, TickState
from bot.domain.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.plan import ChannelName, ChecklistItem, Plan, RollbackLevel


def begin(
    plan: Plan,
    rollout_id: int,
    *,
    current: tuple[FlagTarget, ...],
    channels: tuple[ChannelName, ...],
    by: str,
    now: datetime,
) -> Rollout:
    """Start a plan at its first step; `current` is what its flags hold now and is what an abort goes back to."""
    return Rollout(
        id=rollout_id,
        plan=plan,
        status=Status.RUNNING,
        step=0,
        wanted=settings_of(plan, 0, current),
        before=current,
        started_at=now,
        started_by=by,
        step_at=now,
        channels=channels,
        measure_at=now if baselines_in(plan) else None,
    )


def settings_of(plan: Plan, index: int, before: tuple[FlagTarget, ...]) -> tuple[FlagTarget, ...]:
    """Return what every flag holds at a step of a rollout that found the flags at `before`."""
    return settings_at(plan, index, settings_before(plan, before))


def arrived(rollout: Rollout, index: int, now: datetime) -> Rollout:
    """Stand at a step, with its settings wanted and nothing of them seen yet."""
    return replace(
        rollout,
        step=index,
        step_at=now,
        wanted=settings_of(rollout.plan, index, rollout.before),
        version=rollout.version + 1,
        observed=None,
        holding_since=None,
        lowered=False,
        ready=False,
        reason="",
        judging=unjudged(rollout.judging),
        measure_at=now if unknown_baselines(rollout) else None,
    )


def unjudged(judging: Judging, since: datetime | None = None) -> Judging:
    """Begin to judge anew: what was measured before says nothing about what is to come; baselines are kept.

    Who was told that nothing can be measured is still owed the word that it can again.
    """
    owed = tuple(it for it in judging.told if it == BLIND)
    return Judging(since=since, baselines=judging.baselines, told=owed, counted_from=judging.counted_from)


def require_active(rollout: Rollout) -> None:
    """Refuse to move what has ended."""
    if rollout.active:
        return
    ended = rollout.status.replace("_", " ")
    raise Refused(
        f"{rollout.name} {rollout.plan.title} is {ended} and cannot be moved.",
        f"/rollout start {rollout.plan.key}",
        f"/rollout history --rollout {rollout.id}",
    )


def advance(rollout: Rollout, now: datetime, around: Surroundings = NOTHING, *, override: bool = False) -> Rollout:
    """Take the next step, or complete the plan at its last one.

    Raises Blocked with everything that stands in the way; an override passes by all that is not a pause or flags that
    are not seen to hold what is wanted.
    """
    require_active(rollout)
    found = tuple(item for item in blockers(rollout, now, around) if not (override and item.kind in OVERRIDABLE))
    if found:
        raise Blocked(_not_yet(rollout), found, *_ways_on(found))
    if rollout.following is None:
        return replace(
            rollout,
            status=Status.COMPLETED,
            version=rollout.version + 1,
            finished_at=now,
            ready=False,
            reason="",
            measure_at=None,
        )
    return arrived(rollout, rollout.step + 1, now)


def _not_yet(rollout: Rollout) -> str:
    goal = f"“{rollout.following.name}”" if rollout.following else "the end of the plan"
    return f"{rollout.name} cannot go on to {goal} yet."


def _ways_on(found: tuple[Blocker, ...]) -> tuple[str, ...]:
    kinds = {item.kind for item in found}
    ways = {
        "checklist": "/checklist show",
        "paused": "/rollout resume",
        "gate": "/rollout gates",
        "baseline": "/rollout metric NAME VALUE --baseline",
        "freeze": "/freeze list",
        "drift": "/flag restore",
    }
    if kinds == {"approval"}:
        return ("/rollout approve", "/rollout status")
    return (*(way for kind, way in ways.items() if kind in kinds), "/rollout status")


def pause(rollout: Rollout, now: datetime, reason: str = "") -> Rollout:
    """Stop the clock: the flags stay as they are and nothing advances."""
    require_active(rollout)
    if rollout.status is Status.PAUSED:
        raise Refused(f"{rollout.name} is paused already.", "/rollout resume")
    return replace(
        rollout, status=Status.PAUSED, paused_at=now, version=rollout.version + 1, reason=reason, ready=False
    )


def resume(rollout: Rollout, now: datetime) -> Rollout:
    """Go on: the rest of the soak is kept, and what was lowered goes back to what the step sets and holds anew."""
    require_active(rollout)
    if rollout.status is not Status.PAUSED:
        raise Refused(f"{rollout.name} is not paused.", "/rollout status")
    rollout = replace(rollout, judging=replace(rollout.judging, counted_from=now))
    if rollout.lowered:
        return replace(arrived(rollout, rollout.step, now), status=Status.RUNNING, paused_at=None, cut=())
    held = rollout.holding_since
    if held is not None and rollout.paused_at is not None:
        held += now - max(rollout.paused_at, held)
    return replace(
        rollout,
        status=Status.RUNNING,
        paused_at=None,
        holding_since=held,
        cut=(),
        version=rollout.version + 1,
        reason="",
        judging=unjudged(rollout.judging, now),
        measure_at=now,
    )


def back(rollout: Rollout, now: datetime, reason: str = "") -> Rollout:
    """Return to the step before this one and wait there, so that it does not climb again by itself."""
    require_active(rollout)
    if rollout.step == 0:
        raise Refused(f"{rollout.name} is at its first step.", "/rollout rollback", "/rollout abort")
    stuck = rollout.current.irreversible
    if stuck is not None:
        # Plans name what is final by a noun or say it in a sentence.
        final = stuck.what if stuck.what.endswith(".") else f"{stuck.what} cannot be undone."
        instead = f" What can still be done: {stuck.instead.removesuffix('.')}." if stuck.instead else ""
        raise Refused(f"{final}{instead}", "/rollout pause", "/rollout rollback")
    return held_at(no_higher_than(rollout, arrived(rollout, rollout.step - 1, now)), now, reason)


def no_higher_than(before: Rollout, after: Rollout) -> Rollout:
    """Keep every flag as low as it was where a rollout goes back: an earlier step may have held one of them higher."""
    wanted = not_above(before.wanted, after.wanted)
    return replace(after, wanted=wanted, lowered=set(wanted) != set(after.wanted))


def held_at(rollout: Rollout, now: datetime, reason: str) -> Rollout:
    """Pause where the rollout stands, because it went down: up again is a person's decision."""
    return replace(rollout, status=Status.PAUSED, paused_at=now, reason=reason)


def roll_back(rollout: Rollout, number: int, now: datetime, reason: str = "") -> Rollout:
    """Go back to a rollback level: the flags are switched as the plan says, at once, and never up.

    Allowed from every state, also after completion, and from one level to another.
    """
    if rollout.status is Status.ABORTED:
        raise Refused(f"{rollout.name} was aborted; its flags are as they were before it.", "/flag list")
    if rollout.level == number:
        raise Refused(f"{rollout.name} is rolled back to level {rollout.level} already.", "/rollout status")
    level = level_of(rollout.plan, number)
    return replace(
        rollout,
        status=Status.ROLLED_BACK,
        level=number,
        wanted=_rolled_back(rollout, level),
        observed=None,
        holding_since=None,
        paused_at=None,
        lowered=False,
        ready=False,
        version=rollout.version + 1,
        reason=reason,
        finished_at=rollout.finished_at or now,
        measure_at=None,
    )


def level_of(plan: Plan, number: int) -> RollbackLevel | None:
    """Return a rollback level; None for level 1 of a plan without levels, which goes back to how it was before."""
    found = next((level for level in plan.rollback if level.number == number), None)
    if found is None and not (number == 1 and not plan.rollback):
        known = ", ".join(f"{level.number} {level.name}" for level in plan.rollback) or "1"
        raise NotFound(f"The plan has no rollback level {number}; it has {known}.", "/rollout rollback 1")
    return found


def _rolled_back(rollout: Rollout, level: RollbackLevel | None) -> tuple[FlagTarget, ...]:
    """Return what the flags hold after going back: the level's own settings, or level 1's where it has none.

    Never more than they hold now: a level such as “back to 10 %” must not raise what stands below it.
    """
    plan = rollout.plan
    if level is None:
        return not_above(rollout.wanted, rollout.before)
    sets = level.sets or next((it.sets for it in plan.rollback if it.number == 1), ())
    held = {(it.flag, it.environment): it for it in rollout.wanted}
    for item in sets:
        for environment in environments_of(plan):
            now = held.get((item.flag, environment), FlagTarget(item.flag, environment, OFF))
            asked = FlagTarget(item.flag, environment, item.change.applied_to(now.setting))
            held[item.flag, environment] = replace(asked, setting=no_higher(asked.setting, now.setting))
    return tuple(held.values())


def not_above(held: tuple[FlagTarget, ...], asked: tuple[FlagTarget, ...]) -> tuple[FlagTarget, ...]:
    """Return the asked settings, each cut down to what its flag is held at."""
    known = {(it.flag, it.environment): it.setting for it in held}
    return tuple(
        replace(it, setting=no_higher(it.setting, known.get((it.flag, it.environment), it.setting))) for it in asked
    )


def abort(rollout: Rollout, now: datetime, reason: str = "") -> Rollout:
    """End the rollout and put every flag back to what it held before it, but for what people took down since."""
    require_active(rollout)
    return replace(
        rollout,
        status=Status.ABORTED,
        wanted=not_above(rollout.cut, rollout.before),
        observed=None,
        holding_since=None,
        paused_at=None,
        lowered=False,
        ready=False,
        version=rollout.version + 1,
        reason=reason,
        finished_at=now,
        measure_at=None,
    )


def tick(rollout: Rollout, item: ChecklistItem, said: Tick | None, around: Surroundings = NOTHING) -> Rollout:
    """Confirm, skip or (with None) reopen a checklist item of the current step or rollback level."""
    if item not in items_now(rollout, around):
        raise Refused(f"“{item.text}” is not on the list of the current step.", "/checklist show")
    known = rollout.tick_of(item)
    if said is None and known is None:
        raise Refused(f"{item.key} “{item.text}” is open already.", "/checklist show")
    if said is not None and known is not None and known.state is said.state:
        word = "skipped" if said.state is TickState.SKIPPED else "ticked"
        raise Refused(f"{item.key} “{item.text}” was {word} by {known.by} already.", f"/checklist untick {item.key}")
    kept = tuple(entry for entry in rollout.ticks if entry.item != item.key)
    return replace(rollout, ticks=(*kept, said) if said is not None else kept, ready=False)
