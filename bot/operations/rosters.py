"""The schedules that PagerDuty keeps, as it last answered: kept in the database, and in memory for who asks now."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import Unavailable
from bot.domain.roster import Roster, Stint
from bot.domain.team import EMAIL, person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.oncall import Schedule
    from bot.domain.team import Team
    from bot.ports import Clock, Store, Transaction

REMEMBERED = "oncall.pagerduty:"
LOOK_AGAIN = timedelta(seconds=2)
"""What another process was told is seen this much later at most."""


class RosterBook:
    """The team in force, with every schedule of PagerDuty as it was when that was last asked.

    While PagerDuty does not answer, what it said last stays in force; people see how old it is.
    """

    def __init__(self, listed: Callable[[], Team], store: Store, clock: Clock) -> None:
        self.listed = listed
        self.store = store
        self.clock = clock
        self._answers: Mapping[str, Roster] = {}
        self._read_at: datetime | None = None
        # One value, replaced whole: work in a transaction asks, too, from another thread.
        self._made: tuple[Team, Mapping[str, Roster], Team] | None = None

    def team(self) -> Team:
        """Return the team with what is known of each schedule."""
        base, answers, made = self.listed(), self._answers, self._made
        if made is None or made[0] is not base or made[1] is not answers:
            made = (base, answers, _filled(base, answers))
            self._made = made
        return made[2]

    def sources(self) -> tuple[str, ...]:
        """Return PagerDuty's id of each schedule that is read there."""
        return tuple(dict.fromkeys(it.source for it in rosters_of(self.listed())))

    def answer(self, source: str) -> Roster | None:
        """Return what PagerDuty said last of a schedule of its, by people's addresses."""
        return self._answers.get(source)

    async def refresh(self) -> None:
        """Read the last answers. Raises Unavailable."""
        self._read_at = self.clock.now()
        sources = self.sources()
        if not sources:
            return
        self.keep(await self.store.read(lambda tx: {it: recall(tx, it) for it in sources}))

    async def glance(self) -> None:
        """Read the last answers again where that was not done a moment ago."""
        now = self.clock.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < LOOK_AGAIN:
            with suppress(Unavailable):
                await self.refresh()

    def keep(self, answers: Mapping[str, Roster | None]) -> bool:
        """Take answers over; return whether anybody is on call at another time than before."""
        found = {**self._answers, **{source: it for source, it in answers.items() if it is not None}}
        changed = {source: it.stints for source, it in found.items()} != {
            source: it.stints for source, it in self._answers.items()
        }
        if found != self._answers:
            self._answers = found
        return changed


def rosters_of(team: Team) -> tuple[Roster, ...]:
    """Return the layers of the team's schedules that PagerDuty keeps."""
    return tuple(it for schedule in team.schedules.values() for it in schedule.rotations if isinstance(it, Roster))


def recall(tx: Transaction, source: str) -> Roster | None:
    """Return what was kept of a schedule, or None."""
    text = tx.memory.recall(f"{REMEMBERED}{source}")
    if text is None:
        return None
    kept = json.loads(text)
    stints = (Stint(person, _moment(start), _moment(end)) for person, start, end in kept["stints"])
    return Roster(source, tuple(stints), _moment(kept["asked_at"]))


def remember(tx: Transaction, roster: Roster) -> None:
    """Keep an answer in place of what was kept."""
    stints = [[it.person, _text(it.start), _text(it.end)] for it in roster.stints]
    kept = {"asked_at": _text(roster.asked_at), "stints": stints}
    tx.memory.remember(f"{REMEMBERED}{roster.source}", json.dumps(kept, ensure_ascii=False))


def _filled(team: Team, answers: Mapping[str, Roster]) -> Team:
    if not rosters_of(team):
        return team
    return replace(team, schedules={name: _schedule(team, it, answers) for name, it in team.schedules.items()})


def _schedule(team: Team, schedule: Schedule, answers: Mapping[str, Roster]) -> Schedule:
    rotations = tuple(
        _named(team, answers[it.source], it.layer) if isinstance(it, Roster) and it.source in answers else it
        for it in schedule.rotations
    )
    return replace(schedule, rotations=rotations)


def _named(team: Team, roster: Roster, layer: str) -> Roster:
    """Return an answer with people by their names in the team file; whom it does not know stays an address."""
    stints = tuple(replace(it, person=_name(team, it.person)) for it in roster.stints)
    return replace(roster, stints=stints, layer=layer)


def _name(team: Team, address: str) -> str:
    person = person_of(team, EMAIL, address)
    return person.name if person is not None else address


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
