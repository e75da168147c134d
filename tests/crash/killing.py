"""Kills a process at every fault point of a story, lets another one go on, and compares the ends.

Run as a program it is one process without threads, so that it can fork: `python -m tests.crash.killing STORY FOLDER
CHUNK OF`. It prints one line of JSON for each fault point whose end differs, and one for how many there were
and how the rollouts ended in peace.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from tests.crash.faults import FaultPoint
from tests.crash.life import Life, Transcript
from tests.crash.story import CHECKOUT, STORIES, VERIFICATION
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
    "posts": "SELECT channel, key, message FROM posts ORDER BY channel, id",
    "unsent": "SELECT subject, channel, state, attempts, wake_at FROM outbox WHERE state NOT IN ('sent', 'dropped')",
    "told": "SELECT key, channel, state FROM outbox WHERE kind = 'post' ORDER BY channel, id",
    "cards": "SELECT c.subject, c.channel, p.key FROM cards c JOIN posts p ON p.id = c.reference ORDER BY 1, 2",
    "questions": "SELECT person, command, subject, version, remaining, expires_at FROM confirmations",
    "bindings": "SELECT * FROM bindings ORDER BY 1, 2, 3, 4",
}
"""Everything that must be the same in the end: what is stored, but for what is chosen by chance and for hashes and times."""

TO_THE_END = 25
"""Once the database is the same as without the kill, so is all that follows; one in so many lives on all the same."""

ALIKE = 12
"""A kill that leaves the same bytes behind as one at the place before it is the same kill; one in so many is done all the same."""

State = dict[str, list[list[object]]]


class Killing:
    """Lives a story once in peace and then once for each of its fault points, with a kill there."""

    def __init__(self, story: str, folder: Path, *, forgetful: bool = False) -> None:
        self.acts = STORIES[story]
        self.plans = WrittenPlans(checkout=CHECKOUT, verification=VERIFICATION)
        self.folder = folder
        self.forgetful = forgetful
        self.points: list[list[str]] = []
        """For each act what stood on the disk at each of its fault points, as a hash."""

        self.states: list[State] = []

    def warm_up(self) -> None:
        """Live the first act in this process, so that its children need not load and prepare what they all use."""
        database = self.folder / "warm.db"
        self._life(database, Transcript(self.folder / "warm.txt"), _passing, lambda _: True).live()
        gc.collect()
        gc.freeze()

    def live_in_peace(self) -> None:
        """Live the story without a kill, a process for each act; keep what was before each act, and its fault points."""
        database, transcript = self.folder / "peace.db", Transcript(self.folder / "peace.txt")
        for number in range(len(self.acts)):
            _copy(database, self._before(number))
            passed = self.folder / "passed.txt"
            passed.write_text("")
            self._fork(self._life(database, transcript.load(), _noting(passed, database), lambda _: True), "in peace")
            self.points.append(passed.read_text(encoding="utf-8").splitlines())
            self.states.append(state_of(database))

    def differences_after(self, number: int, point: int, *, to_the_end: bool = False) -> tuple[str, list[str]]:
        """Die at a fault point of an act and go on in another process; return where it died and what differs then."""
        database, transcript = self.folder / "killed.db", Transcript(self.folder / "killed.txt")
        for left in self.folder.glob("killed.*"):
            left.unlink()
        _copy(self._before(number), database)
        victim = self._life(database, transcript.load(), _killing(point, transcript), lambda _: True)
        self._fork(victim, "until the kill", KILLED)
        last = len(self.acts) - 1

        def is_enough(ended: int) -> bool:
            return ended == last or (not to_the_end and state_of(database) == self.states[ended])

        heir = self._life(database, transcript.load(), _passing, is_enough, redelivered_first=point % 2 == 0)
        self._fork(heir, "after the kill")
        survived = transcript.load()
        return survived.died_at, differences(self.states[survived.asked], state_of(database))

    def places(self) -> list[tuple[int, int]]:
        """Return the fault points to die at, as an act and the number of points passed in it."""
        found: list[tuple[int, int]] = []
        alike = 0
        for number, left in enumerate(self.points):
            for point, bytes_left in enumerate(left):
                is_alike = point > 0 and bytes_left == left[point - 1]
                alike += is_alike
                if not is_alike or alike % ALIKE == 0:
                    found.append((number, point))
        return found

    def _life(
        self,
        database: Path,
        transcript: Transcript,
        at: FaultPoint,
        enough: Callable[[int], bool],
        *,
        redelivered_first: bool = True,
    ) -> Life:
        return Life(database, self.acts, self.plans, transcript, at, enough, redelivered_first, self.forgetful)

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
    """Copy a closed database, which is one file, and what people knew when it was closed."""
    for suffix in (".db", ".txt"):
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


def _passing(_: str) -> None:
    """Pass a fault point."""


def _noting(path: Path, database: Path) -> FaultPoint:
    """Note what a process that was killed here would leave: the database, its log, and what people know."""
    files = (database, Path(f"{database}-wal"), database.with_suffix(".txt"))

    def at(_: str) -> None:
        left = b"".join(file.read_bytes() for file in files if file.exists())
        with path.open("a", encoding="utf-8") as noted:
            noted.write(sha256(left).hexdigest() + "\n")

    return at


def _killing(point: int, transcript: Transcript) -> FaultPoint:
    left = point

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


def main(story: str, folder: str, chunk: int, of: int, *, forgetful: bool = False) -> None:
    """Kill at every `of`-th fault point, from the `chunk`-th on, and print what came of it."""
    killing = Killing(story, Path(folder), forgetful=forgetful)
    killing.warm_up()
    killing.live_in_peace()
    mine = killing.places()[chunk::of]
    for count, (number, point) in enumerate(mine):
        died_at, found = killing.differences_after(number, point, to_the_end=count % TO_THE_END == 0)
        if found:
            act = f"{number} {killing.acts[number]}"
            _say({"act": act, "point": point, "died_at": died_at, "differences": found})
    ends = [str(status) for _, status, *_ in killing.states[-1]["rollouts"]]
    _say({"points": sum(map(len, killing.points)), "killed": len(mine), "ends": ends})


def _say(facts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), forgetful="forgetful" in sys.argv[5:])
