"""The operator's log: one line per event, constant names, facts as fields."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from bot.ports import Journal

DEFAULT_LEVEL = "info"


def open_journal(spec: str, stream: TextIO | None = None) -> Journal:
    """Return a journal; `spec` is `console` or `json` with a level, such as `json:info`. Writes to standard error."""
    import structlog

    form, _, level = spec.partition(":")
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty(), pad_event_to=30)
    )
    processors = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([structlog.processors.format_exc_info] if form == "json" else []),
        renderer,
    ]
    least = logging.getLevelNamesMapping()[(level or DEFAULT_LEVEL).upper()]
    logger = structlog.wrap_logger(
        structlog.PrintLogger(stream or sys.stderr),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(least),
    )
    return cast("Journal", logger)
