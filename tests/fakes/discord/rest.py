"""The REST interface over HTTP: who may ask, what goes wrong on order, what the answer looks like."""

from __future__ import annotations

import json
import traceback
import zlib
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.fakes.discord.calls import Call, read_body
from tests.fakes.discord.faults import CutAfter, CutBefore, DiscordError, Fault, Faults, Held, RateLimited, ServerError
from tests.fakes.discord.openapi import Judge
from tests.fakes.discord.refusals import MISTAKES, Refusal, invalid
from tests.fakes.discord.routes import Route, route_for, route_names
from tests.fakes.discord.world import World

VERSION = "/api/v10"
_ODD_SHAPES = (AttributeError, KeyError, TypeError, ValueError)
ALLOWANCE = 1000
"""Requests that a bucket allows: so many that the client never waits by itself; `RateLimited` makes it wait."""


class Rest:
    """Answers requests; `calls` holds every one of them in order."""

    def __init__(self, world: World, judge: Judge | None) -> None:
        self._world = world
        self._judge = judge
        self.faults = Faults(route_names())
        self.calls: list[Call] = []
        self.invalid_requests = 0
        """Answers of 401, 403 and 429, without those of the shared scope: 10,000 in ten minutes bring a ban."""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request below the version."""
        call = Call(request.method, request.path.removeprefix(VERSION), query=request.query, headers=request.headers)
        self.calls.append(call)
        watch = self._world.watch
        watch.under_way += 1
        try:
            return await self._routed(call, request)
        except Exception as error:
            self._world.complain(f"the server itself failed at {call.method} {call.path}: {error!r}")
            raise
        finally:
            watch.under_way -= 1
            watch.ring()

    async def _routed(self, call: Call, request: web.Request) -> web.Response:
        route = route_for(call)
        if route is None:
            self._world.complain(f"{call.method} {call.path} is no route that this server knows")
            return self._answer(call, 404, {"message": "404: Not Found", "code": 0})
        fault = self.faults.due(route.name)
        if isinstance(fault, RateLimited | ServerError | DiscordError):
            return self._failed(call, fault)
        if isinstance(fault, CutBefore):
            return _cut(request)
        if isinstance(fault, Held):
            await fault.gate.wait()
        answer = await self._done(call, route, request)
        return _cut(request, call) if isinstance(fault, CutAfter) else answer

    async def _done(self, call: Call, route: Route, request: web.Request) -> web.Response:
        try:
            self._authorise(call, route)
            await read_body(call, request)
            said = route.handle(self._world, call)
        except Refusal as refusal:
            return self._refused(call, refusal)
        except _ODD_SHAPES as odd:
            # A number where an object should be is the sender's mistake, and no reason for it to try again.
            place = traceback.extract_tb(odd.__traceback__)[-1]
            wrong = f"not understood: {odd!r} ({Path(place.filename).name}:{place.lineno})"
            return self._refused(call, invalid(("body", wrong)))
        self._judge_body(call, route)
        return self._answer(call, 204 if said is None else 200, said)

    def _authorise(self, call: Call, route: Route) -> None:
        if route.by_token:
            return
        if call.headers.get("Authorization") != f"Bot {self._world.token}":
            raise Refusal(40001)
        if not call.headers.get("User-Agent", "").startswith("DiscordBot ("):
            raise Refusal(40333)

    def _judge_body(self, call: Call, route: Route) -> None:
        """Ask the published document about a body that was accepted: a second opinion, which refuses nothing."""
        if self._judge is not None and call.body is not None:
            wrong = self._judge.wrong(route.method, route.template, call.body)
            if wrong is not None:
                self._world.complain(f"{call.name} is not what Discord's OpenAPI document describes: {wrong}")

    def _refused(self, call: Call, refusal: Refusal) -> web.Response:
        call.code = refusal.code
        if refusal.code in MISTAKES:
            self._world.complain(f"{call.name} {refusal}")
        return self._answer(call, refusal.status, refusal.body())

    def _failed(self, call: Call, fault: Fault) -> web.Response:
        match fault:
            case RateLimited():
                said = {
                    "message": "You are being rate limited.",
                    "retry_after": fault.retry_after,
                    "global": fault.scope == "global",
                }
                return self._answer(call, 429, said, scope=fault.scope, via=fault.via)
            case DiscordError():
                call.code = fault.code
                said = {"message": fault.sentence, "code": fault.code}
                again = {"retry_after": fault.retry_after, "global": False} if fault.status == 429 else {}
                return self._answer(call, fault.status, said | again)
            case ServerError():
                call.status = fault.status
                return web.Response(status=fault.status, body=b"upstream trouble", content_type="text/plain")
            case _:
                raise AssertionError(f"{fault} is no answer")

    def _answer(self, call: Call, status: int, said: Any, *, scope: str = "user", via: bool = True) -> web.Response:
        call.status = status
        if status in {401, 403} or (status == 429 and scope != "shared"):
            self.invalid_requests += 1
        headers = self._headers(call, status, said, scope) | ({"Via": "1.1 google"} if via else {})
        if said is None:
            return web.Response(status=status, headers=headers)
        return web.Response(
            status=status, headers=headers, body=json.dumps(said).encode(), content_type="application/json"
        )

    def _headers(self, call: Call, status: int, said: Any, scope: str) -> dict[str, str]:
        wait = said["retry_after"] if status == 429 else 1.0
        headers = {
            "X-RateLimit-Bucket": f"{zlib.crc32(call.name.encode()):08x}",
            "X-RateLimit-Limit": str(ALLOWANCE),
            "X-RateLimit-Remaining": "0" if status == 429 and scope == "user" else str(ALLOWANCE - 1),
            "X-RateLimit-Reset": f"{self._world.clock.now().timestamp() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
        }
        if status == 429:
            headers |= {"Retry-After": str(wait), "X-RateLimit-Scope": scope}
            headers |= {"X-RateLimit-Global": "true"} if scope == "global" else {}
        return headers


def _cut(request: web.Request, call: Call | None = None) -> web.Response:
    """Break the connection; the response is for nobody."""
    if call is not None:
        call.status = 0
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
