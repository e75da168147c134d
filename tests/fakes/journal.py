"""An operator's log that keeps what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Noted:
    """One line of the log."""

    level: str
    event: str
    facts: dict[str, object]


@dataclass(slots=True)
class KeptJournal:
    """The Journal port over a list."""

    lines: list[Noted] = field(default_factory=list)

    def info(self, event: str, **facts: object) -> object:
        """Note something that happened as it should."""
        return self._note("info", event, facts)

    def warning(self, event: str, **facts: object) -> object:
        """Note something that somebody may have to look at."""
        return self._note("warning", event, facts)

    def error(self, event: str, **facts: object) -> object:
        """Note something that somebody has to look at."""
        return self._note("error", event, facts)

    def events(self, *levels: str) -> list[str]:
        """Return the names of the events in order, of all levels unless some are named."""
        return [line.event for line in self.lines if not levels or line.level in levels]

    def _note(self, level: str, event: str, facts: dict[str, object]) -> object:
        self.lines.append(Noted(level, event, facts))
        return None
