"""Made-up figures for rehearsals: what each metric would say at which time after the start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bot.domain.measure import Measure


@dataclass(frozen=True, slots=True)
class ScriptedValue:
    """A value that wanders between two amounts, which are equal where it does not.

    Without a measure they are in the metric's own.
    """

    low: Decimal
    high: Decimal
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class ScriptEntry:
    """What a metric says from `at` on, counted from the start and negative before it, until the next entry.

    Neither a value nor an error means no data; an error means that it cannot be asked.
    """

    at: timedelta
    value: ScriptedValue | None = None
    samples: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class MetricScript:
    """The entries of each metric, in the order of their times. The first holds for all the time before it too."""

    entries: tuple[tuple[str, tuple[ScriptEntry, ...]], ...]

    @property
    def names(self) -> frozenset[str]:
        """The metrics that the script knows."""
        return frozenset(name for name, _ in self.entries)

    def of(self, name: str) -> tuple[ScriptEntry, ...]:
        """Return a metric's entries, none where the script does not know it."""
        return next((entries for known, entries in self.entries if known == name), ())
