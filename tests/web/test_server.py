"""The web part answers how the bot is, in the bot's own event loop, and ends when it is told to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.errors import Refused
from bot.domain.health import Health, Overdue
from bot.web.app import build_app
from bot.web.server import WebServer
from tests.fakes.journal import KeptJournal

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WELL = Health(NOON, loop_runs=True)


@asynccontextmanager
async def served(health: Health = WELL, routes: tuple[Route, ...] = ()) -> AsyncIterator[httpx.AsyncClient]:
    async def look() -> Health:
        return health

    server, stop = WebServer(build_app(look, routes), "127.0.0.1", 0, KeptJournal()), asyncio.Event()
    serving = asyncio.create_task(server.run(stop))
    await server.listening.wait()
    try:
        async with httpx.AsyncClient(base_url=server.address) as client:
            yield client
    finally:
        stop.set()
        await serving


async def test_a_bot_that_is_well_says_so() -> None:
    async with served() as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()["well"]) == (200, True)
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "health",
    [
        Health(NOON, loop_runs=False),
        Health(NOON, loop_runs=True, ailing=("outbox",)),
        Health(NOON, loop_runs=True, overdue=(Overdue("rollouts", NOON),)),
        Health(NOON, loop_runs=True, disconnected=("slack",)),
    ],
)
async def test_a_bot_that_does_not_keep_its_promises_is_unwell(health: Health) -> None:
    async with served(health) as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()["well"]) == (503, False)


async def test_a_message_that_failed_is_told_and_is_no_illness() -> None:
    async with served(Health(NOON, loop_runs=True, failed=3)) as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()["undelivered"]) == (200, 3)


async def test_what_is_not_there_is_not_found() -> None:
    async with served() as client:
        assert (await client.get("/")).status_code == 404
        assert (await client.post("/healthz")).status_code == 405


async def test_an_address_that_is_taken_is_refused_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = WebServer(build_app(_well), "127.0.0.1", taken.getsockname()[1], KeptJournal())
        with pytest.raises(Refused, match="cannot listen") as caught:
            await server.run(asyncio.Event())
    assert "ROLLCALL_PORT" in caught.value.hints[0]


async def test_an_answer_under_way_is_finished_when_the_bot_stops() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        begun.set()
        await go_on.wait()
        return PlainTextResponse("done")

    server, stop = WebServer(build_app(_well, [Route("/slow", slow)]), "127.0.0.1", 0, KeptJournal()), asyncio.Event()
    serving = asyncio.create_task(server.run(stop))
    await server.listening.wait()
    async with httpx.AsyncClient(base_url=server.address) as client:
        asking = asyncio.create_task(client.get("/slow"))
        await begun.wait()
        stop.set()
        go_on.set()
        assert (await asking).text == "done"
    await serving


async def _well() -> Health:
    return WELL


def test_an_answer_does_not_wait_for_its_head_to_be_acknowledged() -> None:
    with WebServer(build_app(_well), "127.0.0.1", 0, KeptJournal())._bound() as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
