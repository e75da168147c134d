"""Whoever listens hears at once that a flag changed, and is let go of when the bot stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from bot.domain.actor import Actor
from bot.domain.token import Scope
from bot.web.events import EVENTS, HEARTBEAT
from tests.web.served import Served

PATIENCE = 30
"""In seconds; a test that waits for longer has failed."""


async def address(web: Served, secret: str = "", user: str = "u1") -> str:
    answer = await web.ask(
        "POST", "/ofrep/v1/evaluate/flags", "evaluate", secret=secret, json={"context": {"targetingKey": user}}
    )
    (stream,) = answer.json()["eventStreams"]
    assert stream["type"] == "sse"
    return str(stream["endpoint"]["requestUri"])


class Listener:
    """Reads a stream message by message."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._messages = self._read()

    async def _read(self) -> AsyncIterator[dict[str, str]]:
        message: dict[str, str] = {}
        async for line in self.response.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                message[name or "comment"] = value
            else:
                yield message
                message = {}

    async def message(self) -> dict[str, str]:
        async with asyncio.timeout(PATIENCE):
            return await anext(self._messages)

    async def event(self) -> dict[str, Any]:
        """Return the data of the next event, what else is said left out."""
        while True:
            message = await self.message()
            if "data" in message:
                data: dict[str, Any] = json.loads(message["data"])
                assert (message["event"], message["id"]) == ("message", data["etag"])
                return data

    async def ends(self) -> bool:
        """Say whether the stream ends by itself, whatever it still says."""
        async with asyncio.timeout(PATIENCE):
            async for _ in self._messages:
                continue
        return True


@asynccontextmanager
async def listening(web: Served, where: str, **headers: str) -> AsyncIterator[Listener]:
    async with web.client.stream("GET", where, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Listener(response)


async def test_a_change_is_told_at_once_and_says_what_to_ask_for(web: Served) -> None:
    async with listening(web, await address(web)) as listener:
        assert "retry" in await listener.message()
        first = await listener.event()
        await web.world.done("/flag set banner 26%")
        told = await listener.event()
    flags = web.serving.keeper.flags.of("production")
    assert told == {
        "type": "refetchEvaluation",
        "etag": flags.etag,
        "lastModified": int(web.world.clock.now().timestamp()),
    }
    assert first["etag"] != told["etag"]


async def test_what_concerns_another_environment_is_not_told(web: Served) -> None:
    async with listening(web, await address(web)) as listener:
        await listener.event()
        await web.world.done("/flag set banner 5% --env staging")
        await web.world.done("/flag set banner 26%")
        await listener.event()
        assert web.serving.keeper.flags.of("staging").flags["banner"].setting.on
        web.world.clock.advance(HEARTBEAT)
        assert "data" not in await listener.message()


async def test_whoever_comes_back_hears_what_was_missed_and_nothing_twice(web: Served) -> None:
    where = await address(web)
    heard = web.serving.keeper.flags.of("production").etag
    async with listening(web, where, **{"Last-Event-ID": heard}) as listener:
        assert "data" not in await listener.message()
        await web.world.done("/flag set banner 26%")
        assert (await listener.event())["etag"] != heard
    async with listening(web, where, **{"Last-Event-ID": heard}) as listener:
        assert (await listener.event())["etag"] == web.serving.keeper.flags.of("production").etag


async def test_a_silent_stream_shows_that_it_is_there(web: Served) -> None:
    async with listening(web, await address(web)) as listener:
        await listener.event()
        web.world.clock.advance(HEARTBEAT)
        assert "comment" in await listener.message()


@pytest.mark.parametrize("lacking", ["token", "environment", "proof"])
async def test_an_address_that_was_made_up_opens_nothing(web: Served, lacking: str) -> None:
    made = httpx.URL(f"http://rollcall{await address(web)}")
    for params in (made.params.remove(lacking), made.params.set(lacking, "other"), made.params.set(lacking, "ü\ud7ff")):
        answer = await web.client.get(EVENTS, params=params)
        assert answer.status_code == 401
    assert len(web.serving.streams) == 0


async def test_a_token_that_ends_ends_its_streams(web: Served) -> None:
    secret = await web.token("app", Scope.EVALUATE)
    async with listening(web, await address(web, secret)) as listener:
        await listener.event()
        owner = Actor("ana", "local", "ana", "local", "ending", frozenset({"owner"}))
        await web.world.bot.operations.tokens.revoke(owner, "app")
        await web.serving.keeper.refresh()
        web.serving.streams.wake()
        assert await listener.ends()


async def test_open_streams_end_when_the_bot_stops_and_hold_nothing_up(web: Served) -> None:
    async with listening(web, await address(web)) as one, listening(web, await address(web, user="u2")) as other:
        await one.event()
        await other.event()
        assert len(web.serving.streams) == 2
        web.stop.set()
        assert await one.ends()
        assert await other.ends()
    assert len(web.serving.streams) == 0


async def test_a_listener_that_goes_is_forgotten(web: Served) -> None:
    async with listening(web, await address(web)) as listener:
        await listener.event()
    async with asyncio.timeout(PATIENCE):
        while len(web.serving.streams):
            await web.client.get("/healthz")


async def test_nobody_is_listened_to_while_the_bot_stops(web: Served) -> None:
    where = await address(web)
    web.serving.streams.close()
    assert (await web.client.get(where)).status_code == 503
    web.serving.streams.open()
    async with listening(web, where) as listener:
        await listener.event()
