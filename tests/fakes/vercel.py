"""As much of Vercel's API as environment variables and a deploy hook need; what is deployed is kept apart from what is set."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.fakes.api_server import Asked, Said

TOKEN = "*:*.very-secret-admin-token"
HOOK = "v1/integrations/deploy/prj_1/very-secret-hook"


@dataclass(slots=True)
class FakeVercel:
    """Variables of the project `shop` of the team `team_1`. `deployed` is what the last deployment runs with."""

    variables: list[dict[str, Any]] = field(default_factory=list)
    deployed: dict[str, str] = field(default_factory=dict)
    deployments: int = 0
    ids: count[int] = field(default_factory=count)
    makes_flags: bool = True

    def make(self, flag: str) -> None:
        """Set a flag's variable to false, encrypted as they are by default."""
        self._add(flag.upper(), "false", "encrypted", ["production"])
        self.deployed[flag.upper()] = "false"

    def _add(self, key: str, value: str, kind: str, target: list[str]) -> dict[str, Any]:
        made = {"id": f"e{next(self.ids)}", "key": key, "value": value, "type": kind, "target": target}
        self.variables.append(made)
        return made

    def answer(self, asked: Asked) -> Said:
        """Answer one request."""
        if "/".join(asked.way) == HOOK:
            assert asked.method == "POST"
            self.deployments += 1
            self.deployed = {it["key"]: it["value"] for it in self.variables if "production" in it["target"]}
            return 201, {"job": {"id": "j1", "state": "PENDING", "createdAt": 1}}
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return 403, {"error": {"code": "forbidden", "message": "Not authorized"}}
        if asked.query.get("teamId") != "team_1":
            return 404, {"error": {"code": "not_found"}}
        return self._variables(asked)

    def _variables(self, asked: Asked) -> Said:
        match asked.method, asked.way:
            case "GET", ("v10", "projects", "shop", "env"):
                return 200, {"envs": [_listed(it) for it in self.variables]}
            case "GET", ("v1", "projects", "shop", "env", number):
                return 200, self._of(number)
            case "PATCH", ("v9", "projects", "shop", "env", number):
                found = self._of(number)
                assert {"value", "comment"} >= set(asked.body)
                found.update(asked.body)
                return 200, _listed(found)
            case "POST", ("v10", "projects", "shop", "env"):
                body = asked.body
                if any(it["key"] == body["key"] and set(it["target"]) & set(body["target"]) for it in self.variables):
                    return 400, {"error": {"code": "ENV_ALREADY_EXISTS"}}
                made = self._add(body["key"], body["value"], body["type"], body["target"])
                made["comment"] = body["comment"]
                return 201, {"created": _listed(made), "failed": []}
            case _:
                return 404, {"error": {"code": "not_found"}}

    def _of(self, number: str) -> dict[str, Any]:
        return next(it for it in self.variables if it["id"] == number)


def _listed(variable: dict[str, Any]) -> dict[str, Any]:
    """Return a variable as lists show it: only a plain one with its value."""
    return variable if variable["type"] == "plain" else {**variable, "value": "eyJ2IjoidjIi"}
