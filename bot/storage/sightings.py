"""What was seen of flags that are held elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.domain.flag import FlagTarget
from bot.domain.sighting import Sighting
from bot.storage.rows import targets_from_text, targets_to_text
from bot.storage.tables import sightings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from bot.domain.flag import FlagSetting

_ONE = (sightings.c.flag == bindparam("of"), sightings.c.environment == bindparam("there"))
_GET = select(sightings).where(*_ONE)
_ALL = select(sightings).order_by(sightings.c.flag, sightings.c.environment)
_ADD = insert(sightings)
_FORGET = delete(sightings).where(sightings.c.flag == bindparam("of"))
_CHANGED = [column.name for column in sightings.c if column.name not in {"flag", "environment"}]
_CHANGE = update(sightings).where(*_ONE).values({name: bindparam(name) for name in _CHANGED})


class SqlSightingRepository:
    """Sightings in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, flag: str, environment: str) -> Sighting | None:
        row = self._connection.execute(_GET, {"of": flag, "there": environment}).first()
        return _sighting(row) if row is not None else None

    def all(self) -> Sequence[Sighting]:
        return [_sighting(row) for row in self._connection.execute(_ALL)]

    def forget(self, flag: str) -> None:
        self._connection.execute(_FORGET, {"of": flag})

    def save(self, sighting: Sighting) -> None:
        values: dict[str, Any] = {
            "provider": sighting.provider,
            "held": _to_text(sighting, sighting.held),
            "tried": _to_text(sighting, *sighting.tried),
            "strange": _to_text(sighting, *(() if sighting.strange is None else (sighting.strange,))),
            "problem": sighting.problem,
            "since": sighting.since,
            "seen_at": sighting.seen_at,
        }
        key = {"of": sighting.flag, "there": sighting.environment}
        if self._connection.execute(_CHANGE, {**key, **values}).rowcount == 0:
            self._connection.execute(_ADD, {"flag": sighting.flag, "environment": sighting.environment, **values})


def _sighting(row: Row[Any]) -> Sighting:
    (held,) = _from_text(row.held)
    strange = _from_text(row.strange)
    return Sighting(
        row.flag,
        row.environment,
        row.provider,
        held,
        _from_text(row.tried),
        strange[0] if strange else None,
        row.problem,
        row.since,
        row.seen_at,
    )


def _to_text(sighting: Sighting, *settings: FlagSetting) -> str:
    return targets_to_text([FlagTarget(sighting.flag, sighting.environment, it) for it in settings])


def _from_text(text: str) -> tuple[FlagSetting, ...]:
    return tuple(it.setting for it in targets_from_text(text))
