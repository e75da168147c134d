"""What was seen of flags that are held elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.domain.flag import FlagTarget
from bot.domain.sighting import Sighting
from bot.storage.prepared import Prepared
from bot.storage.rows import targets_from_text, targets_to_text
from bot.storage.tables import sightings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from bot.domain.flag import FlagSetting

_ONE = (sightings.c.flag == bindparam("of"), sightings.c.environment == bindparam("there"))
_GET = Prepared(select(sightings).where(*_ONE))
_ALL = Prepared(select(sightings).order_by(sightings.c.flag, sightings.c.environment))
_PROVIDERS = Prepared(select(sightings.c.flag, sightings.c.environment, sightings.c.provider))
_ADD = Prepared(insert(sightings))
_FORGET = Prepared(delete(sightings).where(sightings.c.flag == bindparam("of")))
_CHANGED = [column.name for column in sightings.c if column.name not in {"flag", "environment"}]
_CHANGE = Prepared(update(sightings).where(*_ONE).values({name: bindparam(name) for name in _CHANGED}))


class SqlSightingRepository:
    """Sightings in the database; `changed_here` says whether this transaction changed who holds a flag."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.changed_here = False

    def get(self, flag: str, environment: str) -> Sighting | None:
        row = _GET.run(self._connection, {"of": flag, "there": environment}).first()
        return _sighting(row) if row is not None else None

    def all(self) -> Sequence[Sighting]:
        return [_sighting(row) for row in _ALL.run(self._connection)]

    def providers(self) -> Mapping[tuple[str, str], str]:
        return {(row.flag, row.environment): row.provider for row in _PROVIDERS.run(self._connection)}

    def forget(self, flag: str) -> None:
        self.changed_here |= _FORGET.run(self._connection, {"of": flag}).rowcount > 0

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
        if _CHANGE.run(self._connection, {**key, **values}).rowcount == 0:
            self.changed_here = True
            _ADD.run(self._connection, {"flag": sighting.flag, "environment": sighting.environment, **values})


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
