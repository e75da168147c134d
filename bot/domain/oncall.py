"""On-call schedules: who answers in each layer at a moment, what overrides change, and when it is handed over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from bot.domain.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bot.domain.plan import ChannelName
    from bot.domain.rotation import Rotation

Overrides = tuple["Override", ...]
"""In the order in which people made them: a later one is applied to what the earlier ones left."""


class OverrideKind(StrEnum):
    """Whether somebody answers beside those who are on call, or instead of them."""

    ADD = "add"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody who answers in one layer from `start` up to (and without) `end`, whatever the rotation says.

    A replacement is for one person where `instead_of` names one, otherwise for whoever is on call. `id` is 0 until it
    is stored.
    """

    schedule: str
    layer: str
    person: str
    kind: OverrideKind
    start: datetime
    end: datetime
    by: str
    reason: str = ""
    instead_of: str = ""
    id: int = 0

    def holds(self, at: datetime) -> bool:
        """Say whether it is in force."""
        return self.start <= at < self.end

    def applied_to(self, people: tuple[str, ...]) -> tuple[str, ...]:
        """Return who is on call with it."""
        if self.kind is OverrideKind.REPLACE and not self.instead_of:
            return (self.person,)
        if self.kind is OverrideKind.REPLACE:
            people = tuple(self.person if it == self.instead_of else it for it in people)
        else:
            people = (*people, self.person)
        return tuple(dict.fromkeys(people))


@dataclass(frozen=True, slots=True)
class Schedule:
    """The layers of people who are on call for one thing; hand-offs are told in its `channels`.

    A layer is a rotation of ours, or the roster of a schedule that PagerDuty keeps.
    """

    name: str
    zone: str = "UTC"
    rotations: tuple[Rotation | Roster, ...] = ()
    channels: tuple[ChannelName, ...] = ()

    def rotation(self, layer: str) -> Rotation | Roster | None:
        """Return the rotation of a layer; without a name that of the first one."""
        return next((it for it in self.rotations if layer in {it.layer, ""}), None)

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the names of the layers, in the order in which they are declared."""
        return tuple(it.layer for it in self.rotations)

    @property
    def known(self) -> bool:
        """Say whether it is known who takes turns in every layer."""
        return all(it.known for it in self.rotations)

    @property
    def elsewhere(self) -> bool:
        """Say whether PagerDuty keeps the schedule."""
        return any(isinstance(it, Roster) for it in self.rotations)

    @property
    def read_at(self) -> datetime | None:
        """Return when PagerDuty answered last; None where it never has, or where the schedule is ours."""
        return next((it.asked_at for it in self.rotations if isinstance(it, Roster)), None)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who answers in one layer at a moment, until when (None: for good), and who does afterwards."""

    layer: str
    people: tuple[str, ...]
    until: datetime | None = None
    following: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """A time without a change in one layer, from `start` up to (and without) `end`."""

    layer: str
    people: tuple[str, ...]
    start: datetime
    end: datetime


def on_call(schedule: Schedule, overrides: Iterable[Override], at: datetime) -> dict[str, tuple[str, ...]]:
    """Return who is on call in each layer at a moment; nobody in a layer without people."""
    known = tuple(overrides)
    return {it.layer: _Layer.of(schedule, it, known).people(at) for it in schedule.rotations}


def duties(schedule: Schedule, overrides: Iterable[Override], at: datetime) -> tuple[OnDuty, ...]:
    """Return who is on call in each layer, until when, and who is next."""
    known = tuple(overrides)
    return tuple(_Layer.of(schedule, it, known).duty(at) for it in schedule.rotations)


def shifts(
    schedule: Schedule, overrides: Iterable[Override], start: datetime, end: datetime
) -> dict[str, tuple[Shift, ...]]:
    """Return the shifts of each layer, which cover the whole time between two moments without gap or overlap."""
    known = tuple(overrides)
    return {it.layer: tuple(_Layer.of(schedule, it, known).shifts(start, end)) for it in schedule.rotations}


def next_handoff(schedule: Schedule, overrides: Iterable[Override], at: datetime) -> datetime | None:
    """Return when who is on call changes next in any layer; None where it never does."""
    moments = [it.until for it in duties(schedule, overrides, at)]
    return min((it for it in moments if it is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer of a schedule with the overrides that are about it."""

    rotation: Rotation | Roster
    overrides: Overrides

    @classmethod
    def of(cls, schedule: Schedule, rotation: Rotation | Roster, overrides: Overrides) -> _Layer:
        mine = (it for it in overrides if (it.schedule, it.layer) == (schedule.name, rotation.layer))
        return cls(rotation, tuple(mine))

    def people(self, at: datetime) -> tuple[str, ...]:
        people = self.rotation.people(at)
        for override in self.overrides:
            if override.holds(at):
                people = override.applied_to(people)
        return people

    def duty(self, at: datetime) -> OnDuty:
        now = self.people(at)
        for moment in self._edges(at):
            following = self.people(moment)
            if following != now:
                return OnDuty(self.rotation.layer, now, moment, following)
        return OnDuty(self.rotation.layer, now)

    def shifts(self, start: datetime, end: datetime) -> Iterator[Shift]:
        since, people = start, self.people(start)
        for moment in takewhile(lambda moment: moment < end, self._edges(start)):
            following = self.people(moment)
            if following != people:
                yield Shift(self.rotation.layer, people, since, moment)
                since, people = moment, following
        yield Shift(self.rotation.layer, people, since, end)

    def _edges(self, after: datetime) -> Iterator[datetime]:
        """Yield every moment at which something may change, in order; without end where people take turns."""
        changes = self.rotation.changes(after)
        change = next(changes, None)
        overrides = sorted({edge for it in self.overrides for edge in (it.start, it.end) if edge > after})
        for edge in overrides:
            while change is not None and change <= edge:
                yield change
                change = next(changes, None)
            yield edge
        while change is not None:
            yield change
            change = next(changes, None)
