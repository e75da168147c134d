"""A real Unleash server with its PostgreSQL, started for the tests of one worker and ended with them."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.clock import SystemClock
from tests.peers import PATIENCE, free_port, missing, running_postgres

ROOT = Path(__file__).parents[1]
SERVER = ROOT / ".cache" / "npm" / "node_modules" / "unleash-server" / "dist" / "server.js"
TOKEN = "*:*.very-secret-admin-token"
CLIENT_TOKEN = "default:production.very-secret-client-token"
FRONTEND_TOKEN = "default:production.very-secret-frontend-token"


@dataclass(slots=True)
class UnleashPeer:
    """A running server."""

    address: str

    async def ready(self) -> None:
        """Wait until it answers."""
        clock = SystemClock()
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self._send("GET", "/health")
                    return
                except (httpx.HTTPError, AssertionError):
                    await clock.wait(asyncio.Event(), clock.now() + timedelta(milliseconds=100))

    async def make(self, flag: str) -> None:
        """Create a feature, off everywhere; one that is there stays as it is."""
        way = "/api/admin/projects/default/features"
        await self._send("POST", way, {"name": flag, "type": "release"}, may_be=409)

    async def open(self, flag: str, rollout: str) -> None:
        """Turn a feature on in production for a share of the users."""
        body = {"name": "flexibleRollout", "parameters": {"rollout": rollout, "stickiness": "default", "groupId": flag}}
        await self._send("POST", f"{_place(flag)}/strategies", body)
        await self._send("POST", f"{_place(flag)}/on")

    async def strategies(self, flag: str) -> list[dict[str, Any]]:
        """Return the strategies of a feature in production."""
        found: list[dict[str, Any]] = (await self._send("GET", f"{_place(flag)}/strategies")).json()
        return found

    async def edit(self, flag: str, rollout: str) -> None:
        """Set a feature's share in production, as somebody does in Unleash's own pages."""
        (strategy,) = await self.strategies(flag)
        parameters = {**strategy["parameters"], "rollout": rollout}
        body = {"name": strategy["name"], "parameters": parameters, "constraints": []}
        await self._send("PUT", f"{_place(flag)}/strategies/{strategy['id']}", body)

    async def _send(
        self, method: str, way: str, body: object = None, *, may_be: int = 200, token: str = TOKEN
    ) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.address, timeout=PATIENCE) as client:
            answer = await client.request(method, way, json=body, headers={"Authorization": token})
        assert answer.is_success or answer.status_code == may_be, answer.text
        return answer

    async def reached(self, flag: str, users: int) -> set[int]:
        """Return which of so many users see the feature, as its own client API evaluates it."""
        features = (await self._send("GET", "/api/client/features", token=CLIENT_TOKEN)).json()["features"]
        found = next((it for it in features if it["name"] == flag), None)
        if found is None or not found["enabled"]:
            return set()
        (strategy,) = found["strategies"]
        parameters = strategy["parameters"]
        assert parameters["stickiness"] == "default"
        return {
            user for user in range(users) if _normalised(parameters["groupId"], str(user)) <= int(parameters["rollout"])
        }


def _normalised(group: str, user: str) -> int:
    """Return 1 to 100, as Unleash's clients hash a user."""
    import mmh3

    return mmh3.hash(f"{group}:{user}", 0, signed=False) % 100 + 1


def _place(flag: str) -> str:
    return f"/api/admin/projects/default/features/{flag}/environments/production"


@contextmanager
def running_unleash() -> Iterator[UnleashPeer]:
    """Run an Unleash server on a database of its own; skip where one of its parts is missing."""
    node = shutil.which("node")
    if node is None or not SERVER.exists():
        missing("Unleash (unleash-server, from npm)")
    with running_postgres() as postgres:
        port = free_port()
        environment = {
            "PATH": os.defpath,
            "TZ": "UTC",
            "DATABASE_URL": postgres.url(driver="postgresql"),
            "DATABASE_SSL": "false",
            "INIT_ADMIN_API_TOKENS": TOKEN,
            "INIT_CLIENT_API_TOKENS": CLIENT_TOKEN,
            "INIT_FRONTEND_API_TOKENS": FRONTEND_TOKEN,
            "CHECK_VERSION": "false",
            "SEND_TELEMETRY": "false",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(port),
            "LOG_LEVEL": "error",
        }
        ends_with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        process = subprocess.Popen(
            [*ends_with_us, str(node), str(SERVER)],
            cwd=SERVER.parents[1],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield UnleashPeer(f"http://127.0.0.1:{port}")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
