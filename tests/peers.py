"""Real servers that tests talk to, each started for the tests of one worker and ended with them: Prometheus, PostgreSQL.

`make peers` installs them. Where one is missing the test is skipped, and on a build machine (CI=true) it fails.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.clock import SystemClock

PATIENCE = 30.0
"""In seconds: how long a server may take to start, or a figure to arrive, before a test gives up on it."""

UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; run by root, tests give it this user."""


def missing(name: str) -> None:
    """Skip the test, or fail it where a build runs: there nobody would see that it was skipped."""
    sentence = f"{name} is not installed: run `make peers`, or install it by hand"
    if os.environ.get("CI") == "true":  # noqa: TID251 - Nothing of the product; every build machine sets it.
        pytest.fail(sentence)
    pytest.skip(sentence)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PeerProcess:
    """A process that says in its log when it is ready, and that dies with whoever started it."""

    def __init__(self, command: list[str], ready: str) -> None:
        ends_with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        self._log: list[str] = []
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            [*ends_with_us, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        came_up = self._ready.wait(PATIENCE)
        if not came_up or not any(ready in line for line in self._log):
            self.stop(signal.SIGKILL)
            raise RuntimeError(f"{command[0]} did not start:\n{''.join(self._log[-20:])}")

    def _read(self, ready: str) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._log.append(line)
            if ready in line:
                self._ready.set()
        # It ended: whoever waits for it shall look at the log.
        self._ready.set()

    def stop(self, how: signal.Signals) -> None:
        """End the process and wait until it is gone."""
        self._process.send_signal(how)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stderr is not None
        self._process.stderr.close()


class Exporter:
    """What Prometheus scrapes: figures that a test sets, by series (`errors_total`, `up{zone="a"}`)."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = "".join(f"{series} {value}\n" for series, value in exporter.figures.copy().items()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing: a test's output is for what failed."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_arguments: object) -> None:
                """Say nothing of a scraper that was stopped while it was answered; other tests read what is printed."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.target = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class PrometheusServer:
    """Debian's Prometheus, scraping an exporter five times a second; it can be stopped and started again."""

    USER = "rollcall"
    PASSWORD = "correct horse battery"
    _HASH = "$2b$04$/E6W3sXh0oJwYfFtGgu8oex53lit1IgsXY.P2SFegDJJLcxwgTM1W"

    def __init__(self, program: str, folder: Path, exporter: Exporter, *, login: bool = False) -> None:
        self.exporter = exporter
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        config, web = folder / "prometheus.yml", folder / "web.yml"
        config.write_text(
            "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
            f"scrape_configs: [{{job_name: app, static_configs: [{{targets: ['{exporter.target}']}}]}}]\n"
        )
        web.write_text(f"basic_auth_users: {{{self.USER}: '{self._HASH}'}}\n" if login else "{}\n")
        self._auth = (self.USER, self.PASSWORD) if login else None
        self._command = [
            program,
            f"--config.file={config}",
            f"--web.config.file={web}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=info",
        ]
        self._server: PeerProcess | None = None

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped."""
        return self._server is not None

    def start(self) -> None:
        """Start it, on the same port and with what it has stored, and return when it answers.

        It first scrapes five seconds later: so often it looks for targets.
        """
        self._server = PeerProcess(self._command, "Server is ready to receive web requests")

    def stop(self) -> None:
        """End it; nothing listens on its port any more."""
        server, self._server = self._server, None
        if server is not None:
            server.stop(signal.SIGTERM)

    async def until(self, query: str, holds: Callable[[list[Any]], bool] = bool) -> list[Any]:
        """Wait until what a query finds (the API's `result`) is as wanted, and return it."""
        clock = SystemClock()
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=self.address, auth=self._auth) as client:
            while True:
                answer = await client.get("/api/v1/query", params={"query": query})
                result: list[Any] = answer.json()["data"]["result"]
                if holds(result):
                    return result
                await clock.wait(asyncio.Event(), clock.now() + timedelta(milliseconds=50))

    async def scraped(self, **figures: float) -> None:
        """Let the exporter show figures, and wait until Prometheus has them."""
        self.exporter.figures.update(figures)
        for name, value in figures.items():
            await self.until(f"{name} == {value!r}")


@contextmanager
def running_prometheus(folder: Path, *, login: bool = False) -> Iterator[PrometheusServer]:
    """Run a Prometheus of one's own, with its exporter; `login` wants a user and a password."""
    program = shutil.which("prometheus")
    if program is None:
        missing("Prometheus")
    exporter = Exporter()
    server = PrometheusServer(str(program), folder, exporter, login=login)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        exporter.close()


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A Prometheus that tests of one worker share: each uses series of its own."""
    with running_prometheus(tmp_path_factory.mktemp("prometheus")) as server:
        yield server


class PostgresServer:
    """A PostgreSQL server with an empty cluster, on the loopback, with one superuser who has a password."""

    USER = "rollcall"
    PASSWORD = "correct-horse-battery"

    def __init__(self, programs: Path, folder: Path) -> None:
        self.port = free_port()
        self._programs, self._folder = programs, folder
        self._as_somebody_else = os.geteuid() == 0
        if self._as_somebody_else:
            shutil.chown(folder, UNPRIVILEGED)
        secret = folder / "password"
        secret.write_text(self.PASSWORD)
        if self._as_somebody_else:
            shutil.chown(secret, UNPRIVILEGED)
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", f"--username={self.USER}", "--no-sync"]
        subprocess.run(
            [*self._prefix, str(programs / "initdb"), *options, "--encoding=UTF8", "--locale=C", "-D", str(self._data)],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        self._server: PeerProcess | None = None

    @property
    def _prefix(self) -> list[str]:
        if not self._as_somebody_else:
            return []
        return ["setpriv", f"--reuid={UNPRIVILEGED}", "--regid=nogroup", "--clear-groups", "--pdeathsig", "KILL"]

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def url(self, database: str = "postgres", password: str = PASSWORD, driver: str = "postgresql+asyncpg") -> str:
        """Return a SQLAlchemy URL of one of its databases."""
        return f"{driver}://{self.USER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and return when it takes connections."""
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={self._folder}",
            "fsync=off",
            "shared_buffers=16MB",
        ]
        flags = [part for setting in settings for part in ("-c", setting)]
        command = [*self._prefix, str(self._programs / "postgres"), "-D", str(self._data), *flags]
        self._server = PeerProcess(command, "database system is ready to accept connections")

    def stop(self) -> None:
        """End it at once; connections break off."""
        server, self._server = self._server, None
        if server is not None:
            server.stop(signal.SIGINT)


def _postgres_programs() -> Path | None:
    """Return where the newest PostgreSQL has its programs; Debian keeps them out of the search path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = [folder for folder in folders if (folder / "initdb").exists()]
    if found:
        return found[-1]
    program = shutil.which("initdb")
    return Path(program).parent if program else None


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server of one's own, with an empty cluster."""
    programs = _postgres_programs()
    if programs is None:
        missing("PostgreSQL")
    # Not in pytest's folder, which only root may enter.
    folder = Path(tempfile.mkdtemp(prefix="rollcall-postgres-"))
    try:
        server = PostgresServer(Path(str(programs)), folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that tests of one worker share: each uses tables or a database of its own."""
    with running_postgres() as server:
        yield server
