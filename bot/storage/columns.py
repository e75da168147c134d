"""Column types: how moments are stored so that they compare by index, on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

MOMENT_WIDTH = 32


def moment_text(moment: datetime) -> str:
    """Return an instant as text that sorts by time: `2026-03-01T09:30:00.000000+00:00`."""
    if moment.tzinfo is None:
        msg = f"{moment} has no time zone, so nobody can tell which instant it is"
        raise ValueError(msg)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Moment(TypeDecorator[datetime]):
    """An instant, as text of fixed width in UTC: readable with any SQLite tool, and in order as it stands."""

    impl = String(MOMENT_WIDTH)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # The signature is SQLAlchemy's.
        """Write an aware datetime; one without a zone is refused."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # As above.
        """Read it back as a datetime in UTC."""
        return None if value is None else datetime.fromisoformat(value)
