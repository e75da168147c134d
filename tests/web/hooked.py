"""A served world with people who can be paged, and what Alertmanager and PagerDuty would send to it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.web.guard import Rate
from bot.web.serving import CALLS
from tests.databases import begin_with_a_schema
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.clock import START
from tests.scenarios.paging import ALASKA, PLAN, PagedWorld, paged_world
from tests.web.served import Served, served

SECRET = "pagerduty-signs-with-this"
ANA = {"by": "U0ANA", "platform": "slack"}
HOLDING = PLAN.replace("error_rate > 1%, ", "").replace("then: page", "then: hold")
"""A plan whose guardrails hold and do not roll back."""

UNGUARDED = PLAN.replace("guardrails: [error_rate > 1%, {if: p95 > 500ms, then: page}]\n    ", "")

TEAM = ALASKA.replace("reach: team-lead}", "reach: [team-lead, {pagerduty: payments}]}").replace(
    "  engineer: {roles: operator, slack: U0ENGINEER,", "  engineer: {roles: operator, slack: U0ENGINEER, pagerduty: PENGINEER, email: engineer@example.org,"
) + 'pagerduty: {services: {payments: "${PAYMENTS_KEY}"}}\n'  # fmt: skip


@dataclass
class Hooked:
    """A world and the way in."""

    world: PagedWorld
    web: Served

    async def alert(self, body: object, scope: str = "alert", **more: Any) -> httpx.Response:
        """Post what Alertmanager would, and let the bot do all that follows."""
        answer = await self.web.ask("POST", "/hooks/alertmanager", scope, json=body, **more)
        await self.world.bot.loop.settle()
        return answer

    async def hook(self, scope: str = "alert", secret: str = "", **body: Any) -> httpx.Response:
        """Post to the generic hook."""
        answer = await self.web.ask("POST", "/hooks/in", scope, json=body, secret=secret)
        await self.world.bot.loop.settle()
        return answer

    async def pagerduty(self, body: object, *, secret: str = SECRET, signature: str | None = None) -> httpx.Response:
        """Post what PagerDuty would."""
        raw = json.dumps(body).encode()
        given = f"v1={signed(raw, secret)}" if signature is None else signature
        headers = [(b"Content-Type", b"application/json")]
        headers += [(b"X-PagerDuty-Signature", given.encode("latin-1"))] if given else []
        answer = await self.web.client.post("/hooks/pagerduty", content=raw, headers=headers)
        await self.world.bot.loop.settle()
        return answer

    async def at_ten(self) -> None:
        """Start the plan and take it to 10 %."""
        for line in ("/rollout start checkout", "/checklist tick all", "/rollout 10%"):
            await self.world.done(line, **ANA)


@asynccontextmanager
async def hooked(
    tmp_path: Path,
    plan: str = PLAN,
    team: str = TEAM,
    *,
    calls: Rate = CALLS,
    start: datetime = START,
    slack: FakePlatform | None = None,
    secrets: tuple[str, ...] = (SECRET,),
) -> AsyncIterator[Hooked]:
    """Open a world over a database that may have been there before, and let programs in."""
    begin_with_a_schema(tmp_path / "rollcall.db")
    async with (
        paged_world(tmp_path, team, plan, start=start, slack=slack) as world,
        served(world, calls=calls, secrets=secrets) as web,
    ):
        yield Hooked(world, web)


def signed(raw: bytes, secret: str = SECRET) -> str:
    """Return a body's signature."""
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def one_alert(
    number: int = 0,
    *,
    ends: datetime | None = None,
    began: datetime = START,
    labels: Mapping[str, str] | None = None,
    **more: str,
) -> dict[str, Any]:
    """Return an alert as Alertmanager 0.25 writes it: its moments have nine decimals, and one that goes on ends in the year 1."""
    return {
        "status": "firing" if ends is None else "resolved",
        "labels": {
            "alertname": "HighErrorRate",
            "instance": f"shop-{number}",
            "severity": "critical",
            **(labels or {}),
            **more,
        },
        "annotations": {"summary": "more than 1 % of the requests fail"},
        "startsAt": f"{began:%Y-%m-%dT%H:%M:%S}.108165795Z",
        "endsAt": "0001-01-01T00:00:00Z" if ends is None else f"{ends:%Y-%m-%dT%H:%M:%S}.608684Z",
        "generatorURL": "http://prometheus.example.org/graph",
        "fingerprint": f"{number:016x}",
    }


def group(*alerts: dict[str, Any], key: str = '{}:{alertname="HighErrorRate"}', truncated: int = 0) -> dict[str, Any]:
    """Return a notification about a group."""
    alerts = alerts or (one_alert(),)
    labels = [set(it["labels"].items()) for it in alerts]
    return {
        "receiver": "rollcall",
        "status": "firing" if any(it["status"] == "firing" for it in alerts) else "resolved",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": dict(set.intersection(*labels)),
        "commonAnnotations": alerts[0]["annotations"],
        "externalURL": "http://alertmanager.example.org",
        "version": "4",
        "groupKey": key,
        "truncatedAlerts": truncated,
    }


def event(
    what: str = "incident.acknowledged",
    page: int = 1,
    *,
    at: datetime = START + timedelta(minutes=20),
    number: str = "01CEVENT",
    agent: dict[str, str] | None = None,
    **data: object,
) -> dict[str, object]:
    """Return an event of a webhook subscription, version 3."""
    by = {"html_url": "https://acme.pagerduty.com/users/PLH1HKV", "id": "PLH1HKV", "self": "https://api.pagerduty.com/users/PLH1HKV", "summary": "A. Stranger", "type": "user_reference"}  # fmt: skip
    return {
        "event": {
            "id": number,
            "event_type": what,
            "resource_type": "incident",
            "occurred_at": f"{at:%Y-%m-%dT%H:%M:%S}.853Z",
            "agent": by if agent is None else agent,
            "client": None,
            "data": {
                "id": "PGR0VU2",
                "type": "incident",
                "number": 2,
                "status": what.partition(".")[2],
                "incident_key": f"rollcall-page-{page}",
                "title": "payments fail",
                "assignees": [],
                **data,
            },
        }
    }
