"""A world whose web part answers on the loopback, and tokens for every scope."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import httpx

from bot.domain.actor import Actor
from bot.domain.token import Scope
from bot.pagers.mail_text import html_of, plain_body, subject_of
from bot.storage.store import SqlStore
from bot.web.app import build_app
from bot.web.guard import Rate
from bot.web.server import WebServer
from bot.web.serving import CALLS, Serving, Stored, serve_flags
from bot.web.status_feeds import Look
from tests.scenarios.world import World

PLENTY = 1_000_000.0

TLS = ssl.create_default_context()
"""Nothing here is encrypted, and yet a client that is given none reads every certificate of the machine anew."""


@dataclass
class Served:
    """What a test asks of. `tokens` holds a secret for each scope, good everywhere."""

    world: World
    serving: Serving
    address: str
    client: httpx.AsyncClient
    tokens: dict[str, str]
    stop: asyncio.Event

    async def token(self, name: str, *scopes: Scope, environment: str = "") -> str:
        """Make a token and return its secret."""
        owner = Actor("ana", "local", "ana", "local", f"token-{name}", frozenset({"owner"}))
        made = await self.world.bot.operations.tokens.create(owner, name, scopes, environment)
        await self.serving.keeper.refresh()
        return made.secret

    async def ask(self, method: str, path: str, scope: str = "admin", **more: object) -> httpx.Response:
        """Ask as the holder of a scope's token (or of the secret given as `secret`)."""
        secret = str(more.pop("secret", "") or self.tokens[scope])
        headers = {"Authorization": f"Bearer {secret}", **cast("dict[str, str]", more.pop("headers", {}))}
        return await self.client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]  # Passed on.

    async def sees(self, key: str, user: str, **context: object) -> bool:
        """Say whether an application is told that a user sees a flag."""
        body = {"context": {"targetingKey": user, **context}}
        answer = await self.ask("POST", f"/ofrep/v1/evaluate/flags/{key}", "evaluate", json=body)
        return bool(answer.json()["value"])


async def answer_before_the_body(web: Served, method: str, path: str, secret: str, *headers: str) -> bytes:
    """Announce a body of JSON with more headers and send not one byte of it; return what is answered.

    Whoever waited for the body would never answer.
    """
    host, _, port = web.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = ("Host: rollcall", "Content-Type: application/json", f"Authorization: Bearer {secret}", *headers)
    writer.write("\r\n".join((f"{method} {path} HTTP/1.1", *head, "", "")).encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@asynccontextmanager
async def served(
    world: World,
    *,
    evaluations: float = PLENTY,
    calls: Rate = CALLS,
    fresh: bool = True,
    secrets: tuple[str, ...] = (),
    address: str = "",
) -> AsyncIterator[Served]:
    """Let a world answer programs; one that is not `fresh` has its tokens already."""
    store = cast("SqlStore", world.store)
    bot = world.bot
    serving = serve_flags(
        bot.operations,
        Stored(store, store, store),
        world.clock,
        world.journal,
        bot.team,
        evaluations=evaluations,
        calls=calls,
        secrets=secrets,
        look=Look(html_of, plain_body, subject_of, address),
    )
    app = build_app(bot.physician.look, serving.routes, unrouted=serving.unrouted)
    server = WebServer(app, "127.0.0.1", 0, world.journal, streams=serving.streams)
    stop = asyncio.Event()
    services = [asyncio.create_task(service.run(stop)) for service in (serving.keeper, server)]
    await server.listening.wait()
    try:
        async with httpx.AsyncClient(base_url=server.address, timeout=30, verify=TLS) as client:
            made = Served(world, serving, server.address, client, {}, stop)
            for scope in Scope if fresh else ():
                made.tokens[scope] = await made.token(f"{scope}r", scope)
            yield made
    finally:
        stop.set()
        await asyncio.gather(*services)


async def at_ten(world: World) -> None:
    """Start the small plan and take it to 10 %."""
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "https://example.org/load"')
    await world.done("/rollout 10%")
