"""A bot put together from settings as a running one is, whose PagerDuty, mail server and webhook receiver are on the loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from bot.domain.page import Page
from bot.settings import Settings
from bot.wiring import open_bot
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.pagerduty import PagerDutyServer, running_pagerduty
from tests.fakes.webhook import Receiver, running_receiver
from tests.pagers.test_email import Box, serving
from tests.scenarios.world import CHECKOUT, World

KEY, TOKEN, SECRET = "0123456789abcdef0123456789ABCDEF", "u+abcdefghijklmnopqr", "correct horse battery staple"
PLAN = CHECKOUT.replace("environment: production", "environment: production\nescalation: payments")
TEAM = """
people:
  ana: {roles: lead, email: ana@example.org}
  ben: {roles: operator, email: ben@example.org}
  cleo: {roles: operator, email: cleo@example.org}
channels: {releases: {local: releases}}
environments: {production: {channels: releases, down_anywhere: true}}
audiences:
  partners: {webhooks: desk}
schedules:
  payments: {layers: [{name: primary, people: ben}]}
escalation:
  payments:
    levels:
      - reach: [{pagerduty: payments}, {webhook: desk}]
      - {after: 15m, reach: [{on_call: payments}, {email: board@example.org}]}
    repeat: {every: 15m, times: 4}
    acknowledged_for: 30m
pagerduty:
  token: ${PAGERDUTY_TOKEN}
  services: {payments: {routing_key: "${PAYMENTS_KEY}", changes: production}}
webhooks: {desk: {url: "${DESK_URL}", secret: "${DESK_SECRET}"}}
"""


@dataclass(slots=True)
class Outside:
    """Everything that the bot speaks to, and the folder that it lives in."""

    folder: Path
    clock: MovedClock
    pagerduty: PagerDutyServer
    receiver: Receiver
    mailbox: Box
    settings: Settings
    requests: count[int] = field(default_factory=count)

    def team(self, text: str) -> None:
        """Write the team file."""
        (self.folder / "rollcall.yaml").write_text(text)

    @asynccontextmanager
    async def bot(self, *, web: bool = False) -> AsyncIterator[World]:
        """Open the bot over whatever its database holds."""
        journal = KeptJournal()
        async with open_bot(self.settings, journal, self.clock, web=web) as bot:
            yield World(bot, self.clock, journal, bot.store, self.settings.database_url, self.requests)


@asynccontextmanager
async def outside(folder: Path, team: str = TEAM, **more: str) -> AsyncIterator[Outside]:
    """Start everything outside, and let the environment name it."""
    clock, box = MovedClock(), Box()
    plans = folder / "plans"
    plans.mkdir(exist_ok=True)
    (plans / "checkout.yaml").write_text(PLAN)
    async with (
        running_pagerduty(KEY, token=TOKEN) as pagerduty,
        running_receiver(SECRET, clock) as receiver,
        serving(box) as mail,
    ):
        given = {
            "ROLLCALL_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'rollcall.db'}",
            "ROLLCALL_PLANS": str(plans),
            "ROLLCALL_TEAM_FILE": str(folder / "rollcall.yaml"),
            "SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
            "PAGERDUTY_URL": pagerduty.address,
            "PAGERDUTY_API_URL": pagerduty.address,
            **more,
        }
        secrets = {
            "PAGERDUTY_TOKEN": TOKEN,
            "PAYMENTS_KEY": KEY,
            "DESK_URL": receiver.address,
            "DESK_SECRET": SECRET,
        }
        with environment(secrets):
            found = Outside(folder, clock, pagerduty, receiver, box, Settings.model_validate(given))
            found.team(team)
            yield found


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Let the environment hold these values, as an operator's does."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


async def page_of(world: World, number: int = 1) -> Page:
    """Return a page."""
    found = await world.store.read(lambda tx: tx.pages.get(number))
    assert found is not None
    return found
