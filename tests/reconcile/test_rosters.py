"""Schedules that PagerDuty keeps: when it is asked, what is kept, and what another process knows of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.errors import Refused, RollcallError, Unavailable
from bot.domain.oncall import Schedule
from bot.domain.roster import Roster, Stint
from bot.domain.team import Identity, Person, Team
from bot.operations.rosters import RosterBook, rosters_of
from bot.reconcile.rosters import RosterKeeper
from bot.storage.store import SqlStore, open_store
from tests.fakes.clock import START, MovedClock
from tests.fakes.journal import KeptJournal

MINUTE = timedelta(minutes=1)
TEAM = Team(
    file="rollcall.yaml",
    people=(Person("ana", identities=(Identity("email", "ana@example.org"),)),),
    schedules={
        "search": Schedule("search", rotations=(Roster("PSEARCH"),)),
        "again": Schedule("again", rotations=(Roster("PSEARCH"),)),
    },
)


@dataclass
class Planner:
    """The ScheduleSource port: it answers with the stints that a test wants, or fails."""

    answer: tuple[Stint, ...] | RollcallError = (Stint("ANA@example.org", START, None), Stint("b@example.org"))
    asked: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    async def stints(self, source: str, start: datetime, end: datetime) -> tuple[Stint, ...]:
        self.asked.append((source, start, end))
        if isinstance(self.answer, RollcallError):
            raise self.answer
        return self.answer


class TickingClock(MovedClock):
    """A clock that goes on a little whenever somebody looks at it, as every real one does."""

    def now(self) -> datetime:
        self.advance(timedelta(microseconds=1))
        return super().now()


@asynccontextmanager
async def stored(folder: Path) -> AsyncIterator[SqlStore]:
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'rollcall.db'}")
    try:
        yield store
    finally:
        await store.close()


def keeper(store: SqlStore, planner: Planner, clock: MovedClock) -> RosterKeeper:
    return RosterKeeper(RosterBook(lambda: TEAM, store, clock), store, clock, KeptJournal(), planner)


def on_call(book: RosterBook) -> list[tuple[str, ...]]:
    return [it.people(START + MINUTE) for it in rosters_of(book.team())]


async def test_a_schedule_is_asked_at_once_and_then_every_five_minutes(tmp_path: Path) -> None:
    planner, clock = Planner(), TickingClock()
    async with stored(tmp_path) as store:
        keeping = keeper(store, planner, clock)
        assert [await keeping.step() for _ in range(3)] == [1, 0, 0]
        (asked,) = planner.asked
        assert asked[0] == "PSEARCH", "once for both schedules that are read there"
        assert asked[1] < START < asked[2]
        assert on_call(keeping.book) == [("ana", "b@example.org")] * 2
        due = await keeping.next_due()
        assert due is not None
        assert timedelta(minutes=4) < due - START < timedelta(minutes=6)
        clock.move_to(due)
        assert await keeping.step() == 0, "nothing has changed"
        assert len(planner.asked) == 2


async def test_another_process_knows_the_last_answer_and_asks_in_its_turn_alone(tmp_path: Path) -> None:
    planner, other, clock = Planner(), Planner(()), MovedClock()
    async with stored(tmp_path) as store:
        await keeper(store, planner, clock).step()
        second = keeper(store, other, clock)
        await second.step()
        assert (on_call(second.book), other.asked) == ([("ana", "b@example.org")] * 2, [])
        clock.advance(5 * MINUTE)
        assert await second.step() == 1
        assert on_call(second.book) == [(), ()]


async def test_an_outage_is_said_once_retried_every_minute_and_changes_nothing(tmp_path: Path) -> None:
    planner, clock = Planner(), MovedClock()
    async with stored(tmp_path) as store:
        keeping = keeper(store, planner, clock)
        await keeping.step()
        for answer in (Unavailable("It does not answer."), Refused("The token is wrong.")):
            planner.answer = answer
            clock.advance(5 * MINUTE)
            assert [await keeping.step() for _ in range(3)] == [0, 0, 0]
        assert len(planner.asked) == 3
        clock.advance(MINUTE)
        await keeping.step()
        assert len(planner.asked) == 4
        assert on_call(keeping.book) == [("ana", "b@example.org")] * 2
        planner.answer = ()
        clock.advance(MINUTE)
        await keeping.step()
        assert isinstance(keeping.journal, KeptJournal)
        assert keeping.journal.events() == ["oncall.schedule.unavailable", "oncall.schedule.recovered"]


async def test_without_such_a_schedule_nothing_is_read_and_nobody_asked(tmp_path: Path) -> None:
    planner, clock = Planner(), MovedClock()
    async with stored(tmp_path) as store:
        keeping = RosterKeeper(RosterBook(Team, store, clock), store, clock, KeptJournal(), planner)
        assert (await keeping.step(), await keeping.next_due(), planner.asked) == (0, None, [])
        await keeping.book.glance()
        assert keeping.book.team() == Team()


async def test_a_changed_team_file_counts_for_an_answer_that_is_there_already(tmp_path: Path) -> None:
    team, clock = [TEAM], MovedClock()
    async with stored(tmp_path) as store:
        book = RosterBook(lambda: team[0], store, clock)
        await RosterKeeper(book, store, clock, KeptJournal(), Planner()).step()
        known = book.team()
        assert book.team() is known
        people = (Person("ben", identities=(Identity("email", "b@example.org"),)),)
        team[0] = Team(file="rollcall.yaml", people=people, schedules=TEAM.schedules)
        assert on_call(book) == [("ANA@example.org", "ben")] * 2
