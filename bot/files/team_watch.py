"""The team file as it changes: read again when it is another one, refused when it is broken, and never forgotten."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from bot.domain.errors import BadTeam
from bot.domain.problem import Problem
from bot.domain.team import NO_TEAM, Team

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from bot.ports import Clock, Journal

LOOK_AGAIN = timedelta(seconds=1)

_Stamp = tuple[int, int, int] | None
"""When a file was changed, its size and which file it is; None where there is none."""


class TeamFile:
    """The team that is in force: what the file said when it was last right.

    Where there is no file at the start, the people at the terminal are owners and nobody else has a role, until a file
    appears. A file that is broken at the start is refused by raising BadTeam: there is no older one to go by. One that
    breaks (or disappears) later changes nothing; `problem` says what is wrong with it.
    """

    def __init__(self, path: Path, secret: Callable[[str], str | None], clock: Clock, journal: Journal) -> None:
        self.path = path
        self.secret = secret
        self.clock = clock
        self.journal = journal
        self._team = NO_TEAM
        self._problem: BadTeam | None = None
        self._stamps: dict[Path, _Stamp] = {path: None}
        self._looked_at: datetime | None = None
        self._looking = Lock()
        self._look(clock.now())
        if self._problem is not None:
            raise self._problem

    def current(self) -> Team:
        """Return the team in force, from a newer file where there is one. Cheap: looks at most once a second."""
        now = self.clock.now()
        due = self._looked_at is None or not timedelta(0) <= now - self._looked_at < LOOK_AGAIN
        # Work in a transaction asks, too, from another thread. One of them reads, and the others go on with what is in
        # force: of two that read at once, the one that read first could come back last.
        if due and self._looking.acquire(blocking=False):
            try:
                self._look(now)
            finally:
                self._looking.release()
        return self._team

    def problem(self) -> BadTeam | None:
        """Return what is wrong with the newest file, or None where it is the one in force."""
        self.current()
        return self._problem

    def _look(self, now: datetime) -> None:
        self._looked_at = now
        if any(_stamp_of(file) != stamp for file, stamp in tuple(self._stamps.items())):
            self._read()

    def _read(self) -> None:
        # Stamped before they are read: what changes meanwhile is seen the next time.
        self._stamps = {self.path: _stamp_of(self.path)}
        try:
            self._team = self._load()
        except BadTeam as problem:
            places = [f"{it.file}:{it.line}:{it.column}" for it in problem.problems]
            self.journal.error("team.refused", file=str(self.path), problems=places)
            self._problem = problem
        else:
            self.journal.info("team.loaded", file=str(self.path), people=len(self._team.people))
            self._problem = None

    def _load(self) -> Team:
        # Most of a start goes into imports, and many bots have no team file.
        from bot.files.team_file import bad_team, read_team

        file = str(self.path)
        try:
            return read_team(self.path.read_bytes(), file, self.secret, self._calendar)
        except OSError as error:
            why = error.strerror or "it cannot be opened"
            raise bad_team(file, (Problem(file, 1, 1, f"no file to read ({why})", "the team file"),)) from None

    def _calendar(self, name: str) -> tuple[str, bytes]:
        file = self.path.parent / name
        self._stamps[file] = _stamp_of(file)
        return str(file), file.read_bytes()


def _stamp_of(file: Path) -> _Stamp:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
