"""Kills a process at every fault point of a story, lets another one go on, and compares the ends.

What a killed process leaves is what stands on the disk at that moment, so most kills need no dying: while the story is
lived in peace its files are set aside at each fault point, and whoever goes on begins with those. One kill in so many
is a real one, of a process by itself, and whoever goes on is a process too.

Run as a program it is one process without threads, so that it can fork: `python -m tests.crash.killing STORY FOLDER
SWITCH…`. It prints one line of JSON for each fault point whose end differs, and one for how many there were and how the
rollouts ended in peace.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import sqlite3
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bot.domain.team import NO_TEAM
from bot.files.team_file import read_team
from tests.crash.crashes import EVERY_POINT, FORGETFUL, SELDOM
from tests.crash.faults import FaultPoint
from tests.crash.life import Life, Transcript
from tests.crash.story import CHECKOUT, STORIES, TEAM, TELLING, VERIFICATION, WITH_A_TEAM
from tests.fakes.plan_library import WrittenPlans

KILLED, CRASHED = 77, 78

KEPT = {
    "flags": "SELECT key, salt, unit, retired_at FROM flags ORDER BY key",
    "states": 'SELECT flag, environment, "on", percent_milli, tiers, users, version FROM flag_states ORDER BY 1, 2',
    "rollouts": "SELECT id, status, step, version, wanted, observed, before, level, lowered, ready, reason, ticks, channels,"
    " holding_since, paused_at, step_at, finished_at, due_at, approvals, judging, measure_at FROM rollouts ORDER BY id",
    "measurements": "SELECT rollout, series, at, value, samples, note, error FROM measurements ORDER BY id",
    "audit": "SELECT seq, person, platform, platform_id, channel, action, outcome, subject, environment, reason,"
    " request_id, before, after FROM audit ORDER BY seq",
    "requests": "SELECT request_id, audit_seq FROM requests ORDER BY 1",
    "posts": "SELECT channel, by_design(key), message FROM posts ORDER BY channel, id",
    "unsent": "SELECT subject, channel, state, attempts, wake_at FROM outbox WHERE state NOT IN ('sent', 'dropped')",
    "told": "SELECT by_design(key), channel, state FROM outbox WHERE kind = 'post' ORDER BY channel, id",
    "cards": "SELECT c.subject, c.channel, by_design(p.key) FROM cards c JOIN posts p ON p.id = c.reference ORDER BY 1, 2",
    "questions": "SELECT person, command, subject, version, remaining, expires_at FROM confirmations",
    "bindings": "SELECT * FROM bindings ORDER BY 1, 2, 3, 4",
    "announcements": "SELECT * FROM announcements ORDER BY id",
    "announcing": "SELECT rollout, wake_at, seen FROM announcing ORDER BY rollout",
    "subscriptions": "SELECT * FROM subscriptions ORDER BY id",
    "problems": "SELECT * FROM reported_problems ORDER BY id",
    "tasks": "SELECT * FROM tasks ORDER BY id",
    "pages": "SELECT id, key, state, severity, version, due_at, document FROM pages ORDER BY id",
}
"""Everything that must be the same in the end: what is stored, but for what is chosen by chance and for hashes and times."""

CHANCE = re.compile(r":[0-9a-f]{8}(?=:|$)")
"""The part of a post's key that is chosen by chance, where there is one."""

TO_THE_END = 25
"""Once the database is the same as without the kill, so is all that follows; one in so many lives on all the same."""

ALIKE = 12
"""A kill that leaves the same bytes behind as one at the place before it is the same kill; one in so many is done all the same."""

OFTEN, FURTHER = 4, 5
"""Of the times that a story passes one place in the code so many are died at, and of the further ones one in so many."""

REALLY = 10
"""One kill in so many is a real one."""

ONE_IN = 3
"""Where a story is to be killed seldom, one in so many of the chosen places is taken."""

LEFT = (".db", ".db-wal", ".txt")
"""What a killed process leaves: the database, its log, and what people know. The log's index is made anew from the log."""

NONE = "-"

State = dict[str, list[list[object]]]


@dataclass(frozen=True, slots=True)
class Place:
    """A fault point: the act, how many points were passed in it before, its name, and the files that stood on the disk there.

    A file goes by the hash of its bytes, in the order of `LEFT`; "-" stands for none.
    """

    act: int
    point: int
    name: str
    left: tuple[str, ...]


