"""A strict PagerDuty on the loopback: the Events API v2 with its dedup keys, change events, and who is on call.

It answers by the published rules: a body is judged by the specification where that is there, an unknown key is refused,
one key makes one alert while it is open, and an acknowledgement or a resolution of nothing is taken and does nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes.web_server import Behaviour, Received, WebServer, answers_json, running_web_server

MOST_BYTES = 524_288
ACTIONS = {"acknowledge": "acknowledged", "resolve": "resolved"}


@dataclass(slots=True)
class Alert:
    """An alert as PagerDuty shows it; `log` holds every event that it took in."""

    dedup_key: str
    state: str
    payload: dict[str, Any]
    log: list[str] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class PagerDutyServer:
    """`keys` are the integrations' routing keys; `faults` are used up one by one before a request is answered properly.

    `lose_answers` takes so many events and cuts the line instead of answering.
    """

    web: WebServer
    keys: tuple[str, ...] = ()
    token: str = ""
    faults: list[Behaviour] = field(default_factory=list)
    lose_answers: int = 0
    alerts: dict[str, list[Alert]] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    on_call: list[dict[str, Any]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Return where it answers."""
        return self.web.address

    def alert(self, dedup_key: str, key: str | None = None) -> Alert:
        """Return the only alert of a dedup key."""
        (found,) = [it for it in self.alerts[key or self.keys[0]] if it.dedup_key == dedup_key]
        return found

    def puts_on_call(self, email: str, start: str | None, end: str | None, schedule: str = "PI7DH85") -> None:
        """Put somebody on call."""
        user = {"id": f"P{len(self.on_call)}", "type": "user", "summary": email, "name": email, "email": email}
        self.on_call.append({"user": user, "schedule": {"id": schedule}, "start": start, "end": end})

    async def serve(self, received: Received, writer: Any) -> None:
        """Answer one request, or fail as wanted."""
        if self.faults:
            await self.faults.pop(0)(received, writer)
            return
        status, said = self._answer(received)
        if received.method == "POST" and self.lose_answers:
            self.lose_answers -= 1
            writer.transport.abort()
            return
        await answers_json(said, status)(received, writer)

    def _answer(self, received: Received) -> tuple[int, Any]:
        path, _, query = received.target.partition("?")
        if received.method == "POST" and path in {"/v2/enqueue", "/v2/change/enqueue"}:
            return self._event(path, received)
        if received.method == "GET" and path == "/oncalls":
            return self._oncalls(received, query)
        return 404, {"error": {"message": "Not Found", "code": 2100}}

    def _event(self, path: str, received: Received) -> tuple[int, Any]:
        if received.headers.get("content-type") != "application/json":
            return 400, {"status": "invalid event", "errors": ["content type"]}
        if len(received.body) > MOST_BYTES:
            return 413, {"status": "invalid event", "errors": ["too large"]}
        body = json.loads(received.body)
        self.complaints += judged(path.removeprefix("/v2"), body)
        if body.get("routing_key") not in self.keys:
            return 400, {"status": "invalid event", "message": f"{body}", "errors": ["'routing_key' is invalid"]}
        if path == "/v2/change/enqueue":
            self.changes.append(body)
            return 202, {"status": "success", "message": "Change event processed"}
        return self._alert(body)

    def _alert(self, body: dict[str, Any]) -> tuple[int, Any]:
        key, action, dedup = body["routing_key"], body["event_action"], body.get("dedup_key", "")
        known = self.alerts.setdefault(key, [])
        current = next((it for it in known if it.dedup_key == dedup and it.state != "resolved"), None)
        if action == "trigger":
            payload = body["payload"]
            if not {"summary", "source", "severity"} <= set(payload) or len(payload["summary"]) > 1024:
                return 400, {"status": "invalid event", "errors": ["payload"]}
            if current is None:
                current = Alert(dedup, "triggered", payload, body=body)
                known.append(current)
        elif not dedup:
            return 400, {"status": "invalid event", "errors": ["'dedup_key' is missing"]}
        elif current is not None:
            current.state = ACTIONS[action]
        if current is not None:
            current.log.append(action)
        return 202, {"status": "success", "message": "Event processed", "dedup_key": dedup}

    def _oncalls(self, received: Received, query: str) -> tuple[int, Any]:
        if received.headers.get("authorization") != f"Token token={self.token}":
            return 401, {"error": {"message": f"Unauthorized {received.headers}", "code": 2006}}
        if "version=2" not in received.headers.get("accept", ""):
            return 406, {"error": {"message": "Not Acceptable"}}
        from urllib.parse import parse_qs

        self.questions.append(query)
        asked = parse_qs(query)
        since, until = (datetime.fromisoformat(asked[name][0]) for name in ("since", "until"))
        if (until - since).days > 90 or since.tzinfo is None:
            return 400, {"error": {"message": "Invalid Input Provided"}}
        found = [
            it for it in self.on_call
            if it["schedule"]["id"] in asked["schedule_ids[]"]
            and (it["start"] is None or datetime.fromisoformat(it["start"]) < until)
            and (it["end"] is None or datetime.fromisoformat(it["end"]) > since)
        ]  # fmt: skip
        if "users" not in asked.get("include[]", []):
            found = [{**it, "user": {"id": it["user"]["id"], "type": "user_reference"}} for it in found]
        limit, offset = int(asked["limit"][0]), int(asked["offset"][0])
        page = found[offset : offset + limit]
        return 200, {"oncalls": page, "limit": limit, "offset": offset, "more": offset + limit < len(found)}


@cache
def _specification() -> dict[str, Any] | None:
    folder = os.environ.get("ROLLCALL_SPECS")  # noqa: TID251  # Where published specifications are is no setting.
    file = Path(folder) / "pagerduty-events-v2.json" if folder else None
    if file is None or not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def judged(path: str, body: dict[str, Any]) -> list[str]:
    """Return what the published specification says against a body; nothing where it is not there."""
    specification = _specification()
    if specification is None:
        return []
    import jsonschema

    schema = specification["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": specification["components"]}
    return [it.message for it in jsonschema.Draft202012Validator(whole).iter_errors(body)]


@asynccontextmanager
async def running_pagerduty(*keys: str, token: str = "") -> AsyncIterator[PagerDutyServer]:
    """Run a PagerDuty that knows these routing keys and this API token."""
    async with running_web_server() as web:
        server = PagerDutyServer(web, keys, token)
        web.behave(server.serve)
        yield server
        assert server.complaints == []
