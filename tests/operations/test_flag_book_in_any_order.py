"""Whatever this process and another one commit, in any order: the flags in memory end as those of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Refused, Unavailable
from bot.domain.flag import Flag, FlagSetting
from bot.domain.percent import Percent
from bot.operations.flag_book import GLANCE, BookKeeper, FlagBook
from bot.operations.tokens import TokenBook
from bot.ports import Transaction
from bot.storage.store import SqlStore, open_store
from tests.databases import begin_with_a_schema, folder_in_memory
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal

T = TypeVar("T")
OURS, SHARED, THEIRS = ("ours-1", "ours-2"), ("shared",), ("theirs",)
ENVIRONMENTS = ("production", "staging")
ENOUGH = 200


@dataclass(frozen=True)
class Act:
    """One thing that happens; `here` says in which process, and `together` that the next one does not wait for it."""

    what: str
    key: str = ""
    environment: str = ""
    here: bool = True
    together: bool = False
    back: bool = False


@dataclass
class Story:
    """Two stores on one file, and the flags in memory of the first one."""

    here: SqlStore
    there: SqlStore
    clock: MovedClock = field(default_factory=MovedClock)
    failing: int = 0
    number: int = 0
    under_way: list[asyncio.Task[None]] = field(default_factory=list)
    keeper: BookKeeper = field(init=False)

    def __post_init__(self) -> None:
        self.keeper = BookKeeper(FlagBook(self), TokenBook(self, self.clock), self.clock, KeptJournal(), self.here)
        self.here.on_commit(self.keeper.hear)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Read as the store does, or fail as it does now and then."""
        if self.failing:
            self.failing -= 1
            raise Unavailable("The database is in use.")
        return await self.here.read(work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Write where the keeper does: when tokens were used."""
        return await self.here.write(work)

    async def do(self, act: Act) -> None:
        """Let something happen."""
        match act.what:
            case "glance":
                self.clock.advance(GLANCE)
            case "fail":
                self.failing = 1
            case "breathe":
                await self.here.read(lambda tx: tx.flags.revision())
            case "refresh":
                try:
                    await self.keeper.refresh()
                except Unavailable:
                    self.keeper.wake.set()
            case _:
                await self.change(act)

    async def change(self, act: Act) -> None:
        """Change a flag, here or there."""
        self.number += 1
        setting = FlagSetting(on=True, percent=Percent(self.number))
        # A clock that goes back must hide nothing.
        at = self.clock.now() + timedelta(seconds=-self.number if act.back else self.number)

        try:
            await (self.here if act.here else self.there).write(lambda tx: changed(tx, act, setting, at))
        except Refused:
            return
        if act.here and act.key in OURS and act.what.startswith("set"):
            await self.insist_on_known(act, setting)

    async def insist_on_known(self, act: Act, setting: FlagSetting) -> None:
        """Whoever changed what nobody else changes finds it in memory, or it is about to be read."""
        if not self.knows(act, setting):
            for _ in range(5):
                await self.do(Act("refresh"))
            assert self.knows(act, setting)

    def knows(self, act: Act, setting: FlagSetting) -> bool:
        """Say whether a flag holds in memory what it was set to, or what it was set to since."""
        kept = self.keeper.flags.of(act.environment).flags.get(act.key)
        return kept is not None and kept.setting.percent.milli >= setting.percent.milli

    async def end(self) -> None:
        """Let everything come to its end; then memory must hold what the database does."""
        await asyncio.gather(*self.under_way)
        self.failing = 0
        for _ in range(ENOUGH):
            if await self.agrees():
                return
            self.clock.advance(GLANCE)
        raise AssertionError("the flags in memory are not those of the database")

    async def agrees(self) -> bool:
        """Say whether a book that is read anew holds the same."""
        fresh = FlagBook(self.here)
        fresh.take(await self.here.read(fresh.look))
        mine = self.keeper.flags
        return mine.environments == fresh.environments and all(
            mine.of(it).flags == fresh.of(it).flags for it in ENVIRONMENTS
        )


def changed(tx: Transaction, act: Act, setting: FlagSetting, at: datetime) -> None:
    """Change a flag in a transaction."""
    match act.what:
        case "retire":
            # What is retired stays so: no operation retires it again.
            if any(it.key == act.key for it in tx.flags.all()):
                tx.flags.retire(act.key, at)
        case "create":
            name = f"new-{setting.percent.milli}"
            tx.flags.add(Flag(name, name, created_at=at))
        case _:
            for _ in range(2 if act.what == "set twice" else 1):
                tx.flags.set(act.key, act.environment, setting, at)
    if act.what == "set and fail":
        raise Refused("not like this")


def acts() -> st.SearchStrategy[list[Act]]:
    """Draw what happens."""
    environments, yes_or_no = st.sampled_from(ENVIRONMENTS), st.booleans()
    here = st.builds(
        Act,
        st.sampled_from(["set", "set", "set", "set and fail", "set twice", "create"]),
        st.sampled_from((*OURS, *SHARED)),
        environments,
        st.just(value=True),
        yes_or_no,
        yes_or_no,
    )
    there = st.builds(
        Act,
        st.sampled_from(["set", "set", "set twice", "create", "retire"]),
        st.sampled_from((*SHARED, *THEIRS)),
        environments,
        st.just(value=False),
        yes_or_no,
        yes_or_no,
    )
    beside = st.builds(Act, st.sampled_from(["glance", "glance", "breathe", "refresh", "fail"]), together=yes_or_no)
    return st.lists(st.one_of(here, there, beside), max_size=40)


async def told(file: Path, happening: list[Act]) -> None:
    """Let all of it happen, with the keeper running beside."""
    url = f"sqlite+aiosqlite:///{file}"
    here, there = await open_store(url), await open_store(url)
    stop = asyncio.Event()
    try:
        for key in (*OURS, *SHARED, *THEIRS):
            await here.write(lambda tx, key=key: tx.flags.add(Flag(key, key)))  # type: ignore[misc]  # The key of this turn.
        story = Story(here, there)
        running = asyncio.create_task(story.keeper.run(stop))
        for act in happening:
            task = asyncio.ensure_future(story.do(act))
            story.under_way.append(task)
            if not act.together:
                await task
        await story.end()
        stop.set()
        await running
    finally:
        await here.close()
        await there.close()


@given(acts())
def test_the_flags_in_memory_end_as_those_of_the_database(happening: list[Act]) -> None:
    with folder_in_memory() as folder:
        begin_with_a_schema(folder / "rollcall.db")
        asyncio.run(told(folder / "rollcall.db", happening))
