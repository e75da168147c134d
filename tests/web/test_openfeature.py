"""Unmodified OpenFeature clients, in Python and in JavaScript, read flags while a plan is rolled out in the chat."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import pytest
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

from tests.scenarios.world import HOUR
from tests.web.javascript import program
from tests.web.served import Served, at_ten

USERS = [f"user-{number}" for number in range(600)]
STEPS = (10, 25, 50, 100)
DEVIATIONS = 4.0
"""So many standard deviations from its expectation a share may be; the users are always the same, and so is the share."""


class Application(Protocol):
    """A program that asks for a flag by OpenFeature, with the default true."""

    async def asks(self, flag: str, users: Sequence[str], **context: object) -> list[dict[str, Any]]:
        """Return `value`, `reason` and so on for each user."""
        ...


class InPython:
    """The Python provider; it waits for its answers, so that it works in a thread."""

    def __init__(self, provider: OFREPProvider) -> None:
        self.provider = provider

    async def asks(self, flag: str, users: Sequence[str], **context: Any) -> list[dict[str, Any]]:
        def all_of_them() -> list[dict[str, Any]]:
            return [self._one(flag, EvaluationContext(user, context)) for user in users]

        return await asyncio.to_thread(all_of_them)

    def _one(self, flag: str, context: EvaluationContext) -> dict[str, Any]:
        found = self.provider.resolve_boolean_details(flag, default_value=True, evaluation_context=context)
        return {"value": found.value, "reason": found.reason, "variant": found.variant}


@asynccontextmanager
async def in_python(web: Served) -> AsyncIterator[Application]:
    provider = OFREPProvider(
        web.address, headers_factory=lambda: {"Authorization": f"Bearer {web.tokens['evaluate']}"}, timeout=30.0
    )
    try:
        yield InPython(provider)
    finally:
        provider.session.close()


@asynccontextmanager
async def in_javascript(web: Served) -> AsyncIterator[Application]:
    async with program("server.mjs", ADDRESS=web.address, TOKEN=web.tokens["evaluate"]) as running:

        class InJavaScript:
            async def asks(self, flag: str, users: Sequence[str], **context: object) -> list[dict[str, Any]]:
                contexts = [{"targetingKey": user, **context} for user in users]
                return list(await running.ask({"flag": flag, "contexts": contexts}))

        yield InJavaScript()


Client = Callable[[Served], AbstractAsyncContextManager[Application]]
BOTH = pytest.mark.parametrize("client", [in_python, in_javascript])


async def seen(application: Application, flag: str = "checkout") -> set[str]:
    answers = await application.asks(flag, USERS)
    return {user for user, answer in zip(USERS, answers, strict=True) if answer["value"]}


def is_the_share(count: int, percent: int) -> bool:
    """Say whether so many of the users are as many as chance makes of a percentage."""
    expected = len(USERS) * percent / 100
    deviation = math.sqrt(expected * (1 - percent / 100))
    return abs(count - expected) <= DEVIATIONS * deviation


@BOTH
async def test_the_share_is_each_steps_whoever_is_in_stays_in_and_a_rollback_takes_everybody_out(
    web: Served, client: Client
) -> None:
    world = web.world
    await at_ten(world)
    async with client(web) as application:
        before: set[str] = set()
        for percent in STEPS:
            if percent != STEPS[0]:
                await world.passes(HOUR)
                await world.done("/rollout next")
            assert str(await world.held("checkout")) == f"{percent}%"
            await web.serving.keeper.refresh()
            now = await seen(application)
            assert is_the_share(len(now), percent), f"{len(now)} of {len(USERS)} at {percent} %"
            assert before <= now
            before = now
        await world.done("/rollout rollback")
        await web.serving.keeper.refresh()
        assert await seen(application) == set()


@BOTH
async def test_a_client_is_told_why(web: Served, client: Client) -> None:
    await web.world.done("/flag set banner 100% --tiers pro")
    await web.world.done("/flag target banner u9")
    await web.serving.keeper.refresh()
    async with client(web) as application:
        (pro,) = await application.asks("banner", ["u1"], tier="pro")
        (free,) = await application.asks("banner", ["u1"], tier="free")
        (named,) = await application.asks("banner", ["u9"])
        await web.world.done("/flag off banner")
        await web.serving.keeper.refresh()
        (off,) = await application.asks("banner", ["u9"], tier="pro")
    answers = [(it["value"], it["reason"], it["variant"]) for it in (pro, free, named, off)]
    assert answers == [
        (True, "TARGETING_MATCH", "on"),
        (False, "DEFAULT", "off"),
        (True, "TARGETING_MATCH", "on"),
        (False, "DISABLED", "off"),
    ]


async def test_a_page_hears_of_a_rollback_and_asks_again(web: Served) -> None:
    await at_ten(web.world)
    async with in_python(web) as application:
        inside = min(await seen(application))
    address = {"ADDRESS": web.address, "TOKEN": web.tokens["evaluate"], "FLAG": "checkout", "USER_KEY": inside}
    async with program("page.mjs", **address) as page:
        assert (await page.read())["value"] is True
        await web.world.done("/rollout rollback")
        told = await page.read()
        while told["value"]:
            told = await page.read()
    assert told["reason"] == "DISABLED"
