"""A team, plans with gates and guardrails, and a world over them, for scenarios about steps that are judged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.metric import PrometheusQuery
from bot.files.team_watch import TeamFile
from bot.metric_sources.catalogue import Catalogue
from tests.databases import store_in_memory
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.metric_source import ToldMetrics, ToldNow
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import HOUR, MINUTE, World, world_over

METRICS = """
prometheus: {address: "http://127.0.0.1:9"}
metrics:
  error_rate: {measure: percent, prometheus: error_rate}
  canary.error_rate: {measure: percent, prometheus: error_rate_canary}
  control.error_rate: {measure: percent, prometheus: error_rate_control}
  p95: {measure: ms, prometheus: p95}
  satisfaction: {measure: percent, reported: 7d}
"""

TEAM = (
    """
people:
  ana: {roles: lead}
  bob: {roles: [tester, qa], slack: U0BOB, discord: "80351110224678912"}
  cleo: {roles: [tester, qa], slack: U0CLEO}
  dora: {roles: [tester, security]}
  emil: {roles: owner}
  fred: {roles: viewer}
roles:
  qa: [confirm]
  security: []
channels:
  releases: {local: releases, slack: releases, discord: releases}
environments:
  staging: {}
  production:
    channels: releases
"""
    + METRICS
)

JUDGED = """
plan: checkout
title: The new checkout
environment: production
flags: {checkout: {unit: user, population: 2000}}
channel: {local: releases}
phases:
  - name: Prepare
    checklist: [Database backed up]
  - name: Everyone
    soak: 1h
    steps: [{set: 10%}, {set: 25%}, {set: 100%}]
    KEYS
rollback:
  - {name: Switch it off, set: off, takes: instant}
  - {name: Restore the orders, checklist: [Restore the backup], takes: 15m, destroys: orders since the start}
"""


def plan_with(keys: str, text: str = JUDGED) -> str:
    """Return the plan `checkout` with more keys for the phase in which it reaches everybody."""
    return text.replace("KEYS", keys.strip().replace("\n", "\n    "))


def team_with(keys: str, text: str = TEAM) -> str:
    """Return the team with more keys for production's policy."""
    return text.replace(
        "    channels: releases\n", "    channels: releases\n    " + keys.strip().replace("\n", "\n    ") + "\n"
    )


@dataclass
class JudgedWorld(World):
    """A world with one source of every metric that is measured."""

    source: ToldMetrics = field(default_factory=ToldMetrics)
    plans: WrittenPlans = field(default_factory=WrittenPlans)

    async def minutes(self, number: int) -> None:
        """Let minutes pass one after the other, each with its measurements."""
        for _ in range(number):
            await self.passes(MINUTE)

    async def hour(self) -> None:
        """Let the hour pass for which a step must hold; only its last minutes have their measurements, which is enough."""
        await self.passes(HOUR - 2 * MINUTE)
        await self.minutes(2)


@asynccontextmanager
async def judged_world(
    tmp_path: Path, plan: str, *, team: str = TEAM, can_look_back: bool = True, on_disk: bool = False, **more: str
) -> AsyncIterator[JudgedWorld]:
    """Open a world in which everything is fine so far: an error rate of 0.1 % and a p95 of 200 ms.

    What is judged is not how it is stored: the database is in memory, unless a test looks for it on the disk.
    """
    file = tmp_path / "rollcall.yaml"
    file.write_text(team)
    source = ToldMetrics(error_rate=0.1, p95=200.0)
    source.tell("canary.error_rate", 0.1)
    source.tell("control.error_rate", 0.1)
    asked = source if can_look_back else ToldNow(source)
    clock = MovedClock()
    people = TeamFile(file, lambda _: None, clock, KeptJournal())
    metrics = Catalogue(lambda: people.current().metrics, {PrometheusQuery: lambda: asked})
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    plans = WrittenPlans(checkout=plan, **more)
    with nullcontext() if on_disk else store_in_memory() as store:
        parts = world_over(url, plans=plans, clock=clock, team=people.current, metrics=metrics, store=store)
        async with parts as world:
            yield JudgedWorld(world.bot, clock, world.journal, world.store, url, source=source, plans=plans)


async def to_ten(world: World) -> None:
    """Start the plan and take it to 10 %."""
    await world.done("/rollout start checkout")
    await world.done("/checklist tick all")
    await world.done("/rollout 10%")
