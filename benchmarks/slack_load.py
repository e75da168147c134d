"""The generator of signed commands, in a process of its own: a job per line of its input, what came of it per line out.

A job says how many commands are sent, and either how many a second or how many are under way at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

SECRET = "signed-by-nobody-but-this-benchmark"  # noqa: S105  # Of no app.
TEAM, PERSON, CHANNEL = "T0BENCH", "U0BENCH", "C0BENCH"
FLAGS = 500
OK = 200


@dataclass(frozen=True, slots=True)
class Job:
    """So many commands for an address: `rate` a second, or `crowd` at once, whichever is not zero."""

    url: str
    number: int
    first: int
    rate: float = 0
    crowd: int = 0


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a job. Times are in seconds; `wrong` counts answers that do not say that it was done, as `example` does."""

    seconds: float
    p50: float
    p99: float
    longest: float
    wrong: int = 0
    example: str = ""


def text_of(number: int) -> str:
    """Return what is typed after `/flag` as the so-maniest command; each changes something when they come in order."""
    turn, which = divmod(number, FLAGS)
    return f"set checkout-{which} {5 + turn % 2}%"


def signed(number: int) -> tuple[bytes, dict[str, str]]:
    """Return a slash command as Slack posts it, of now."""
    payload = {
        "token": "deprecated",
        "team_id": TEAM,
        "team_domain": "workspace",
        "channel_id": CHANNEL,
        "channel_name": "releases",
        "user_id": PERSON,
        "user_name": "release-engineer",
        "command": "/flag",
        "text": text_of(number),
        "api_app_id": "A0BENCH",
        "is_enterprise_install": "false",
        "response_url": f"http://127.0.0.1:9/commands/{number}",
        "trigger_id": f"{time.time_ns()}.{number}.bench",
    }
    body, timestamp = urlencode(payload).encode(), str(int(time.time()))
    signature = hmac.new(SECRET.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={signature}",
    }


class Load:
    """Sends the commands of one job and keeps what each took."""

    def __init__(self, session: aiohttp.ClientSession, job: Job) -> None:
        self._session, self._job = session, job
        self._took: list[float] = []
        self._wrong: list[str] = []

    async def send_all(self) -> Came:
        """Send them, and return when every answer is there."""
        start = time.perf_counter()
        if self._job.rate:
            await self._at_a_rate(start)
        else:
            await self._at_once()
        seconds = time.perf_counter() - start
        cuts = statistics.quantiles(self._took, n=100, method="inclusive")
        return Came(seconds, cuts[49], cuts[98], max(self._took), len(self._wrong), "".join(self._wrong[:1]))

    async def _at_a_rate(self, start: float) -> None:
        """Send each at its moment, whether those before it were answered or not."""
        async with asyncio.TaskGroup() as tasks:
            for place in range(self._job.number):
                await asyncio.sleep(start + place / self._job.rate - time.perf_counter())
                tasks.create_task(self._send(self._job.first + place))

    async def _at_once(self) -> None:
        waiting = iter(range(self._job.first, self._job.first + self._job.number))

        async def one_after_the_other() -> None:
            for number in waiting:
                await self._send(number)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._job.crowd):
                tasks.create_task(one_after_the_other())

    async def _send(self, number: int) -> None:
        body, headers = signed(number)
        start = time.perf_counter()
        async with self._session.post(self._job.url, data=body, headers=headers) as answer:
            said = await answer.text()
        self._took.append(time.perf_counter() - start)
        # Of Rollcall's answers, those that say that it was done are for the whole channel.
        if answer.status != OK or not ("in_channel" in said or said.startswith("done:")):
            self._wrong.append(f"{answer.status} {said}"[:200])


async def main() -> None:
    """Serve jobs until the input ends."""
    async for job in _jobs():
        # A server may have let go of connections that nothing came over while the other one was measured.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            came = await Load(session, Job(**job)).send_all()
        print(json.dumps(asdict(came)), flush=True)


async def _jobs() -> AsyncIterator[dict[str, Any]]:
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield json.loads(line)


if __name__ == "__main__":
    asyncio.run(main())
