"""An HTTP server on the loopback that behaves as a test wants: well, badly, or not at all."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in; the names of headers are in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class WebServer:
    """`behaviours` are used one after the other, the last one for all that follow."""

    address: str = ""
    behaviours: list[Behaviour] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    sent: int = 0
    """How many bytes went out through `much`."""

    def behave(self, *behaviours: Behaviour) -> None:
        """Answer in these ways from now on."""
        self.behaviours = list(behaviours)
        self.received.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it ends."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await _receive(reader)
                self.received.append(request)
                behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
                await behaviour(request, writer)
                await writer.drain()
                if writer.is_closing():
                    break
        writer.close()

    def much(self, size: int, *, announced: bool) -> Behaviour:
        """Answer with a JSON text of `size` bytes, in pieces as quickly as they are taken."""

        async def behaviour(_request: Received, writer: asyncio.StreamWriter) -> None:
            length = f"Content-Length: {size}\r\n" if announced else "Connection: close\r\n"
            writer.write(f'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n"'.encode())
            self.sent = 1
            while self.sent < size - 1:
                writer.write(b"a" * 10_000)
                await writer.drain()
                self.sent += 10_000
            writer.write(b'"')
            writer.close()

        return behaviour


async def _receive(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    pairs = (line.split(":", 1) for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body)


@asynccontextmanager
async def running_web_server(secured: ssl.SSLContext | None = None) -> AsyncIterator[WebServer]:
    """Run a server, behind TLS where it gets a certificate; whatever still hangs in it is cut off at the end."""
    fake = WebServer()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await fake.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=secured)
    fake.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
        waiting = [*connections]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await server.wait_closed()


def answers(body: str | bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Behaviour:
    """Answer properly; a header's name is given with `_` for `-`."""
    content = body.encode() if isinstance(body, str) else body
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{more}\r\n"

    async def behaviour(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + content)

    return behaviour


def answers_json(value: object, status: int = 200) -> Behaviour:
    """Answer with a value as JSON."""
    return answers(json.dumps(value), status)


async def hangs(_request: Received, _writer: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await asyncio.Event().wait()


async def hangs_half_way(_request: Received, writer: asyncio.StreamWriter) -> None:
    """Send the beginning of an answer, and then nothing more."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"value":')
    await writer.drain()
    await asyncio.Event().wait()


async def cuts(_request: Received, writer: asyncio.StreamWriter) -> None:
    """Cut the connection in the middle of the answer."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"value":')
    await writer.drain()
    writer.close()


async def closes(_request: Received, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""
    writer.close()


async def babbles(_request: Received, writer: asyncio.StreamWriter) -> None:
    """Answer with something that is not HTTP."""
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    writer.close()


async def echoes(request: Received, writer: asyncio.StreamWriter) -> None:
    """Repeat everything that was received in the message of an error."""
    said = f"{request.target} {request.headers} {request.body!r}"
    body = json.dumps({"status": "error", "error": said, "value": said}).encode()
    writer.write(
        f"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


async def echoes_as_value(request: Received, writer: asyncio.StreamWriter) -> None:
    """Repeat everything that was received where a number is wanted."""
    said = f"{request.headers} {request.body!r}"
    one = {"metric": {"said": said}, "value": [1, said]}
    body = json.dumps({"status": "success", "value": said, "data": {"resultType": "vector", "result": [one, one]}})
    content = body.encode()
    writer.write(
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        + content
    )
