"""Teams with escalation paths, and a world in which every direct message can be read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from bot.chat.local.outbound import LocalPlatform
from bot.domain.escalation import TargetKind
from bot.domain.message import Button
from bot.domain.metric import PrometheusQuery
from bot.domain.page import Page
from bot.domain.team import EMAIL
from bot.files.team_watch import TeamFile
from bot.flag_providers.builtin import BuiltinFlags
from bot.metric_sources.catalogue import Catalogue
from bot.operations.notices import CARD_FOLLOWS
from bot.ports import Store
from bot.storage.store import SqlStore, open_store
from bot.wiring import NO_EDGES, Edges, assemble
from tests.databases import begin_with_a_schema
from tests.fakes.chat_platform import FakePlatform, Said
from tests.fakes.clock import START, MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.metric_source import ToldMetrics
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.judging import METRICS, plan_with
from tests.scenarios.world import MINUTE, World
from tests.simulation.quick_store import QuickStore

ALASKA = (
    """
people:
  ana: {roles: lead, slack: U0ANA, discord: "80351110224678901"}
  engineer: {roles: operator, slack: U0ENGINEER, discord: "80351110224678902"}
  second-engineer: {roles: operator, slack: U0SECOND}
  database-engineer: {roles: operator, slack: U0DATABASE}
  team-lead: {roles: lead, slack: U0LEAD}
  cto: {roles: owner, slack: U0CTO}
  ceo: {roles: viewer, slack: U0CEO}
channels:
  releases: {slack: releases}
environments:
  production: {channels: releases, down_anywhere: true}
schedules:
  payments:
    channels: releases
    layers:
      - {name: primary, people: [engineer, second-engineer], turns: daily, starts: 2026-03-02 09:00}
      - {name: secondary, people: [second-engineer, engineer], turns: daily, starts: 2026-03-02 09:00}
      - {name: database, people: database-engineer}
      - {name: infrastructure, people: []}
escalation:
  payments:
    channels: releases
    levels:
      - reach: {on_call: payments, layer: primary}
      - {after: 15m, reach: team-lead}
      - {after: 30m, reach: cto}
      - {after: 60m, reach: ceo}
"""
    + METRICS
)
"""On-call engineer (0-15 min), team lead (15-30 min), CTO (30-60 min), CEO (over 60 min, or critical)."""

ACTION_PLAN = (
    """
people:
  ana: {roles: lead, slack: U0ANA}
  support-engineer: {roles: tester, slack: U0SUPPORT}
  engineering-lead: {roles: lead, slack: U0ENGLEAD}
  engineer: {roles: operator, slack: U0ENGINEER}
  cto: {roles: owner, slack: U0CTO}
channels:
  releases: {slack: releases}
  action-plan-support: {slack: action-plan-support}
environments:
  production: {channels: releases}
schedules:
  support: {layers: [{name: primary, people: support-engineer}]}
pagerduty: {services: {support: "${SUPPORT_KEY}"}}
webhooks: {status: {url: "https://status.unbuilt.example", secret: "${STATUS_SECRET}"}}
escalation:
  action-plan-support:
    channels: action-plan-support
    levels:
      - reach: [{on_call: support}, {channel: action-plan-support}, {email: support@unbuilt.example}, {pagerduty: support}]
      - {after: 1h, reach: [engineer, engineering-lead]}
      - {after: 1h30m, reach: [cto, engineering-lead]}
    repeat: {every: 15m, times: 4}
