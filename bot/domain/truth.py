"""Whether an announcement is still true when its time has come, and which of several late ones is worth saying."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.announcement import BY_HAND, AnnouncementState
from bot.domain.moments import Before, FromStart, Occasion, parse_moment
from bot.domain.rollout import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.announcement import Announcement, Destination
    from bot.domain.rollout import Rollout

LATE = timedelta(minutes=10)
"""What comes later than this after its time is one of those of which a place hears only the newest."""

OVERDUE = timedelta(hours=1)
"""Words that a person wrote for one time are not said longer than this after it, unless somebody says that they still hold."""

_STATUSES = {
    Occasion.ROLLED_BACK: Status.ROLLED_BACK,
    Occasion.ABORTED: Status.ABORTED,
    Occasion.COMPLETED: Status.COMPLETED,
    Occasion.HELD: Status.PAUSED,
    Occasion.PAUSED: Status.PAUSED,
    Occasion.RESUMED: Status.RUNNING,
}


def overdue(announcement: Announcement, now: datetime) -> bool:
    """Say whether words of a person come so late that only a person can say whether they still hold."""
    on_its_way = announcement.state is AnnouncementState.SCHEDULED
    return announcement.when == BY_HAND and on_its_way and now - announcement.happened_at > OVERDUE


def untrue_of_plan(announcement: Announcement, starts: datetime, now: datetime) -> str:
    """Say why what announces a start that has not come is no longer true; an empty text where it is."""
    if announcement.when != BY_HAND and now >= starts:
        return f"the start was planned for {starts:%Y-%m-%d %H:%M} UTC, and that has passed"
    return ""


def untrue(announcement: Announcement, rollout: Rollout, *, named_kind: bool, resolved: bool = False) -> str:
    """Say why an announcement is not true any more; an empty text where it is.

    `named_kind` says that it tells the state of things, and is no text that somebody wrote. `resolved` says that
    the problem it tells of is.
    """
    if announcement.when == BY_HAND:
        return ""
    occasion, status = announcement.occasion, _status(rollout)
    if occasion in _STATUSES:
        return "" if rollout.status is _STATUSES[occasion] else f"the rollout {status}"
    if occasion in {Occasion.STEP, Occasion.PHASE}:
        return _not_there(announcement, rollout, named_kind=named_kind)
    if occasion is Occasion.PROBLEM:
        return "the problem is resolved" if resolved else ""
    if occasion in {Occasion.STARTED, Occasion.GATE_FAILED}:
        return (
            ""
            if rollout.active and (announcement.step == rollout.step or occasion is Occasion.STARTED)
            else f"the rollout {status}"
        )
    return _untimely(announcement, rollout)


def _untimely(announcement: Announcement, rollout: Rollout) -> str:
    """Judge what the clock alone called for."""
    moment = parse_moment(announcement.when)
    if isinstance(moment, FromStart) and moment.offset < timedelta(0):
        return "the rollout has started already"
    if rollout.status is not Status.RUNNING:
        return f"the rollout {_status(rollout)}"
    if isinstance(moment, Before):
        names = [phase.name for phase in rollout.plan.phases]
        if names.index(moment.phase) <= rollout.current.phase:
            return f"“{moment.phase}” has begun already"
    return ""


def _not_there(announcement: Announcement, rollout: Rollout, *, named_kind: bool) -> str:
    """Judge what tells of a step or a phase: a state is true while it lasts, a text until it is taken back."""
    steps, told = rollout.plan.steps, announcement.step or 0
    if rollout.status in {Status.ROLLED_BACK, Status.ABORTED}:
        return f"the rollout {_status(rollout)}"
    if not named_kind:
        return "" if rollout.step >= told else f"the rollout went back to “{rollout.current.name}”"
    there = (
        rollout.step == told if announcement.occasion is Occasion.STEP else rollout.current.phase == steps[told].phase
    )
    if not there:
        return f"the rollout is at “{rollout.current.name}” by now"
    return "" if rollout.status is Status.RUNNING else f"the rollout {_status(rollout)}"


def _status(rollout: Rollout) -> str:
    return {
        Status.RUNNING: "goes on",
        Status.PAUSED: "is paused",
        Status.ROLLED_BACK: "was rolled back",
        Status.ABORTED: "was aborted",
        Status.COMPLETED: "is complete",
    }[rollout.status]


def newest_only(
    due: Sequence[tuple[Announcement, Sequence[Destination]]], now: datetime
) -> Mapping[int, tuple[Destination, ...]]:
    """Return where each of one subject's announcements still goes, by their numbers.

    Of those that come late a place hears the newest alone, and nothing that merely repeats how things are beside
    something that happened. What a person held or wrote is never passed over.
    """
    said: dict[int, list[Destination]] = {it.id: [] for it, _ in due}
    latest: dict[tuple[str, str], tuple[Announcement, Destination]] = {}
    on_time: set[tuple[str, str]] = set()
    for announcement, destinations in sorted(due, key=lambda it: (it[0].repeats, it[0].happened_at, it[0].id)):
        for destination in destinations:
            if _matters(announcement, now):
                said[announcement.id].append(destination)
                on_time.add(destination.place)
            elif announcement.repeats and (destination.place in on_time or destination.place in latest):
                continue
            else:
                latest[destination.place] = (announcement, destination)
    for announcement, destination in latest.values():
        said[announcement.id].append(destination)
    return {number: tuple(places) for number, places in said.items()}


def _matters(announcement: Announcement, now: datetime) -> bool:
    """Say whether an announcement is said whatever else there is."""
    if announcement.hold or announcement.when == BY_HAND:
        return True
    waited = announcement.state is AnnouncementState.WAITING
    return not announcement.repeats and not waited and now - announcement.happened_at <= LATE
