"""`python -m benchmarks.flag_server FILE`: what applications ask, and beside it bare endpoints of the same framework.

Both are served by one process, one loop and one kind of server, so that nothing but the application differs. It prints
one line of JSON when it listens, and ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.bots import Silence, do, open_bot_on
from bot.domain.actor import Actor
from bot.domain.token import Scope
from bot.web.app import build_app
from bot.web.server import WebServer
from bot.web.serving import Stored, serve_flags

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bot.storage.store import SqlStore
    from bot.wiring import Bot

FLAGS = 100
ONE = {
    "key": "flag-0",
    "value": True,
    "reason": "SPLIT",
    "variant": "on",
    "metadata": {"environment": "production", "version": 1, "why": "bucket_in"},
}
ANSWERS = {f"flag-{number}": {**ONE, "key": f"flag-{number}"} for number in range(FLAGS)}
ALL = {"flags": list(ANSWERS.values())}


async def bare_one(request: Request) -> Response:
    """Read the question and answer from a dict."""
    await request.json()
    return JSONResponse(ANSWERS[request.path_params["key"]])


async def bare_all(request: Request) -> Response:
    """Read the question and answer with as many flags as there are."""
    await request.json()
    return JSONResponse(ALL)


def bare(bot: Bot) -> WebServer:
    """Return a server of bare endpoints."""
    routes = [Route("/one/{key}", bare_one, methods=["POST"]), Route("/all", bare_all, methods=["POST"])]
    return WebServer(build_app(bot.physician.look, routes), "127.0.0.1", 0, Silence())


async def serve(file: Path) -> None:
    """Serve until the input ends."""
    async with open_bot_on(file) as bot:
        for number in range(FLAGS):
            await do(bot, f"/flag create flag-{number}")
            await do(bot, f"/flag set flag-{number} {number + 0.5}% --tiers pro,enterprise")
        owner = Actor("dana", "local", "dana", "local", "bench-token", frozenset({"owner"}))
        made = await bot.operations.tokens.create(owner, "bench", [Scope.ADMIN])
        store = cast("SqlStore", bot.store)
        stored = Stored(store, store, store)
        serving = serve_flags(bot.operations, stored, bot.clock, Silence(), bot.team, evaluations=1e9)
        await serving.keeper.refresh()
        app = build_app(bot.physician.look, serving.routes, unrouted=serving.unrouted)
        ours, beside = WebServer(app, "127.0.0.1", 0, Silence(), streams=serving.streams), bare(bot)
        stop = asyncio.Event()
        running = [asyncio.create_task(it.run(stop)) for it in (serving.keeper, ours, beside)]
        await ours.listening.wait()
        await beside.listening.wait()
        ports = {"ours": int(ours.address.rpartition(":")[2]), "bare": int(beside.address.rpartition(":")[2])}
        print(json.dumps({**ports, "secret": made.secret}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        stop.set()
        await asyncio.gather(*running)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
