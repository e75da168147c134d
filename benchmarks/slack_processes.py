"""The processes of the measurement over Slack: the bot, the bare app beside it, the generator, and Slack's Web API."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import psutil
from aiohttp import web

from benchmarks.bots import PLANS, do, open_bot_on, url_of
from benchmarks.slack_load import CHANNEL, FLAGS, PERSON, SECRET, TEAM, Came, Job
from benchmarks.start import ROLLCALL

PATIENCE = 60.0
"""So many seconds a process may take to start and to end."""

TEAM_FILE = f"""
people:
  release-engineer: {{roles: owner, slack: {PERSON}}}
channels:
  releases: {{slack: {CHANNEL}}}
environments:
  production: {{channels: releases}}
"""
ANSWERS: dict[str, dict[str, object]] = {
    "auth.test": {"team_id": TEAM, "user_id": "U0ROLLCALL", "bot_id": "B0ROLLCALL"},
    "conversations.list": {"channels": [{"id": CHANNEL, "name": "releases", "is_member": True}]},
}
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(slots=True)
class Server:
    """A server under measurement, in a process of its own. `sent` counts the commands that it was sent."""

    name: str
    process: Process
    url: str
    sent: int = 0

    @property
    def memory(self) -> float:
        """Return how many megabytes it is resident with."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    @property
    def worked(self) -> float:
        """Return how many seconds the processor worked for it, in all threads."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system


@dataclass(frozen=True, slots=True)
class Generator:
    """Sends commands to one server at a time."""

    process: Process

    async def send(self, server: Server, number: int, *, rate: float = 0, crowd: int = 0) -> Came:
        """Send so many commands, and return once every answer is there."""
        job = Job(server.url, number, server.sent, rate, crowd)
        server.sent += number
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        return Came(**json.loads(await self.process.stdout.readline()))


async def make_database(file: Path) -> None:
    """Make a database with flags that no plan drives."""
    async with open_bot_on(file) as bot:
        for number in range(FLAGS):
            await do(bot, f"/flag create checkout-{number}")
            await do(bot, f"/flag set checkout-{number} 7%")
        await bot.loop.settle()


@asynccontextmanager
async def slack_api() -> AsyncIterator[str]:
    """Answer whatever Slack's Web API is asked with the least that a client understands; return its address."""
    numbers = count(1)

    async def answer(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        return web.json_response(
            {"ok": True, "channel": CHANNEL, "ts": f"1772442000.{next(numbers):06d}", **ANSWERS.get(method, {})}
        )

    app = web.Application()
    app.router.add_route("*", "/{method}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0]
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def rollcall(file: Path, api_url: str) -> AsyncIterator[Server]:
    """Run `rollcall run` with Slack by signed HTTP."""
    team_file = file.with_name("rollcall.yaml")
    team_file.write_text(TEAM_FILE)
    settings = {
        "ROLLCALL_DATABASE_URL": url_of(file),
        "ROLLCALL_PLANS": str(PLANS),
        "ROLLCALL_TEAM_FILE": str(team_file),
        "ROLLCALL_LOG": "json:info",
        "ROLLCALL_PORT": "0",
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": api_url,
    }
    async with _started(file.with_name("rollcall.log"), str(ROLLCALL), "run", settings=settings) as process:
        yield Server("rollcall", process, f"{await _address(file.with_name('rollcall.log'))}/slack/events")


@asynccontextmanager
async def bare_app(file: Path, api_url: str) -> AsyncIterator[Server]:
    """Run the bare app on a copy of the bot's database, taken before the bot has it."""
    copy = Path(shutil.copy(file, file.with_name("bare.db")))
    log = file.with_name("bare.log")
    command = (sys.executable, "-m", "benchmarks.slack_bare", str(copy), api_url, SECRET)
    async with _started(log, *command) as process:
        yield Server("bare slack_bolt", process, f"{await _address(log)}/slack/events")


@asynccontextmanager
async def generator() -> AsyncIterator[Generator]:
    """Run the generator."""
    async with _started(None, sys.executable, "-m", "benchmarks.slack_load") as process:
        yield Generator(process)


@asynccontextmanager
async def _started(
    log: Path | None, *command: str, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """Run a process and end it afterwards; without a log its input and output are pipes."""
    cwd = log.parent if settings and log else None
    environment = {**os.environ, **(settings or {})}
    if log is None:
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
    else:
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=output, stderr=output, cwd=cwd, env=environment
            )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.wait()


async def _address(log: Path) -> str:
    """Return where a server listens, as soon as its log says so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if found := _address_in(log):
                return found
            await asyncio.sleep(0.05)


def _address_in(log: Path) -> str:
    for line in log.read_text().splitlines():
        found = _ADDRESS.search(line)
        if found and ("web.listening" in line or found[0] == line):
            return found[0]
    return ""
