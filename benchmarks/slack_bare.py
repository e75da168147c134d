"""A bare slack_bolt app beside which Rollcall is measured: it writes the rows of a command in one transaction, and answers.

`python -m benchmarks.slack_bare FILE API_URL SECRET` serves on a port of the system's choice and prints its address. It
asks nobody's permission, parses and checks nothing, hashes nothing and answers in four words.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, Table, Update, bindparam, create_engine, event, insert, select, update
from starlette.applications import Starlette
from starlette.routing import Route

from bot.storage.engine import PRAGMAS
from bot.storage.tables import audit, flag_states, requests

Row = dict[str, Any]

_ADD_AUDIT, _ADD_REQUEST = insert(audit), insert(requests)


class Writer:
    """The only writer: a connection in a thread of its own, and in each transaction what one command leaves behind."""

    def __init__(self, file: Path) -> None:
        self._engine = create_engine(f"sqlite:///{file}", pool_size=1, max_overflow=0)
        event.listen(self._engine, "connect", _set_up)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        self._thread = ThreadPoolExecutor(1)
        with self._engine.begin() as connection:
            self._entry = _last(connection, audit, "seq")
            self._flag = _without_keys(flag_states, _last(connection, flag_states, "flag"))
        self._seq = self._entry.get("seq", 0)
        self._set_flag = _rewrite(flag_states, "flag", self._flag)

    async def write(self, body: Row) -> None:
        """Write what a command leaves behind, and return once it is on the disk."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, body)

    def _write(self, body: Row) -> None:
        _, key, percent = body["text"].split()
        milli = round(float(percent.rstrip("%")) * 1000)
        request, now = f"slack:command:{body['trigger_id']}", datetime.now(UTC)
        self._seq += 1
        with self._engine.begin() as connection:
            changed = {"_flag": key, "percent_milli": milli, "updated_at": now, "version": self._seq}
            connection.execute(self._set_flag, {**self._flag, **changed})
            entry = {"seq": self._seq, "subject": f"flag:{key}", "request_id": request, "at": now.isoformat()}
            connection.execute(_ADD_AUDIT, {**self._entry, **entry})
            connection.execute(_ADD_REQUEST, {"request_id": request, "audit_seq": self._seq, "at": now})


def _set_up(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("PRAGMA journal_mode = WAL", *PRAGMAS):
        connection.execute(pragma)


def _last(connection: Connection, table: Table, column: str) -> Row:
    row = connection.execute(select(table).order_by(table.c[column].desc()).limit(1)).first()
    return {} if row is None else row._asdict()


def _without_keys(table: Table, row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in table.primary_key.columns}


def _rewrite(table: Table, name: str, row: Row) -> Update:
    """Return an update of every column outside the primary key."""
    where = table.c[name] == bindparam(f"_{name}")
    return update(table).where(where).values({column: bindparam(column) for column in row})


def application(writer: Writer, api_url: str, secret: str) -> Starlette:
    """Return the app, put together as slack_bolt's documentation does it."""
    client = AsyncWebClient(token="xoxb-bench", base_url=api_url)  # noqa: S106  # Of no workspace.
    app = AsyncApp(client=client, signing_secret=secret, process_before_response=True)

    async def do(ack: AsyncAck, body: Row) -> None:
        await writer.write(body)
        await ack(f"done: {body['command']} {body['text']}")

    app.command("/flag")(do)
    handler = AsyncSlackRequestHandler(app)
    return Starlette(routes=[Route("/slack/events", handler.handle, methods=["POST"])])


class _Announced(uvicorn.Server):
    """A server that prints where it listens."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}", flush=True)


def main(file: str, api_url: str, secret: str) -> None:
    """Serve until a signal comes."""
    app = application(Writer(Path(file)), api_url, secret)
    _Announced(uvicorn.Config(app, port=0, log_level="critical", access_log=False, lifespan="off", ws="none")).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
