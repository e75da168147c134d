"""The table in which measurements are printed, and whether each is within its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("measured", "here", "beside it", "figure", "limit", "verdict")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it was made of. `limit` is the largest value allowed; without one it is only reported."""

    name: str
    here: str
    beside: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def missed(self) -> bool:
        """Say whether the value is above its limit."""
        return self.limit is not None and self.value > self.limit

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        limit = "" if self.limit is None else f"{self.limit:g} {self.unit}"
        verdict = "" if self.limit is None else "MISSED" if self.missed else "pass"
        return (self.name, self.here, self.beside, f"{_number(self.value)} {self.unit}", limit, verdict)


def ratio(
    name: str, here: float, beside: float, *, scale: float = 1e3, unit: str = "ms", limit: float | None = None
) -> Figure:
    """Compare two durations in seconds, or any two numbers of one kind; `scale` and `unit` are how they are shown."""
    return Figure(
        name, f"{_number(here * scale)} {unit}", f"{_number(beside * scale)} {unit}", here / beside, "×", limit
    )


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:5], widths[1:5], strict=True)]
        print("  ".join([*cells, row[5]]).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def _number(value: float) -> str:
    """Return three digits that count, and every digit before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
