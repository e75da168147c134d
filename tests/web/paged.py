"""A served world with a status page, and two plans that tell of themselves there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.domain.plan import ChannelName
from bot.domain.status_page import StatusPage
from bot.domain.team import Audience, Team
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import SECOND, World, world_over
from tests.web.served import Served, served

ADDRESSES = ("/status", "/status.json", "/status.atom")
PUBLIC = StatusPage("What <changes> & when", public=True)

PAGE = """
plan: page
title: The <b>new</b> page & more
environment: production
flags: {page: {unit: user, population: 2000}}
channel: {local: releases}
phases:
  - name: Everyone
    soak: 8h
    steps: [{set: 10%}, {set: 50%}, {set: 100%}]
rollback: [{name: Switch it off, set: off}]
communication:
  - {when: T-24h, to: [users], say: deploying_soon}
  - {when: each step, to: [users], say: "{{ label }} of you see <script>alert(1)</script> it."}
  - {when: paused, to: [team], say: paused}
  - {when: rolled_back, to: [team, users], say: paused_while_we_fix}
  - {when: completed, to: [team], say: live}
  - {when: completed +2d, to: [users], say: "How do you like it?\\n- well\\n- \\"not\\" well"}
"""
OTHER = (
    PAGE.replace("plan: page", "plan: other")
    .replace("{page:", "{other:")
    .replace("The <b>new</b> page & more", "Other")
)


@dataclass
class Paged:
    """A world with its page; `team` may be changed under way."""

    world: World
    web: Served
    team: Team

    async def get(self, path: str = "/status", **headers: str) -> tuple[int, str]:
        """Ask as a stranger, once what was kept is not any more."""
        self.world.clock.advance(6 * SECOND)
        answer = await self.web.client.get(path, headers=headers)
        return answer.status_code, answer.text

    async def page(self) -> str:
        status, text = await self.get()
        assert status == 200, text
        return text

    async def items(self) -> list[dict[str, object]]:
        status, text = await self.get("/status.json")
        assert status == 200, text
        return list(json.loads(text)["items"])


def a_team(page: StatusPage | None) -> Team:
    audiences = {
        "team": Audience("team", (ChannelName("local", "team"),)),
        "users": Audience("users", status_page=True),
    }
    return Team(audiences=audiences, status_page=page)


@asynccontextmanager
async def paged(tmp_path: Path, page: StatusPage | None = PUBLIC, address: str = "") -> AsyncIterator[Paged]:
    holder: list[Paged] = []
    async with (
        world_over(
            f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}",
            plans=WrittenPlans(page=PAGE, other=OTHER),
            team=lambda: holder[0].team if holder else a_team(page),
        ) as world,
        served(world, address=address) as web,
    ):
        holder.append(Paged(world, web, a_team(page)))
        yield holder[0]
