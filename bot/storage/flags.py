"""Flags, and what they hold in each environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.flag import Flag, FlagSetting, FlagState
from bot.domain.percent import Percent
from bot.storage.prepared import Prepared
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
_GET = Prepared(select(*_COLUMNS).where(flags.c.key == bindparam("of")))
_EVERY_FLAG = select(*_COLUMNS).order_by(flags.c.key)
_ALL, _UNRETIRED = Prepared(_EVERY_FLAG), Prepared(_EVERY_FLAG.where(flags.c.retired_at.is_(None)))
_ADD = Prepared(insert(flags))
_RETIRE = Prepared(update(flags).where(flags.c.key == bindparam("of")).values(retired_at=bindparam("retired_at")))

_EVERY_STATE = select(flag_states).order_by(flag_states.c.flag, flag_states.c.environment)
_STATES = Prepared(_EVERY_STATE)
_STATES_OF_FLAG = Prepared(_EVERY_STATE.where(flag_states.c.flag == bindparam("of")))
_STATES_SINCE = Prepared(_EVERY_STATE.where(flag_states.c.updated_at >= bindparam("since")))
_STATE = Prepared(
    select(flag_states).where(flag_states.c.flag == bindparam("of"), flag_states.c.environment == bindparam("there"))
)
_CHANGE_STATE = Prepared(
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
_ADD_STATE = Prepared(insert(flag_states))
_DESCRIBE = Prepared(update(flags).where(flags.c.key == bindparam("of")).values(description=bindparam("description")))
# Versions only grow, flags are never removed, and a retired one stays retired: their sum never says the same twice.
_REVISION = Prepared(
    select(
        select(func.coalesce(func.sum(flag_states.c.version), 0)).scalar_subquery()
        + select(func.count(flags.c.key) + func.count(flags.c.retired_at)).scalar_subquery()
    )
)


class SqlFlagRepository:
    """Flags in the database.

    `set_here` are the states that were set in this transaction, `changed_here` says whether flags themselves changed.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.set_here: list[FlagState] = []
        self.changed_here = False

    def get(self, key: str) -> Flag | None:
        row = _GET.run(self._connection, {"of": key}).first()
        return None if row is None else Flag(*row)

    def all(self, *, retired: bool = False) -> Sequence[Flag]:
        return [Flag(*row) for row in (_ALL if retired else _UNRETIRED).run(self._connection)]

    def add(self, flag: Flag) -> None:
        self.changed_here = True
        _ADD.run(self._connection, {column.name: getattr(flag, column.name) for column in _COLUMNS})

    def retire(self, key: str, at: datetime) -> None:
        self.changed_here = True
        _RETIRE.run(self._connection, {"of": key, "retired_at": at})

    def state(self, key: str, environment: str) -> FlagState | None:
        row = _STATE.run(self._connection, {"of": key, "there": environment}).first()
        return None if row is None else _state(row)

    def states(self, key: str | None = None) -> Sequence[FlagState]:
        found = _STATES.run(self._connection) if key is None else _STATES_OF_FLAG.run(self._connection, {"of": key})
        return [_state(row) for row in found]

    def states_since(self, moment: datetime) -> Sequence[FlagState]:
        return [_state(row) for row in _STATES_SINCE.run(self._connection, {"since": moment})]

    def set(self, key: str, environment: str, setting: FlagSetting, at: datetime) -> FlagState:
        values = {
            "on": setting.on,
            "percent_milli": setting.percent.milli,
            "tiers": words_to_text(setting.tiers),
            "users": words_to_text(setting.users),
            "updated_at": at,
        }
        version = _CHANGE_STATE.run(self._connection, {"of": key, "there": environment, **values}).scalar()
        if version is None:
            version = 1
            _ADD_STATE.run(self._connection, {"flag": key, "environment": environment, "version": 1, **values})
        state = FlagState(key, environment, setting, version, at)
        self.set_here.append(state)
        return state

    def describe(self, key: str, description: str) -> None:
        self.changed_here = True
        _DESCRIBE.run(self._connection, {"of": key, "description": description})

    def revision(self) -> int:
        return int(_REVISION.run(self._connection).scalar_one())


def _state(row: Row[Any]) -> FlagState:
    setting = FlagSetting(row.on, Percent(row.percent_milli), words_from_text(row.tiers), words_from_text(row.users))
    return FlagState(row.flag, row.environment, setting, row.version, row.updated_at)
