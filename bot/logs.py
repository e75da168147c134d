"""The operator's log: one line per event, constant names, facts as fields."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from bot.ports import Journal

DEFAULT_LEVEL = "info"

LIBRARIES = ("discord", "slack_bolt", "slack_sdk", "uvicorn")


def open_journal(spec: str, stream: TextIO | None = None) -> Journal:
    """Return a journal; `spec` is `console` or `json` with a level, such as `json:info`. Writes to standard error."""
    # What libraries think worth a warning (a voice codec that is missing) is no news to an operator of ours.
    for library in LIBRARIES:
        logging.getLogger(library).setLevel(logging.ERROR)
    form, _, level = spec.partition(":")
    least = logging.getLevelNamesMapping()[(level or DEFAULT_LEVEL).upper()]
    return LateJournal(form, least, stream or sys.stderr)


@dataclass(slots=True)
class LateJournal:
    """A journal that loads structlog with its first line: a process that has nothing to write starts more quickly."""

    form: str
    least: int
    stream: TextIO
    logger: FilteringBoundLogger | None = None

    def info(self, event: str, **facts: object) -> object:
        """Note something that happened as it should."""
        return self._write(logging.INFO, event, facts)

    def warning(self, event: str, **facts: object) -> object:
        """Note something that somebody may have to look at."""
        return self._write(logging.WARNING, event, facts)

    def error(self, event: str, **facts: object) -> object:
        """Note something that somebody has to look at."""
        return self._write(logging.ERROR, event, facts)

    def _write(self, level: int, event: str, facts: dict[str, object]) -> object:
        if level < self.least:
            return None
        if self.logger is None:
            self.logger = _logger(self.form, self.stream)
        return self.logger.log(level, event, **facts)


def _logger(form: str, stream: TextIO) -> FilteringBoundLogger:
    import structlog

    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        # A plain traceback: the one that rich draws shows the values of variables, and some of those are secrets.
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), pad_event_to=30, exception_formatter=structlog.dev.plain_traceback
        )
    )
    processors = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([structlog.processors.format_exc_info] if form == "json" else []),
        renderer,
    ]
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
    )
    return logger
