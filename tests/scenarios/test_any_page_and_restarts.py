"""Whatever the policy, the rotation, the answers and the restarts: what holds for every page of the whole bot."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.conversation import Outcome
from bot.domain.outbox import DeliveryState
from bot.domain.page import WayKind
from tests.databases import folder_in_memory, store_in_memory
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.clock import START
from tests.scenarios.paging import PagedWorld, paged_world
from tests.scenarios.world import MINUTE

if TYPE_CHECKING:
    from bot.domain.page import Page
    from tests.simulation.quick_store import QuickStore

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

PEOPLE = ("engineer", "lead", "cto")
UNREACHABLE = "nobody-knows-where"
TEAM = """
people:
  ana: {{roles: lead, slack: U0ANA}}
  engineer: {{roles: operator, slack: U0ENGINEER}}
  lead: {{roles: lead, slack: U0LEAD}}
  cto: {{roles: owner, slack: U0CTO}}
  nobody-knows-where: {{roles: viewer}}
channels: {{releases: {{slack: releases}}}}
environments: {{production: {{channels: releases}}}}
schedules:
  rota: {{layers: [{{name: primary, people: [{rota}], turns: hourly, starts: 2026-03-02 09:00}}]}}
escalation:
  policy:
    channels: releases
    levels:
{levels}
    repeat: {{every: {every}m, times: {times}}}
    acknowledged_for: {acknowledged_for}m
"""
ON_CALL = "{on_call: rota}"
OPERATIONS = ("ack", "resolve because it is over", "snooze 25m because we wait", "reassign @lead", "raise")


@st.composite
def teams(draw: st.DrawFn) -> str:
    offsets = sorted(draw(st.lists(st.integers(1, 90), max_size=3, unique=True)))
    targets = st.lists(st.sampled_from([*PEOPLE, UNREACHABLE, ON_CALL]), min_size=1, max_size=2, unique=True)
    levels = [f"      - {{after: {it}m, reach: [{', '.join(draw(targets))}]}}" for it in [0, *offsets]]
    return TEAM.format(
        rota=", ".join(draw(st.lists(st.sampled_from([*PEOPLE, UNREACHABLE]), max_size=3, unique=True))),
        levels="\n".join(levels),
        every=draw(st.integers(5, 40)),
        times=draw(st.integers(0, 2)),
        acknowledged_for=draw(st.integers(5, 60)),
    )


@dataclass
class Life:
    """One bot after the other over the same database, and the Slack that outlives them."""

    folder: Path
    team: str
    store: QuickStore
    slack: FakePlatform = field(default_factory=FakePlatform)
    requests: count[int] = field(default_factory=lambda: count(1))
    ended: dict[int, int] = field(default_factory=dict)
    """How often anybody was paged for a page when it was resolved."""

    async def lives(self, now: datetime, happenings: list[tuple[int, str]]) -> datetime:
        """Live until the process is to end; return when that is."""
        async with paged_world(self.folder, self.team, start=now, slack=self.slack, store=self.store) as world:
            world.requests = self.requests
            await world.bot.loop.settle()
            while happenings:
                minutes, operation = happenings.pop(0)
                if operation == "end":
                    break
                if operation == "end before it is sent":
                    world.clock.advance(minutes * MINUTE)
                    await next(it for it in world.bot.loop.concerns if it.name == "escalations").step()
                    break
                await world.passes(minutes * MINUTE)
                await self.judge(world)
                await self.does(world, operation)
                await self.judge(world)
            return world.clock.now()

    async def does(self, world: PagedWorld, operation: str) -> None:
        verb, _, rest = operation.partition(" ")
        line = "/escalate critical it is worse" if operation == "raise" else f"/escalate {verb} {rest}"
        reply = await world.typed(line, by="U0ANA", platform="slack")
        # With several pages the bot asks which one is meant.
        assert reply.outcome in {Outcome.DONE, Outcome.REFUSED}
        await world.bot.loop.settle()

    def paged(self, page: int) -> list[tuple[str, str]]:
        keys = [(it.channel, it.key) for it in self.slack.said if it.key.startswith(f"paging:{page}:")]
        assert len(keys) == len(set(keys)), "nobody hears twice of one level in one round"
        return keys

    async def judge(self, world: PagedWorld) -> None:
        pages = await world.store.read(lambda tx: tx.pages.recent(10))
        dropped = {it.key for it in await world.outbox() if it.state is DeliveryState.DROPPED}
        for page in pages:
            times = len(self.paged(page.id))
            if not page.unresolved:
                assert page.due_at is None
                assert times == self.ended.setdefault(page.id, times), "nobody is paged after the end"
                continue
            assert page.due_at is not None, "an open page is due again"
            assert page.due_at > world.clock.now()
            missing = self.expected(page) - {key for _, key in self.paged(page.id)} - dropped
            assert missing == set(), "whoever is noted as reached was reached"

    @staticmethod
    def expected(page: Page) -> set[str]:
        """Return the keys of the messages that a page says it sent; who is named by two levels at once gets one."""
        first: dict[tuple[int, str, datetime], str] = {}
        for it in page.reached:
            if it.way.kind is WayKind.DIRECT:
                key = f"paging:{page.id}:{it.round}:{it.level}:slack:@{it.way.to}"
                first.setdefault((it.round, it.way.to, it.at), key)
        return set(first.values())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    teams(),
    st.sampled_from(["low", "high", "critical"]),
    st.lists(
        st.tuples(st.integers(0, 150), st.sampled_from([*OPERATIONS, "end", "end before it is sent"])), max_size=8
    ),
)
async def test_nobody_is_paged_twice_for_a_level_or_after_the_end_and_an_open_page_is_always_due(
    team: str, severity: str, happenings: list[tuple[int, str]]
) -> None:
    with folder_in_memory() as folder, store_in_memory() as store:
        life = Life(folder, team, store)
        now = START
        async with paged_world(folder, team, start=now, slack=life.slack, store=store) as world:
            world.requests = life.requests
            await world.done(f"/escalate {severity} it fails", by="U0ANA", platform="slack")
            await life.judge(world)
        left = list(happenings)
        while left:
            now = await life.lives(now, left) + timedelta(minutes=2)
        # What was on its way when a process ended has left a while later.
        async with paged_world(folder, team, start=now, slack=life.slack, store=store) as world:
            await world.passes(MINUTE)
            await life.judge(world)
