"""A command's transaction as one would write it by hand with SQLAlchemy: the same reads, and rows of the same size."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, create_engine, event, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.bots import CHANNEL, do, url_of
from bot.chat.local.seat import PLATFORM
from bot.storage.engine import PRAGMAS
from bot.storage.tables import (
    IS_ACTIVE,
    audit,
    bindings,
    flag_states,
    flags,
    outbox,
    requests,
    rollout_flags,
    rollouts,
)
from bot.wiring import Bot

_SEEN = select(requests.c.audit_seq).where(requests.c.request_id == bindparam("request"))
_HEAD = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
_SENT = update(outbox).where(outbox.c.wake_at.is_not(None)).values(state="sent", wake_at=None, due_at=None)
_ADD_AUDIT, _ADD_REQUEST, _ADD_OUTBOX = insert(audit), insert(requests), insert(outbox)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a command looks up, the one row it rewrites, and the rows that it leaves behind."""

    reads: tuple[tuple[Select[Any], Row], ...]
    change: Update
    values: Row
    audit: Row
    request: Row
    outbox: tuple[Row, ...]


async def transaction_of(bot: Bot, file: Path, line: str) -> Transaction:
    """Do a command that changes a flag or a rollout, and return what it did to the database."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        last = connection.execute(select(func.max(outbox.c.id))).scalar() or 0
    await do(bot, line)
    with engine.connect() as connection:
        entry = _one(connection, select(audit).order_by(audit.c.seq.desc()).limit(1))
        request = _one(connection, select(requests).where(requests.c.audit_seq == entry["seq"]))
        left = tuple(row._asdict() for row in connection.execute(select(outbox).where(outbox.c.id > last)))
        kind, _, subject = entry["subject"].partition(":")
        looked_up = _flag(connection, subject) if kind == "flag" else _rollout(connection, int(subject))
    engine.dispose()
    await bot.loop.settle()
    return Transaction(*looked_up, entry, request, left)


def _one(connection: Connection, statement: Select[Any]) -> Row:
    return connection.execute(statement).one()._asdict()


def _flag(connection: Connection, flag: str) -> tuple[tuple[tuple[Select[Any], Row], ...], Update, Row]:
    """Return what `/flag set` looks up and changes."""
    state = _one(connection, select(flag_states).where(flag_states.c.flag == flag))
    there = {"f": flag, "e": state["environment"]}
    mine = (flag_states.c.flag == bindparam("f"), flag_states.c.environment == bindparam("e"))
    driving = (
        select(rollouts)
        .join(rollout_flags, rollout_flags.c.rollout == rollouts.c.id)
        .where(rollout_flags.c.flag == bindparam("f"), rollout_flags.c.environment == bindparam("e"), IS_ACTIVE)
    )
    reads = (
        (select(flags).where(flags.c.key == bindparam("f")), {"f": flag}),
        (select(flag_states).where(*mine), there),
        (driving, there),
    )
    return reads, *_rewrite(update(flag_states).where(*mine), state, there)


def _rollout(connection: Connection, number: int) -> tuple[tuple[tuple[Select[Any], Row], ...], Update, Row]:
    """Return what `/rollout pause` looks up and changes; the plan is not read anew each time."""
    mine = rollouts.c.id == bindparam("r")
    row = _one(connection, select(rollouts).where(rollouts.c.id == number))
    bound = select(bindings.c.subject).where(
        bindings.c.platform == bindparam("p"), bindings.c.channel == bindparam("c"), bindings.c.kind == bindparam("k")
    )
    reads = (
        (bound, {"p": PLATFORM, "c": CHANNEL, "k": "rollout"}),
        (select(rollouts).where(mine), {"r": number}),
    )
    return reads, *_rewrite(update(rollouts).where(mine), row, {"r": number})


def _rewrite(statement: Update, row: Row, names: Row) -> tuple[Update, Row]:
    """Return an update of every column outside the primary key, and the values that stand there."""
    keys = {column.name for column in statement.table.primary_key}
    values = {name: value for name, value in row.items() if name not in keys}
    return statement.values({name: bindparam(name) for name in values}), {**values, **names}


def copy_of(file: Path, name: str) -> Path:
    """Copy a database that is in use to another file beside it."""
    copy = file.with_name(name)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


class ByHand:
    """Does a transaction again and again on one connection, on which SQLite is set up as Rollcall sets it up."""

    def __init__(self, engine: AsyncEngine, transaction: Transaction) -> None:
        self._engine = engine
        self._do = transaction
        self._version = transaction.values["version"]

    async def write(self) -> None:
        """Do it once, committed durably, with names of the same length in the place of those that must be new."""
        self._version += 1
        request = secrets.token_hex(16)
        async with self._engine.begin() as connection:
            (await connection.execute(_SEEN, {"request": request})).first()
            for statement, values in self._do.reads:
                (await connection.execute(statement, values)).all()
            await connection.execute(self._do.change, {**self._do.values, "version": self._version})
            for row in self._do.outbox:
                await connection.execute(
                    _ADD_OUTBOX, {**row, "id": None, "key": secrets.token_hex(len(row["key"]) // 2)}
                )
            seq = (await connection.execute(_HEAD)).one().seq + 1
            new = {"seq": seq, "request_id": request, "hash": secrets.token_hex(32)}
            await connection.execute(_ADD_AUDIT, {**self._do.audit, **new})
            await connection.execute(_ADD_REQUEST, {**self._do.request, "request_id": request, "audit_seq": seq})

    async def tidy(self) -> None:
        """Take what was left in the outbox for sent, as the loop does on the other side."""
        if self._do.outbox:
            async with self._engine.begin() as connection:
                await connection.execute(_SENT)


@asynccontextmanager
async def by_hand(file: Path, transaction: Transaction) -> AsyncIterator[ByHand]:
    """Open a database for doing a transaction by hand, through aiosqlite as it comes."""
    engine = _plain_engine(file)
    try:
        yield ByHand(engine, transaction)
    finally:
        await engine.dispose()


def _plain_engine(file: Path) -> AsyncEngine:
    engine = create_async_engine(url_of(file), pool_size=1, max_overflow=0, connect_args={"isolation_level": None})

    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("PRAGMA journal_mode = WAL", *PRAGMAS):
            cursor.execute(pragma)
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine.sync_engine, "connect", set_up)
    event.listen(engine.sync_engine, "begin", begin)
    return engine
