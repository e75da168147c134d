"""A small HTTP client for measuring: requests made beforehand, sent over connections that stay open."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


def request(method: str, path: str, secret: str, body: object = None, *more: str) -> bytes:
    """Return the bytes of a request."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: rollcall",
        f"Authorization: Bearer {secret}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection that stays open."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, raw: bytes) -> tuple[int, bytes]:
        """Send a request and return the answer's status and body."""
        self.writer.write(raw)
        head = await self.reader.readuntil(b"\r\n\r\n")
        start = head.lower().find(b"content-length: ")
        length = int(head[start + 16 : head.index(b"\r\n", start)]) if start >= 0 else 0
        return int(head[9:12]), await self.reader.readexactly(length) if length else b""


async def connect(port: int) -> Connection:
    """Open a connection to a port of this machine."""
    return Connection(*await asyncio.open_connection("127.0.0.1", port))


@dataclass(frozen=True, slots=True)
class Load:
    """What a burst of requests took: in all, and the time until each was answered, in seconds."""

    wall: float
    waits: Sequence[float]


async def burst(connections: Sequence[Connection], requests: Sequence[bytes], number: int) -> Load:
    """Have so many requests answered, each connection asking for the next as soon as it has an answer."""
    waits: list[float] = []
    left = iter(range(number))

    async def keep_asking(connection: Connection) -> None:
        for turn in left:
            start = time.perf_counter()
            status, _ = await connection.ask(requests[turn % len(requests)])
            waits.append(time.perf_counter() - start)
            assert status == 200, status

    start = time.perf_counter()
    await asyncio.gather(*(keep_asking(it) for it in connections))
    return Load(time.perf_counter() - start, waits)


async def answer(port: int, raw: bytes) -> Any:
    """Ask once and return the answer's JSON."""
    connection = await connect(port)
    _, body = await connection.ask(raw)
    connection.writer.close()
    return json.loads(body)
