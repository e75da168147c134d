"""Serves the web application in the bot's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

from bot.domain.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

    from bot.ports import Journal
    from bot.web.events import Streams

FINISH_WITHIN = 2
"""Seconds for what is being answered when the bot stops."""

KEEP_ALIVE = 30
"""Seconds for which an idle connection is kept."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the bot."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """The web part as a service; `address` is where it listens once it does."""

    name = "web"

    def __init__(
        self, app: Starlette, host: str, port: int, journal: Journal, *, streams: Streams | None = None
    ) -> None:
        self._app, self._host, self._port, self._journal = app, host, port, journal
        self._streams = streams
        self.address = ""
        self.listening = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop. Raises Refused where the address cannot be used."""
        with self._bound() as listener:
            host, port = listener.getsockname()[:2]
            self.address = f"http://{host}:{port}"
            self._journal.info("web.listening", address=self.address)
            if self._streams is not None:
                self._streams.open()
            self.listening.set()
            await self._serve(listener, stop)
        self.listening.clear()

    async def _serve(self, listener: socket.socket, stop: asyncio.Event) -> None:
        server = _Server(
            uvicorn.Config(
                self._app,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=FINISH_WITHIN,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="web")
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if self._streams is not None:
                # An open stream would be waited for: it ends by itself as soon as it is told.
                self._streams.close()
            server.should_exit = True
            await serving

    def _bound(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Named as TCP, or asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for an acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listener.bind((self._host, self._port))
            listener.listen(256)
        except OSError as problem:
            listener.close()
            reason = problem.strerror or str(problem)
            raise Refused(
                f"The web part cannot listen on {self._host}:{self._port}: {reason}.",
                "set ROLLCALL_HOST and ROLLCALL_PORT to an address that is free",
            ) from None
        return listener
