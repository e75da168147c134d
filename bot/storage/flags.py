"""Flags, and what they hold in each environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.flag import Flag, FlagSetting, FlagState
from bot.domain.percent import Percent
from bot.storage.rows import words_from_text, words_to_text
from bot.storage.tables import flag_states, flags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_COLUMNS = (
    flags.c.key,
    flags.c.salt,
    flags.c.unit,
    flags.c.description,
    flags.c.owner,
    flags.c.created_at,
    flags.c.retired_at,
    flags.c.hash_version,
)
_GET = select(*_COLUMNS).where(flags.c.key == bindparam("of"))
_ALL = select(*_COLUMNS).order_by(flags.c.key)
_UNRETIRED = _ALL.where(flags.c.retired_at.is_(None))
_ADD = insert(flags)
_RETIRE = update(flags).where(flags.c.key == bindparam("of")).values(retired_at=bindparam("retired_at"))

_STATES = select(flag_states).order_by(flag_states.c.flag, flag_states.c.environment)
_STATES_OF_FLAG = _STATES.where(flag_states.c.flag == bindparam("of"))
_STATES_SINCE = _STATES.where(flag_states.c.updated_at >= bindparam("since"))
_STATE = select(flag_states).where(
    flag_states.c.flag == bindparam("of"), flag_states.c.environment == bindparam("there")
)
_CHANGE_STATE = (
    update(flag_states)
    .where(flag_states.c.flag == bindparam("of"), flag_states.c.environment == bindparam("there"))
    .values(
        on=bindparam("on"),
        percent_milli=bindparam("percent_milli"),
        tiers=bindparam("tiers"),
        users=bindparam("users"),
        version=flag_states.c.version + 1,
        updated_at=bindparam("updated_at"),
    )
    .returning(flag_states.c.version)
)
_ADD_STATE = insert(flag_states)
_DESCRIBE = update(flags).where(flags.c.key == bindparam("of")).values(description=bindparam("description"))
# Versions only grow, flags are never removed, and a retired one stays retired: their sum never says the same twice.
_REVISION = select(
    select(func.coalesce(func.sum(flag_states.c.version), 0)).scalar_subquery()
    + select(func.count(flags.c.key) + func.count(flags.c.retired_at)).scalar_subquery()
)


class SqlFlagRepository:
    """Flags in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> Flag | None:
        row = self._connection.execute(_GET, {"of": key}).first()
        return None if row is None else Flag(*row)

    def all(self, *, retired: bool = False) -> Sequence[Flag]:
        return [Flag(*row) for row in self._connection.execute(_ALL if retired else _UNRETIRED)]

    def add(self, flag: Flag) -> None:
        self._connection.execute(_ADD, {column.name: getattr(flag, column.name) for column in _COLUMNS})

    def retire(self, key: str, at: datetime) -> None:
        self._connection.execute(_RETIRE, {"of": key, "retired_at": at})

    def state(self, key: str, environment: str) -> FlagState | None:
        row = self._connection.execute(_STATE, {"of": key, "there": environment}).first()
        return None if row is None else _state(row)

    def states(self, key: str | None = None) -> Sequence[FlagState]:
        found = (
            self._connection.execute(_STATES) if key is None else self._connection.execute(_STATES_OF_FLAG, {"of": key})
        )
        return [_state(row) for row in found]

    def states_since(self, moment: datetime) -> Sequence[FlagState]:
        return [_state(row) for row in self._connection.execute(_STATES_SINCE, {"since": moment})]

    def set(self, key: str, environment: str, setting: FlagSetting, at: datetime) -> FlagState:
        values = {
            "on": setting.on,
            "percent_milli": setting.percent.milli,
            "tiers": words_to_text(setting.tiers),
            "users": words_to_text(setting.users),
            "updated_at": at,
        }
        version = self._connection.execute(_CHANGE_STATE, {"of": key, "there": environment, **values}).scalar()
        if version is None:
            version = 1
            self._connection.execute(_ADD_STATE, {"flag": key, "environment": environment, "version": 1, **values})
        return FlagState(key, environment, setting, version, at)

    def describe(self, key: str, description: str) -> None:
        self._connection.execute(_DESCRIBE, {"of": key, "description": description})

    def revision(self) -> int:
        return int(self._connection.execute(_REVISION).scalar_one())


def _state(row: Row[Any]) -> FlagState:
    setting = FlagSetting(row.on, Percent(row.percent_milli), words_from_text(row.tiers), words_from_text(row.users))
    return FlagState(row.flag, row.environment, setting, row.version, row.updated_at)
