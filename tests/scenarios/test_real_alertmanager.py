"""The whole bot, as `rollcall run` puts it together, and a real Alertmanager: an alert takes back the rollout it names."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.chat.conversation import Origin, Outcome
from bot.clock import SystemClock
from bot.domain.actor import Actor
from bot.domain.page import PageState
from bot.domain.rollout import Status
from bot.domain.token import Scope
from bot.web.server import WebServer
from bot.wiring import Bot, open_bot
from tests.fakes.journal import KeptJournal
from tests.peers import running_alertmanager
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
rollback:
  - {name: Switch it off, set: off, takes: instant}
"""

TEAM = """
people: {engineer: {roles: operator}}
channels: {releases: {local: releases}}
environments: {production: {channels: releases}}
escalation: {usual: {channels: releases, levels: [{reach: engineer}]}}
"""
ALERT = {
    "labels": {
        "alertname": "HighErrorRate",
        "severity": "critical",
        "rollcall_plan": "checkout",
        "rollcall_action": "rollback",
    },
    "annotations": {"summary": "more than 1 % of the requests fail"},
}


@asynccontextmanager
async def running_bot(folder: Path) -> AsyncIterator[tuple[Bot, str, str]]:
    """Run a bot with the system's clock; give it with its address and a token for alerts."""
    settings = settings_in(folder, PLAN, TEAM, port=0)
    owner = Actor("ana", "local", "ana", "local", "token", frozenset({"owner"}))
    async with open_bot(settings, KeptJournal()) as bot:
        made = await bot.operations.tokens.create(owner, "alerts", [Scope.ALERT])
    async with open_bot(settings, KeptJournal(), web=True) as bot:
        stop = asyncio.Event()
        running = [asyncio.create_task(bot.loop.run()), *(asyncio.create_task(it.run(stop)) for it in bot.services)]
        (web,) = (it for it in bot.services if isinstance(it, WebServer))
        await web.listening.wait()
        try:
            yield bot, web.address, made.secret
        finally:
            bot.loop.stop()
            stop.set()
            await asyncio.gather(*running)


async def test_an_alert_that_fires_takes_the_rollout_back_and_its_end_ends_the_page(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        async with running_bot(tmp_path) as (bot, address, token):
            alertmanager = stack.enter_context(running_alertmanager(tmp_path, f"{address}/hooks/alertmanager", token))

            async def is_in_force() -> bool:
                return await is_on(bot)

            async def taken_back() -> bool:
                rollout = await bot.store.read(lambda tx: tx.rollouts.get(1))
                return rollout is not None and rollout.status is Status.ROLLED_BACK and not await is_on(bot)

            async def paged() -> bool:
                page = await bot.store.read(lambda tx: tx.pages.get(1))
                return page is not None and bool(page.reached) and page.subject == "rollout:1"

            async def over() -> bool:
                page = await bot.store.read(lambda tx: tx.pages.get(1))
                return page is not None and page.state is PageState.RESOLVED

            reply = await bot.dispatcher.handle("/rollout start checkout", Origin("local", "releases", "ana", "start"))
            assert reply.outcome is Outcome.DONE, reply.message.summary
            await until(is_in_force)
            await alertmanager.tell(ALERT)
            await until(taken_back)
            await until(paged)
            ended = SystemClock().now().isoformat()
            await alertmanager.tell({**ALERT, "endsAt": ended})
            await until(over)
            assert await bot.store.read(lambda tx: len(tx.pages.recent(5))) == 1
            rollout = await bot.store.read(lambda tx: tx.rollouts.get(1))
            assert rollout is not None
            assert rollout.reason == "Alertmanager says “HighErrorRate: more than 1 % of the requests fail”"