class Killing:
    """Lives a story once in peace and then once for each of its fault points, with a kill there."""

    def __init__(self, story: str, folder: Path, *, forgetful: bool = False) -> None:
        self.acts = STORIES[story]
        self.plans = WrittenPlans(checkout=CHECKOUT, verification=VERIFICATION, told=TELLING)
        self.team = read_team(TEAM, "rollcall.yaml", str, _no_file) if story in WITH_A_TEAM else NO_TEAM
        self.folder = folder
        self.forgetful = forgetful
        self.points: list[list[Place]] = []
        """For each act its fault points."""

        self.states: list[State] = []

    def warm_up(self) -> None:
        """Live the first act in this process, so that its children need not load and prepare what they all use."""
        database = self.folder / "warm.db"
        self._life(database, Transcript(self.folder / "warm.txt"), _passing, lambda _: True).live()
        gc.collect()
        gc.freeze()

    def live_in_peace(self) -> None:
        """Live the story without a kill, a process for each act; keep what was before each act, and at its fault points."""
        database, transcript = self.folder / "peace.db", Transcript(self.folder / "peace.txt")
        for number in range(len(self.acts)):
            _copy(database, self._before(number))
            passed = self.folder / f"passed-{number}.jsonl"
            passed.touch()
            self._fork(
                self._life(database, transcript.load(), _setting_aside(passed, database), lambda _: True), "in peace"
            )
            noted = (json.loads(line) for line in passed.read_text(encoding="utf-8").splitlines())
            self.points.append([Place(number, point, name, tuple(left)) for point, (name, left) in enumerate(noted)])
            self.states.append(state_of(database))

    def differences_after(self, place: Place, *, really: bool, to_the_end: bool) -> list[str]:
        """Die at a fault point, let somebody else go on, and return what differs then.

        `really` kills a process and has another one go on; otherwise a new bot in this one begins with what was left there.
        """
        database = self._left_behind(place, really=really)
        transcript = Transcript(database.with_suffix(".txt"))
        last = len(self.acts) - 1

        def is_enough(ended: int) -> bool:
            return ended == last or (not to_the_end and state_of(database) == self.states[ended])

        heir = self._life(database, transcript.load(), _passing, is_enough, redelivered_first=place.point % 2 == 0)
        if really:
            self._fork(heir, "after the kill")
        elif problem := heir.live():
            raise SystemExit(f"something is broken after {place.name}: {problem}")
        return differences(self.states[transcript.load().asked], state_of(database))

    def lost_and_doubled(self) -> dict[str, list[str]]:
        """Return the posts that are missing after the kill that was done last, and those that are there too often."""
        peace, killed = (
            Counter(f"{channel} {key}" for channel, key, *_ in state["posts"])
            for state in (self.states[-1], state_of(self.folder / "killed.db"))
        )
        return {"lost": sorted((peace - killed).elements()), "doubled": sorted((killed - peace).elements())}

    def _left_behind(self, place: Place, *, really: bool) -> Path:
        """Return the database as a process that died at a place leaves it, with what people know beside it."""
        database, transcript = self.folder / "killed.db", Transcript(self.folder / "killed.txt")
        for left in self.folder.glob("killed.*"):
            left.unlink()
        if really:
            _copy(self._before(place.act), database)
            victim = self._life(database, transcript.load(), _killing(place, transcript), lambda _: True)
            self._fork(victim, f"until {place.name}", KILLED)
        else:
            for suffix, name in zip(LEFT, place.left, strict=True):
                if name != NONE:
                    database.with_suffix(suffix).write_bytes(zlib.decompress((self.folder / name).read_bytes()))
            transcript.note(died_at=place.name)
        return database

    def places(self, *, every: bool = False) -> list[Place]:
        """Return the fault points to die at; without `every` some of each kind."""
        if every:
            return [place for points in self.points for place in points]
        found: list[Place] = []
        times: Counter[str] = Counter()
        for place in self._unlike():
            times[place.name] += 1
            if times[place.name] <= OFTEN or times[place.name] % FURTHER == 0:
                found.append(place)
        return found

    def _unlike(self) -> Iterator[Place]:
        """Give the fault points that leave something else than the one before them, and a few of the others."""
        alike = 0
        for points in self.points:
            for place in points:
                is_alike = place.point > 0 and place.left == points[place.point - 1].left
                alike += is_alike
                if not is_alike or alike % ALIKE == 0:
                    yield place

    def _life(
        self,
        database: Path,
        transcript: Transcript,
        at: FaultPoint,
        enough: Callable[[int], bool],
        *,
        redelivered_first: bool = True,
    ) -> Life:
        return Life(
            database, self.acts, self.plans, transcript, at, enough, redelivered_first, self.forgetful, self.team
        )

    def _before(self, number: int) -> Path:
        return self.folder / f"before-{number}.db"

    def _fork(self, life: Life, when: str, expected: int = 0) -> None:
        child = os.fork()
        if child == 0:
            _be_a_process(life)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != expected:
            raise SystemExit(f"a process ended {when} with {code} and not with {expected}; its traceback is above")


