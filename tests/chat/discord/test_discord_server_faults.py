"""Trouble that the Discord server of our own makes on order, and what the unmodified client does about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.fakes.clock import MovedClock
from tests.fakes.discord.faults import CutAfter, CutBefore, DiscordError, Held, RateLimited, ServerError
from tests.fakes.discord.plain_bot import Meeting, meeting
from tests.fakes.discord.server import DiscordServer

POST = "POST /channels/{id}/messages"


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


@pytest.mark.parametrize(("scope", "counted"), [("user", 1), ("shared", 0), ("global", 1)])
async def test_a_limited_request_is_sent_again_after_its_time(met: Meeting, scope: str, counted: int) -> None:
    met.server.faults.next(POST, RateLimited(retry_after=0.01, scope=scope))
    await met.say("hello")
    assert [call.status for call in met.server.rest.calls if call.name.startswith("POST")] == [429, 200]
    assert met.server.rest.invalid_requests == counted
    assert len(met.channel.messages) == 1


async def test_a_limit_without_via_is_taken_for_a_ban(met: Meeting) -> None:
    met.server.faults.next(POST, RateLimited(via=False))
    with pytest.raises(discord.HTTPException) as refusal:
        await met.say("hello")
    assert (refusal.value.status, met.channel.messages) == (429, [])


async def test_a_503_is_an_error_at_once(met: Meeting) -> None:
    met.server.faults.next(POST, ServerError(503))
    with pytest.raises(discord.DiscordServerError):
        await met.say("hello")
    assert met.channel.messages == []


async def test_after_a_500_the_client_waits_to_try_again(met: Meeting) -> None:
    met.server.faults.next(POST, ServerError(500))
    trying = asyncio.ensure_future(met.say("hello"))
    await met.server.until(lambda: met.server.faults.injected, "request")
    await met.server.world.watch.settle()
    assert (trying.done(), met.server.count(POST)) == (False, 1)
    trying.cancel()


async def test_a_request_that_is_cut_off_before_is_not_done(met: Meeting) -> None:
    met.server.faults.next(POST, CutBefore())
    with pytest.raises(aiohttp.ClientConnectionError):
        await met.say("hello")
    assert met.channel.messages == []


async def test_a_request_that_is_cut_off_after_is_done_and_the_nonce_tells(met: Meeting) -> None:
    met.server.faults.next(POST, CutAfter())
    with pytest.raises(aiohttp.ClientConnectionError):
        await met.here.send("hello", nonce=1)
    assert [message.text for message in met.channel.messages] == ["hello"]
    again = await met.here.send("hello", nonce=1)
    assert [message.id for message in met.channel.messages] == [again.id]


async def test_a_request_is_held_until_its_gate_opens(met: Meeting) -> None:
    held = Held()
    met.server.faults.next(POST, held)
    sending = asyncio.ensure_future(met.say("hello"))
    await met.server.until(lambda: met.server.faults.injected, "request")
    assert met.channel.messages == []
    held.gate.set()
    await sending
    assert len(met.channel.messages) == 1


async def test_any_refusal_can_be_ordered(met: Meeting) -> None:
    met.server.faults.next(POST, DiscordError(50013, sentence="Not here"), DiscordError(20028, 429))
    with pytest.raises(discord.Forbidden, match="Not here") as refusal:
        await met.say("hello")
    assert refusal.value.code == 50013
    await met.say("hello")
    assert (met.server.count(POST), len(met.channel.messages)) == (3, 1)


async def lucky(met: Meeting, seed: int) -> list[bool]:
    """Post thirty times while a third goes wrong, and return which posts were answered."""
    met.server.faults.share(1 / 3, seed, among=(ServerError(503), CutBefore()), routes=(POST,))
    results = []
    for number in range(30):
        try:
            await met.say(str(number))
            results.append(True)
        except (discord.HTTPException, aiohttp.ClientError):
            results.append(False)
    met.server.faults.share(0, seed)
    return results


async def test_chance_is_the_same_for_the_same_seed(met: Meeting) -> None:
    first = await lucky(met, 1)
    assert 5 < first.count(False) < 15
    assert await lucky(met, 1) == first
    assert await lucky(met, 2) != first


async def test_a_fault_that_nothing_met_is_complained_about() -> None:
    server = DiscordServer(MovedClock())
    server.faults.next(POST, CutAfter())
    with pytest.raises(AssertionError, match=r"never met: CutAfter\(\) for POST"):
        server.verify()


def test_a_fault_for_no_route_is_an_error_of_the_test() -> None:
    with pytest.raises(AssertionError, match="there is no route"):
        DiscordServer(MovedClock()).faults.next("POST /channels/{id}/message", CutAfter())
