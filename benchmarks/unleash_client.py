"""`python -m benchmarks.unleash_client ADDRESS SECONDS`: Unleash's polling client, which says whenever a flag looks different."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from datetime import timedelta
from importlib import import_module

from bot.clock import SystemClock
from tests.unleash_peer import CLIENT_TOKEN

GLANCE = timedelta(milliseconds=2)


async def watch(address: str, seconds: int) -> None:
    """Print a line of JSON for what is seen of `flag-1` at first, and for each change; go on until ended."""
    cache = import_module("UnleashClient.cache").FileCache("bench", directory=tempfile.mkdtemp())
    client = import_module("UnleashClient").UnleashClient(
        f"{address}/api",
        "bench",
        cache=cache,
        refresh_interval=seconds,
        disable_metrics=True,
        disable_registration=True,
        custom_headers={"Authorization": CLIENT_TOKEN},
    )
    client.initialize_client()
    clock, seen = SystemClock(), None
    while True:
        # Everybody's share is 0 or 100: each user sees the change.
        sees = client.is_enabled("flag-1", {"userId": "somebody"})
        if sees is not seen:
            seen = sees
            print(json.dumps({"sees": sees}), flush=True)
        await clock.wait(asyncio.Event(), clock.now() + GLANCE)


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1], int(sys.argv[2])))
