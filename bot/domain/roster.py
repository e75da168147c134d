"""A layer of a schedule that another system plans: its shifts as they were when it was last asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYER = "primary"
"""What the only layer of such a schedule is called."""


@dataclass(frozen=True, slots=True)
class Stint:
    """Somebody's turn: a person (or an address that the team file does not know) from `start` up to, without, `end`.

    A turn without a start or an end has none.
    """

    person: str
    start: datetime | None = None
    end: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Say whether it is this one's turn."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Roster:
    """The turns of a layer as another system answered at `asked_at`; None where it never has.

    `source` is that system's id of the schedule.
    """

    source: str
    stints: tuple[Stint, ...] = ()
    asked_at: datetime | None = None
    layer: str = LAYER

    @property
    def known(self) -> bool:
        """Say whether the other system has ever answered."""
        return self.asked_at is not None

    def people(self, at: datetime) -> tuple[str, ...]:
        """Return whose turn holds a moment."""
        return tuple(dict.fromkeys(it.person for it in self.stints if it.holds(at)))

    def changes(self, after: datetime) -> Iterator[datetime]:
        """Yield when turns begin or end later than a moment, in order."""
        edges = {edge for it in self.stints for edge in (it.start, it.end) if edge is not None and edge > after}
        yield from sorted(edges)
