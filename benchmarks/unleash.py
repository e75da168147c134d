"""Flags as applications ask a real Unleash for them, and how soon its client sees a change: beside ours, on one machine."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.evaluation import LIBRARIES
from benchmarks.ofrep import CONNECTIONS, CONTEXT, serving
from benchmarks.report import Figure
from benchmarks.wire import burst, connect, request
from tests.unleash_peer import FRONTEND_TOKEN, SERVER, UnleashPeer, running_unleash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FLAGS, PERCENT = 100, "50"
ROUNDS, REQUESTS = 12, 200

CHANGES = 12
POLLED_EVERY = 1
"""In seconds, and the least that Unleash's client takes; it is 15 where nobody says."""


async def measure(folder: Path) -> Sequence[Figure]:
    """Ask both in turn for flags, then change a flag in Unleash and wait until its polling client sees it."""
    if not SERVER.exists():
        print("Left out: Unleash is not here; `make peers` installs it.", file=sys.stderr)
        return []
    async with serving(folder / "flags.db") as (_, told), _unleash() as peer:
        figures = await _answers(told, peer)
        return [*figures, *await _until_seen(peer)]


@asynccontextmanager
async def _unleash() -> AsyncIterator[UnleashPeer]:
    with running_unleash() as peer:
        await peer.ready()
        for number in range(FLAGS):
            await peer.make(f"flag-{number}")
            await peer.open(f"flag-{number}", PERCENT)
        yield peer


async def _answers(told: dict[str, Any], peer: UnleashPeer) -> list[Figure]:
    users = [f"user-{number}" for number in range(200)]
    bodies = [{"context": {"targetingKey": user, **CONTEXT}} for user in users]
    secret, port = told["secret"], int(peer.address.rpartition(":")[2])
    one = [
        request("POST", f"/ofrep/v1/evaluate/flags/flag-{number % FLAGS}", secret, body)
        for number, body in enumerate(bodies)
    ]
    every = [request("POST", "/ofrep/v1/evaluate/flags", secret, body) for body in bodies]
    # It takes the token as it is, and evaluates every flag of its environment: it has no way to ask for one.
    theirs = [
        request("GET", f"/api/frontend?userId={user}", "-").replace(b"Bearer -", FRONTEND_TOKEN.encode())
        for user in users
    ]
    sides = [(told["ours"], one), (told["ours"], every), (port, theirs)]
    (one_a_second, one_slow), (every_a_second, every_slow), (their_rate, their_slow) = await _in_turn(sides)
    return [
        _ahead("one flag, a second, and Unleash's frontend API", one_a_second, their_rate),
        _slower("one flag, p99, and Unleash's frontend API", one_slow, their_slow),
        _ahead("100 flags, a second, and Unleash's frontend API", every_a_second, their_rate),
        _slower("100 flags, p99, and Unleash's frontend API", every_slow, their_slow),
    ]


async def _in_turn(sides: Sequence[tuple[int, Sequence[bytes]]]) -> list[tuple[float, float]]:
    """Return for each side the requests a second and the slowest hundredth in seconds, as medians of the rounds."""
    connections = [[await connect(port) for _ in range(CONNECTIONS)] for port, _ in sides]
    rates: list[list[float]] = [[] for _ in sides]
    slow: list[list[float]] = [[] for _ in sides]
    for turn in range(ROUNDS + 2):
        for place in range(len(sides)):
            which = (place + turn) % len(sides)
            load = await burst(connections[which], sides[which][1], REQUESTS)
            if turn >= 2:
                rates[which].append(REQUESTS / load.wall)
                slow[which].append(statistics.quantiles(load.waits, n=100)[98])
    for connection in (it for some in connections for it in some):
        connection.writer.close()
    return [(statistics.median(rate), statistics.median(waits)) for rate, waits in zip(rates, slow, strict=True)]


async def _until_seen(peer: UnleashPeer) -> list[Figure]:
    """Change a flag there and back, and wait until its own polling client sees it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.unleash_client",
        peer.address,
        str(POLLED_EVERY),
        env={**os.environ, "PYTHONPATH": str(LIBRARIES)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    waits: list[float] = []
    try:
        said = await _said(child.stdout)
        if not said:
            return []
        for _ in range(CHANGES):
            start = time.perf_counter()
            # Whatever is seen now, the next share is the one with which it looks different.
            await peer.edit("flag-1", "0" if said["sees"] else "100")
            said = await _said(child.stdout)
            waits.append(time.perf_counter() - start)
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()
    middle, most = statistics.median(waits) * 1e3, max(waits) * 1e3
    name = f"a change until Unleash's client sees it, polling each {POLLED_EVERY} s"
    return [Figure(name, "", f"median {middle:.3g} ms", most, "ms at most")]


async def _said(output: asyncio.StreamReader) -> dict[str, Any]:
    line = await output.readline()
    found: dict[str, Any] = json.loads(line) if line else {}
    return found


def _ahead(name: str, here: float, beside: float) -> Figure:
    return Figure(name, f"{here:,.0f}", f"{beside:,.0f}", beside / here, "×", 1.0)


def _slower(name: str, here: float, beside: float) -> Figure:
    return Figure(name, f"{here * 1e3:.3g} ms", f"{beside * 1e3:.3g} ms", here / beside, "×", 1.0)