"""
    + METRICS
)
"""Support answers within 1 hour, engineering within 30 minutes, the CTO or the lead engineer within 15 minutes."""

PLAN = plan_with("guardrails: [error_rate > 1%, {if: p95 > 500ms, then: page}]\ngates: [error_rate < 0.5%]").replace(
    "channel: {local: releases}", "channel: {slack: releases}\nescalation: payments"
)


@dataclass
class PagedWorld(World):
    """A world with Slack and Discord, whose direct messages are kept."""

    slack: FakePlatform = field(default_factory=FakePlatform)
    discord: FakePlatform = field(default_factory=FakePlatform)
    source: ToldMetrics = field(default_factory=ToldMetrics)

    async def minutes(self, number: int) -> None:
        """Let minutes pass one after the other."""
        for _ in range(number):
            await self.passes(MINUTE)

    async def until(self, minute: float) -> None:
        """Let minutes pass up to one counted from the start of the world's clock."""
        while self.clock.now() < START + minute * MINUTE:
            await self.passes(min(MINUTE, START + minute * MINUTE - self.clock.now()))

    def told(self, channel: str, platform: str = "slack") -> list[str]:
        """Return what was posted once in a channel."""
        return [it.message.summary for it in self._said_in(channel, platform) if not it.key.startswith(CARD_FOLLOWS)]

    def direct(self, person: str) -> list[str]:
        """Return what a person was written in Slack, by the end of the person's id."""
        return self.told(f"@U0{person.upper()}")

    def paged(self) -> list[str]:
        """Return who was paged in Slack, in order."""
        posts = [it for it in self.slack.said if it.channel.startswith("@") and it.key.startswith("paging:")]
        return [it.channel.removeprefix("@U0").lower() for it in posts]

    def card(self, page: int = 1, channel: str = "releases") -> Said:
        """Return the live message of a page."""
        (found,) = [it for it in self.slack.said if (it.channel, it.key) == (channel, f"{CARD_FOLLOWS}page:{page}")]
        return found

    def button(self, label: str, channel: str) -> Button:
        """Return a button of the last message in a channel that has one of that name."""
        posts = [it for it in self.slack.said if it.channel == channel]
        return next(it for post in reversed(posts) for it in post.message.buttons if it.label == label)

    async def page(self, number: int = 1) -> Page:
        """Return a page."""
        found = await self.store.read(lambda tx: tx.pages.get(number))
        assert found is not None
        return found

    def _said_in(self, channel: str, platform: str) -> list[Said]:
        said = self.slack.said if platform == "slack" else self.discord.said
        return [it for it in said if it.channel == channel]


@asynccontextmanager
async def paged_world(
    tmp_path: Path,
    team: str = ALASKA,
    plan: str = PLAN,
    *,
    start: datetime = START,
    slack: FakePlatform | None = None,
    discord: FakePlatform | None = None,
    mail: FakePlatform | None = None,
    others: Mapping[str, str] = MappingProxyType({}),
    store: QuickStore | None = None,
) -> AsyncIterator[PagedWorld]:
    """Open a world over a database that may have been there before; without `mail` there is no mail server.

    `plan` is called checkout, and `others` are further plans by their names. A `store` stands in for the database file.
    """
    file = tmp_path / "rollcall.yaml"
    file.write_text(team)
    clock, journal = MovedClock(start), KeptJournal()
    source = ToldMetrics(error_rate=0.1, p95=200.0)
    people = TeamFile(file, lambda name: f"the value of {name}", clock, journal)
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    begin_with_a_schema(tmp_path / "rollcall.db")
    opened: Store = store or await open_store(url)
    slack, discord = slack or FakePlatform(), discord or FakePlatform()
    posted = asyncio.Event()
    try:
        bot = assemble(
            opened,
            clock,
            journal,
            WrittenPlans(checkout=plan, **others),
            team=people.current,
            metrics=Catalogue(lambda: people.current().metrics, {PrometheusQuery: lambda: source}),
            platforms={
                "local": LocalPlatform(opened, clock, posted),
                "slack": slack,
                "discord": discord,
                **({} if mail is None else {EMAIL: mail}),
            },
            providers={"builtin": BuiltinFlags(opened, clock)},
            posted=posted,
            edges=NO_EDGES if mail is None else Edges(pagers=frozenset({TargetKind.EMAIL})),
        )
        yield PagedWorld(bot, clock, journal, opened, url, slack=slack, discord=discord, source=source)
    finally:
        if isinstance(opened, SqlStore):
            await opened.close()
