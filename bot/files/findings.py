"""What is wrong in a file, collected with places while it is read, so that people learn of everything at once."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.problem import Problem
    from bot.files.source import Path, Source


class Findings:
    """The problems of one file; of several at one place the first is kept.

    Below a path in `doubtful` something could not be read: what is found there (or around it) may be a consequence of
    that and is not reported.
    """

    def __init__(self, source: Source, doubtful: frozenset[Path] = frozenset()) -> None:
        self.source = source
        self.doubtful = doubtful
        self._found: dict[tuple[int, int], Problem] = {}

    def add(self, path: Path, found: str, expected: str, hint: str = "", *, key: bool = False) -> None:
        """Note a problem with the value at `path`, or with its key."""
        if any(path[: len(doubt)] == doubt or doubt[: len(path)] == path for doubt in self.doubtful):
            return
        self.keep(self.source.problem(self.source.place_of(path, key=key), found, expected, hint))

    def keep(self, problem: Problem) -> None:
        """Note a problem that has its place already."""
        self._found.setdefault((problem.line, problem.column), problem)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the problems in the order of the file."""
        return tuple(problem for _, problem in sorted(self._found.items()))


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return `Did you mean `soak`?`, or what there is to choose from."""
    names = sorted(set(known))
    near = get_close_matches(written, names, 1, 0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"Known here: {', '.join(names)}." if names else ""
