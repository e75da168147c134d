"""One thing wrong in a file that people write: where it stands, what is there, and what should be."""

from __future__ import annotations

from dataclasses import dataclass

EXCERPT_WIDTH = 100
"""Longer lines are cut around the place, so that the caret stays on the reader's screen."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` and `column` count from 1; `source` is the text of that line; `found`, `expected` and `hint` are phrases."""

    file: str
    line: int
    column: int
    found: str
    expected: str
    hint: str = ""
    source: str = ""

    def __str__(self) -> str:
        """Return `plans/x.yaml:12:7: found …, expected …`, the line, a caret under the place, and the hint."""
        rows = [f"{self.file}:{self.line}:{self.column}: found {self.found}, expected {self.expected}"]
        if self.source:
            source, column = _around(self.source, self.column)
            margin = f"{self.line:>5} | "
            rows += [margin + source, f"{'| ':>{len(margin)}}{' ' * (column - 1)}^"]
        if self.hint:
            rows.append(f"      {self.hint}")
        return "\n".join(rows)


def _around(source: str, column: int) -> tuple[str, int]:
    """Return the part of a line around a column, and the column within that part."""
    if len(source) <= EXCERPT_WIDTH:
        return source, column
    first = max(0, min(column - 1 - EXCERPT_WIDTH // 2, len(source) - EXCERPT_WIDTH))
    last = first + EXCERPT_WIDTH
    shown = source[first:last] + ("…" if last < len(source) else "")
    return (f"…{shown}", column - first + 1) if first else (shown, column)
