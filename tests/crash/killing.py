"""Kills a process at every fault point of a story, lets another one go on, and compares the ends.

Run as a program it is one process without threads, so that it can fork: `python -m tests.crash.killing STORY FOLDER
CHUNK OF`. It prints one line of JSON for each fault point whose end differs, and one for how many there were.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.files.plan_library import PlanDirectory
from tests.crash.life import Life, Transcript
from tests.crash.story import CHECKOUT, STORIES
from tests.fakes.plan_library import WrittenPlans

PLANS = Path(__file__).parents[2] / "plans"
KILLED, CRASHED = 77, 78

KEPT = {
    "flags": "SELECT key, salt, unit, retired_at FROM flags ORDER BY key",
    "states": 'SELECT flag, environment, "on", percent_milli, tiers, users, version FROM flag_states ORDER BY 1, 2',
    "rollouts": "SELECT id, status, step, version, wanted, observed, before, level, lowered, ready, reason, ticks, channels,"
    " holding_since, paused_at, step_at, finished_at, due_at FROM rollouts ORDER BY id",
    "audit": "SELECT seq, person, platform, platform_id, channel, action, outcome, subject, environment, reason,"
    " request_id, before, after FROM audit ORDER BY seq",
    "requests": "SELECT request_id, audit_seq FROM requests ORDER BY 1",
    "posts": "SELECT channel, key, message FROM posts ORDER BY channel, id",
    "unsent": "SELECT key, state FROM outbox WHERE state NOT IN ('sent', 'dropped')",
    "told": "SELECT key, channel, state FROM outbox WHERE kind = 'post' ORDER BY channel, id",
    "questions": "SELECT person, command FROM confirmations",
    "bindings": "SELECT * FROM bindings ORDER BY 1, 2, 3, 4",
}
"""Everything that must be the same in the end, but what is chosen by chance and the hashes that follow from times."""


class Killing:
    """Lives a story once in peace and then once for each of its fault points, with a kill there."""

    def __init__(self, story: str, folder: Path, *, forgetful: bool = False) -> None:
        self.acts = STORIES[story]
        self.plans = PlanDirectory(PLANS) if story == "up" else WrittenPlans(checkout=CHECKOUT)
        self.folder = folder
        self.forgetful = forgetful
        self.points: list[list[str]] = []

    def in_peace(self) -> dict[str, list[list[object]]]:
        """Live the story without a kill, a process for each act; keep the state before each, and its fault points."""
        database, transcript = self.folder / "peace.db", Transcript(self.folder / "peace.txt")
        for number in range(len(self.acts)):
            self._copy(database, self._before(number))
            passed = self.folder / "passed.txt"
            passed.unlink(missing_ok=True)
            at = _noting(passed)
            life = self._life(database, transcript.load(), at)
            self._fork(lambda life=life, number=number: life.live(number + 1), "in peace")
            # What a restart does before the act is no part of it.
            names = passed.read_text(encoding="utf-8").splitlines()
            self.points.append(names)
        return ending(database)

    def with_a_kill(self, number: int, point: int) -> tuple[str, dict[str, list[list[object]]]]:
        """Live from before an act, die at a fault point of it, and go on in another process to the end."""
        database, transcript = self.folder / "killed.db", Transcript(self.folder / "killed.txt")
        for left in self.folder.glob("killed.*"):
            left.unlink()
        self._copy(self._before(number), database)
        if number:
            shutil.copyfile(self._before(number).with_suffix(".txt"), transcript.path)
        life = self._life(database, transcript.load(), _killing(point, transcript))
        self._fork(lambda: life.live(number + 1), "until the kill", KILLED)
        heir = self._life(database, transcript.load(), _ignoring, redelivered_first=point % 2 == 0)
        self._fork(heir.live, "after the kill")
        return transcript.load().died_at, ending(database)

    def _life(self, database: Path, transcript: Transcript, at: Callable[[str], None], *, redelivered_first: bool = True) -> Life:
        return Life(database, self.acts, self.plans, transcript, at, redelivered_first, self.forgetful)

    def _before(self, number: int) -> Path:
        return self.folder / f"before-{number}.db"

    def _copy(self, source: Path, target: Path) -> None:
        """Copy a closed database, which is one file, and what people knew of it."""
        for suffix in (".db", ".txt"):
            if source.with_suffix(suffix).exists():
                shutil.copyfile(source.with_suffix(suffix), target.with_suffix(suffix))

    def _fork(self, live: Callable[[], str], when: str, expected: int = 0) -> None:
        child = os.fork()
        if child == 0:
            _be_a_process(live)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != expected:
            raise SystemExit(f"a process ended {when} with {code} and not with {expected}; see its traceback")


def _be_a_process(live: Callable[[], str]) -> None:
    """Live, and leave without what the parent would do at its end."""
    try:
        problem = live()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(CRASHED)
    if problem:
        sys.stderr.write(f"the audit log is broken: {problem}\n")
        os._exit(CRASHED)
    os._exit(0)


def _ignoring(_: str) -> None:
    """Pass a fault point."""


def _noting(path: Path) -> Callable[[str], None]:
    def at(name: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(name + "\n")

    return at


def _killing(point: int, transcript: Transcript) -> Callable[[str], None]:
    left = point

    def at(name: str) -> None:
        nonlocal left
        if left == 0:
            transcript.note(died_at=name)
            os._exit(KILLED)
        left -= 1

    return at


def ending(database: Path) -> dict[str, list[list[object]]]:
    """Read everything that is compared."""
    with closing(sqlite3.connect(database)) as opened:
        return {name: [list(row) for row in opened.execute(query)] for name, query in KEPT.items()}


def differences(peace: dict[str, list[list[object]]], killed: dict[str, list[list[object]]]) -> list[str]:
    """Say how two ends differ, the first row of each kind."""
    found = []
    for name, rows in peace.items():
        others = killed[name]
        if rows != others:
            at = next((n for n, (a, b) in enumerate(zip(rows, others, strict=False)) if a != b), min(len(rows), len(others)))
            found.append(f"{name} {at + 1} of {len(rows)}/{len(others)}: {rows[at : at + 1]} became {others[at : at + 1]}")
    return found


def main(story: str, folder: str, chunk: int, of: int, *, forgetful: bool = False) -> None:
    """Kill at every `of`-th fault point, from the `chunk`-th on, and print what came of it."""
    killing = Killing(story, Path(folder), forgetful=forgetful)
    peace = killing.in_peace()
    places = [(number, point) for number, names in enumerate(killing.points) for point in range(len(names))]
    mine = places[chunk::of]
    for number, point in mine:
        died_at, killed = killing.with_a_kill(number, point)
        if found := differences(peace, killed):
            print(json.dumps({"act": f"{number} {killing.acts[number]}", "died": f"{point} {died_at}", "found": found}))
    print(json.dumps({"points": len(places), "killed": len(mine)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), forgetful="forgetful" in sys.argv[5:])
