"""The deployment report as JSON values, for programs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.report import Report


def as_data(report: Report) -> dict[str, object]:
    """Return the report as JSON values: instants in ISO 8601 and UTC, the duration in seconds."""
    data = {field.name: _plain(getattr(report, field.name)) for field in fields(report)}
    return {**data, "seconds": int(report.lasted.total_seconds()), "people": list(report.people)}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(it) for it in value]
    return value
