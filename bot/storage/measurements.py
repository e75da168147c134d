"""Measurements of rollouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from bot.domain.measuring import Measurement
from bot.storage.tables import measurements

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_ADD = insert(measurements)
_SINCE = (
    select(measurements)
    .where(
        measurements.c.rollout == bindparam("of"),
        measurements.c.series.in_(bindparam("series", expanding=True)),
        measurements.c.at >= bindparam("start"),
    )
    .order_by(measurements.c.at, measurements.c.id)
)
_PRUNE = delete(measurements).where(
    measurements.c.rollout == bindparam("of"),
    measurements.c.series.in_(bindparam("series", expanding=True)),
    measurements.c.at < bindparam("before"),
)


class SqlMeasurementRepository:
    """Measurements in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rollout_id: int, found: Sequence[Measurement]) -> None:
        rows = [
            {
                "rollout": rollout_id,
                "series": it.series,
                "at": it.at,
                "value": it.value,
                "samples": it.samples,
                "note": it.note,
                "error": it.error,
            }
            for it in found
        ]
        if rows:
            self._connection.execute(_ADD, rows)

    def since(self, rollout_id: int, series: Sequence[str], start: datetime) -> Sequence[Measurement]:
        rows = self._connection.execute(_SINCE, {"of": rollout_id, "series": list(series), "start": start})
        return [Measurement(row.series, row.at, row.value, row.samples, row.note, row.error) for row in rows]

    def prune(self, rollout_id: int, series: Sequence[str], before: datetime) -> None:
        if series:
            self._connection.execute(_PRUNE, {"of": rollout_id, "series": list(series), "before": before})
