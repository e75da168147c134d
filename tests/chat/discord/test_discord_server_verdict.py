"""What the Discord server of our own complains about at the end, and what its answers look like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from tests.fakes.clock import MovedClock
from tests.fakes.discord.openapi import published_judge
from tests.fakes.discord.plain_bot import Meeting, meeting
from tests.fakes.discord.server import DiscordServer

BOT_AGENT = {"User-Agent": "DiscordBot (http://127.0.0.1, 1)"}


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


async def asked(met: Meeting, method: str, path: str, **more: Any) -> tuple[aiohttp.ClientResponse, Any]:
    """Send a request as any client might."""
    headers = {"Authorization": f"Bot {met.server.token}"} | BOT_AGENT | more.pop("headers", {})
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, met.server.rest_url + path, headers=headers, **more) as response,
    ):
        return response, await response.json()


async def test_a_complaint_fails_the_test_at_the_end() -> None:
    async def misbehave() -> None:
        async with meeting() as met:
            with pytest.raises(discord.HTTPException):
                await met.here.send("x" * 2001)

    with pytest.raises(AssertionError, match="content: Must be 2000"):
        await misbehave()


async def test_another_failure_is_not_hidden_by_complaints() -> None:
    async def fail() -> None:
        async with DiscordServer(MovedClock()) as server:
            server.world.complain("something")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as failure:
        await fail()
    assert failure.value.__notes__ == ["Discord complains, too:\nsomething"]


def test_only_what_happened_can_be_forgiven() -> None:
    with pytest.raises(AssertionError, match="nothing to forgive"):
        DiscordServer(MovedClock()).forgive("anything")


async def test_an_unknown_route_is_complained_about(met: Meeting) -> None:
    with pytest.raises(discord.NotFound):
        await met.bot.http.get_template("x")
    assert met.server.forgive("no route") == ["GET /guilds/templates/x is no route that this server knows"]


async def test_an_answer_is_json_and_carries_its_limits(met: Meeting) -> None:
    response, said = await asked(met, "GET", "/users/@me")
    assert response.headers["Content-Type"] == "application/json"
    assert said["username"] == "rollcall"
    for name in ("Bucket", "Limit", "Remaining", "Reset", "Reset-After"):
        assert response.headers[f"X-RateLimit-{name}"]
    assert response.headers["Via"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 50109),
        ({"data": b"[]", "headers": {"Content-Type": "application/json"}}, 50035),
        ({"data": b"content=x", "headers": {"Content-Type": "text/plain"}}, 50035),
        ({"json": {"content": "x", "message_reference": 3}}, 50035),
        ({"json": {"content": "x"}, "headers": {"User-Agent": "a script"}}, 40333),
        ({"data": aiohttp.FormData({"content": "x"}, default_to_multipart=True)}, 50035),
    ],
)
async def test_a_request_that_is_no_bots_is_refused(met: Meeting, more: dict[str, Any], code: int) -> None:
    _, said = await asked(met, "POST", f"/channels/{met.channel.id}/messages", **more)
    assert said["code"] == code
    met.server.forgive(str(code))


async def test_an_id_is_a_number(met: Meeting) -> None:
    _, said = await asked(met, "GET", "/channels/releases")
    assert said["errors"]["channel_id"]["_errors"][0]["message"] == "Value 'releases' is not snowflake."
    met.server.forgive("snowflake")


async def test_a_list_is_asked_for_within_its_limits(met: Meeting) -> None:
    _, said = await asked(met, "GET", f"/channels/{met.channel.id}/messages?limit=101")
    assert said["code"] == 50035
    met.server.forgive("limit")


@pytest.fixture
def _published() -> None:
    if published_judge() is None:
        pytest.skip("ROLLCALL_SPECS names no folder with discord-openapi.json")


@pytest.mark.usefixtures("_published")
@pytest.mark.parametrize("body", [{"content": "x", "tts": "yes"}, {"embeds": [{"title": "x", "color": "red"}]}])
async def test_the_published_document_has_the_last_word(met: Meeting, body: dict[str, Any]) -> None:
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=met.channel.id)
    await met.bot.http.request(route, json=body)
    met.server.forgive("is not what Discord's OpenAPI document describes")


@pytest.mark.usefixtures("_published")
async def test_ids_may_be_sent_as_numbers(met: Meeting) -> None:
    allowed = {"parse": [], "users": [met.person.id]}
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=met.channel.id)
    await met.bot.http.request(route, json={"content": met.person.mention, "allowed_mentions": allowed})
    assert len(met.server.pings) == 1
