"""The whole bot with its loop running, a real Prometheus and a real exporter: a breach takes the rollout back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.chat.conversation import Origin, Outcome
from bot.domain.measuring import Measurement
from bot.domain.rollout import Rollout, Status
from bot.wiring import Bot, open_bot
from tests.fakes.journal import KeptJournal
from tests.peers import PrometheusServer
from tests.scenarios.in_real_time import is_on, settings_in, until

PLAN = """
plan: checkout
title: The new checkout
environment: production
flags: {checkout: {unit: user, population: 2000}}
channel: {local: releases}
phases:
  - name: Everyone
    soak: 1h
    steps: [{set: 10%}, {set: 100%}]
    gates: [{condition: real_error_rate < 5%, interval: 1s, max_failures: 1000}]
    guardrails: [{if: real_error_rate > 50%, interval: 1s}]
rollback:
  - {name: Switch it off, set: off, takes: instant}
"""

SOAKLESS = PLAN.replace("soak: 1h", "soak: 1s\n    advance: auto")

TEAM = """
people: {}
channels: {releases: {local: releases}}
environments: {production: {channels: releases}}
prometheus: {address: "ADDRESS"}
metrics:
  real_error_rate: {measure: percent, timeout: 2s, prometheus: real_error_rate}
"""


@pytest.fixture
def stoppable(prometheus: PrometheusServer) -> Iterator[PrometheusServer]:
    """A Prometheus that a test may stop; whoever comes next finds it running."""
    yield prometheus
    if not prometheus.runs:
        prometheus.start()


@asynccontextmanager
async def running_bot(folder: Path, server: PrometheusServer, plan: str) -> AsyncIterator[Bot]:
    """Run a bot with the system's clock over a plan, and take the rollout to 10 %."""
    settings = settings_in(folder, plan, TEAM.replace("ADDRESS", server.address))
    async with open_bot(settings, KeptJournal()) as bot:
        running = asyncio.create_task(bot.loop.run())
        try:
            await typed(bot, "/rollout start checkout")
            yield bot
        finally:
            bot.loop.stop()
            await running


async def typed(bot: Bot, line: str) -> None:
    reply = await bot.dispatcher.handle(line, Origin("local", "releases", "ana", f"request {line}"))
    assert reply.outcome is Outcome.DONE, reply.message.summary


async def rollout_of(bot: Bot) -> Rollout:
    found = await bot.store.read(lambda tx: tx.rollouts.get(1))
    assert found is not None
    return found


async def measured(bot: Bot) -> list[Measurement]:
    began = (await rollout_of(bot)).started_at
    return list(await bot.store.read(lambda tx: tx.measurements.since(1, ("real_error_rate",), began)))


async def said(bot: Bot, words: str) -> int:
    """Return how many posts in the channel say something; a card is edited and is none of them."""
    posts = await bot.store.read(lambda tx: tx.posts.since("releases", 0, 1000))
    return sum(words in post.message.summary for post in posts)


async def test_an_error_rate_that_rises_during_a_soak_takes_the_rollout_back_by_itself(
    tmp_path: Path, prometheus: PrometheusServer
) -> None:
    await prometheus.scraped(real_error_rate=1.5)
    async with running_bot(tmp_path, prometheus, PLAN) as bot:

        async def judged_well() -> bool:
            return any(it.value == 1.5 for it in await measured(bot)) and await is_on(bot)

        async def back() -> bool:
            return (await rollout_of(bot)).status is Status.ROLLED_BACK and not await is_on(bot)

        async def told() -> bool:
            return await said(bot, "was rolled back to level 1") == 1

        await until(judged_well)
        prometheus.exporter.figures["real_error_rate"] = 62.5
        await until(back)
        await until(told)
        rollout = await rollout_of(bot)
        assert rollout.level == 1
        assert rollout.reason == "guardrail real_error_rate > 50%: real_error_rate 62.5% > 50%"
        assert [it.value for it in await measured(bot)][-1] == 62.5
        assert await said(bot, "goes back to level 1 by itself: " + rollout.reason) == 1


async def test_while_prometheus_is_stopped_nothing_advances_and_people_are_told_once_and_once_more(
    tmp_path: Path, stoppable: PrometheusServer
) -> None:
    await stoppable.scraped(real_error_rate=10.0)
    # The gate does not hold yet, so that the rollout is still at its first step when the server goes away.
    async with running_bot(tmp_path, stoppable, SOAKLESS) as bot:

        async def judged() -> bool:
            return any(it.value == 10.0 for it in await measured(bot))

        async def lost() -> bool:
            return await said(bot, "cannot be judged") == 1

        async def failed_on() -> bool:
            return sum(it.error for it in await measured(bot)) > 3

        async def seen_again() -> bool:
            return await said(bot, "is judged again") == 1

        async def completed() -> bool:
            return (await rollout_of(bot)).status is Status.COMPLETED

        await until(judged)
        stoppable.stop()
        await until(lost)
        await until(failed_on)
        rollout = await rollout_of(bot)
        assert (rollout.status, rollout.step) == (Status.RUNNING, 0)
        assert await is_on(bot)
        stoppable.exporter.figures["real_error_rate"] = 1.0
        stoppable.start()
        await until(seen_again)
        await until(completed)
        assert (await said(bot, "cannot be judged"), await said(bot, "is judged again")) == (1, 1)