def _copy(source: Path, target: Path) -> None:
    """Copy a database, its log where it has one, and what people knew."""
    for suffix in LEFT:
        if source.with_suffix(suffix).exists():
            shutil.copyfile(source.with_suffix(suffix), target.with_suffix(suffix))


def _be_a_process(life: Life) -> None:
    """Live, and leave without what the parent would do at its end."""
    gc.disable()
    try:
        problem = life.live()
    except BaseException:  # noqa: BLE001  # Whatever it is, the parent is told by the exit code.
        sys.excepthook(*sys.exc_info())
        os._exit(CRASHED)
    if problem:
        sys.stderr.write(f"something is broken: {problem}\n")
    os._exit(CRASHED if problem else 0)


def _no_file(_: str) -> tuple[str, bytes]:
    raise FileNotFoundError


def _passing(_: str) -> None:
    """Pass a fault point."""


def _setting_aside(passed: Path, database: Path) -> FaultPoint:
    """Keep what a process that was killed here would leave, and write down the place's name and the files'."""

    def at(name: str) -> None:
        left = [_kept(database.with_suffix(suffix), passed.parent) for suffix in LEFT]
        with passed.open("a", encoding="utf-8") as noted:
            noted.write(json.dumps([name, left]) + "\n")

    return at


def _kept(file: Path, folder: Path) -> str:
    """Keep a packed copy of a file under the hash of its bytes, and return that name."""
    if not file.exists():
        return NONE
    content = file.read_bytes()
    copy = folder / sha256(content).hexdigest()
    if not copy.exists():
        copy.write_bytes(zlib.compress(content, 1))
    return copy.name


def _killing(place: Place, transcript: Transcript) -> FaultPoint:
    left = place.point

    def at(name: str) -> None:
        nonlocal left
        if left == 0:
            transcript.note(died_at=name)
            os._exit(KILLED)
        left -= 1

    return at


def state_of(database: Path) -> State:
    """Read everything that is compared."""
    with closing(sqlite3.connect(database)) as opened:
        opened.create_function("by_design", 1, lambda key: CHANCE.sub(":…", key), deterministic=True)
        return {name: [list(row) for row in opened.execute(query)] for name, query in KEPT.items()}


def differences(peace: State, killed: State) -> list[str]:
    """Say how two states differ, the first row of each kind."""
    found = []
    for name, rows in peace.items():
        others = killed[name]
        if rows != others:
            pairs = enumerate(zip(rows, others, strict=False))
            at = next((place for place, (one, other) in pairs if one != other), min(len(rows), len(others)))
            counts = f"{len(rows)} and {len(others)} rows"
            found.append(f"{name} ({counts}): {rows[at : at + 1]} became {others[at : at + 1]}")
    return found


def main(story: str, folder: str, *switches: str) -> None:
    """Kill at the fault points of a story, and print what came of it.

    The switch FORGETFUL breaks the platform; EVERY_POINT leaves no point out and kills a process at each; SELDOM does
    with fewer.
    """
    every = EVERY_POINT in switches
    killing = Killing(story, Path(folder), forgetful=FORGETFUL in switches)
    killing.warm_up()
    killing.live_in_peace()
    mine = killing.places(every=every)[:: ONE_IN if SELDOM in switches and not every else 1]
    for count, place in enumerate(mine):
        really = every or count % REALLY == 0
        found = killing.differences_after(place, really=really, to_the_end=count % TO_THE_END == 0)
        if found:
            act = f"{place.act} {killing.acts[place.act]}"
            posts = killing.lost_and_doubled()
            _say(
                {
                    "act": act,
                    "point": place.point,
                    "died_at": place.name,
                    "really": really,
                    "differences": found,
                    **posts,
                }
            )
    ends = [str(status) for _, status, *_ in killing.states[-1]["rollouts"]]
    _say({"points": sum(map(len, killing.points)), "killed": len(mine), "ends": ends})


def _say(facts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
