"""A real VictoriaMetrics that tests talk to: figures are written into it, and asked of it as of a Prometheus."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from bot.clock import SystemClock
from tests.peers import PATIENCE, PeerProcess, free_port, missing


class VictoriaServer:
    """Debian's VictoriaMetrics; it can be stopped and started again."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._command = [
            program,
            f"-storageDataPath={folder / 'data'}",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            # What was written is found at once, not half a minute later.
            "-search.latencyOffset=0s",
            "-search.disableCache",
        ]
        self._process: PeerProcess | None = None

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped."""
        return self._process is not None

    def start(self) -> None:
        """Start it, on the same port and with what it has stored, and return when it listens."""
        self._process = PeerProcess(self._command, "pprof handlers are exposed")

    def stop(self) -> None:
        """End it; nothing listens on its port any more."""
        process, self._process = self._process, None
        if process is not None:
            process.stop(signal.SIGTERM)

    async def write(self, series: str, value: float) -> None:
        """Write a figure, and wait until a query finds it."""
        async with httpx.AsyncClient(base_url=self.address) as client:
            line = f"{series} {_shown(value)}\n"
            await _succeeds(client, "/api/v1/import/prometheus", content=line)
            await self._until(client, series, lambda found: found is not None and float(found) == value)

    async def forget(self, series: str) -> None:
        """Delete a series, and wait until no query finds it."""
        async with httpx.AsyncClient(base_url=self.address) as client:
            await _succeeds(client, "/api/v1/admin/tsdb/delete_series", params={"match[]": series})
            await self._until(client, series, lambda found: found is None)

    async def _until(self, client: httpx.AsyncClient, series: str, holds: Callable[[str | None], bool]) -> None:
        clock = SystemClock()
        async with asyncio.timeout(PATIENCE):
            while not holds(await _found(client, series)):
                await clock.wait(asyncio.Event(), clock.now() + timedelta(milliseconds=50))


async def _found(client: httpx.AsyncClient, series: str) -> str | None:
    await client.get("/internal/force_flush")
    answer = await client.get("/api/v1/query", params={"query": series})
    result = answer.json()["data"]["result"]
    return str(result[0]["value"][1]) if result else None


async def _succeeds(client: httpx.AsyncClient, path: str, **request: object) -> None:
    answer = await client.post(path, **request)  # type: ignore[arg-type]  # Passed on as it is.
    answer.raise_for_status()


def _shown(value: float) -> str:
    return {"inf": "+Inf", "-inf": "-Inf"}.get(str(value), repr(value))


@contextmanager
def running_victoria(folder: Path) -> Iterator[VictoriaServer]:
    """Run a VictoriaMetrics of one's own."""
    program = shutil.which("victoria-metrics")
    if program is None:
        missing("VictoriaMetrics")
    server = VictoriaServer(str(program), folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
