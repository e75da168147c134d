"""As much of LaunchDarkly's REST API as flags need: JSON patches with a version test, 409, and strict forms.

Shapes are those of the published client `launchdarkly-api` 25; there is no server to be had.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.api_server import Asked, Said

TOKEN = "*:*.very-secret-admin-token"


@dataclass(slots=True)
class FakeLaunchDarkly:
    """Flags of the project `shop`. `meanwhile` so many patches meet somebody else's write."""

    flags: dict[str, dict[str, Any]] = field(default_factory=dict)
    meanwhile: int = 0

    def make(self, flag: str) -> None:
        """Create a boolean flag, off in both environments."""
        there = {
            "on": False,
            "archived": False,
            "targets": [],
            "contextTargets": [],
            "rules": [],
            "prerequisites": [],
            "fallthrough": {"variation": 0},
            "offVariation": 1,
            "version": 1,
        }
        self.flags[flag] = {
            "key": flag,
            "kind": "boolean",
            "_version": 1,
            "variations": [{"_id": "a", "value": True}, {"_id": "b", "value": False}],
            "environments": {"production": deepcopy(there), "test": deepcopy(there)},
        }

    def answer(self, asked: Asked) -> Said:
        """Answer one request."""
        if asked.headers.get("authorization") != TOKEN:
            return 401, {"code": "unauthorized", "message": "Invalid key"}
        match asked.method, asked.way:
            case method, ("api", "v2", "flags", "shop", key) if key in self.flags:
                return self._flag(method, asked, self.flags[key])
            case _:
                return 404, {"code": "not_found", "message": "Unknown flag key"}

    def _flag(self, method: str, asked: Asked, flag: dict[str, Any]) -> Said:
        if method == "GET":
            wanted = asked.query.get("env")
            shown = {name: it for name, it in flag["environments"].items() if wanted in {None, name}}
            return 200, {**flag, "environments": shown}
        assert method == "PATCH"
        if self.meanwhile:
            self.meanwhile -= 1
            flag["_version"] += 1
        changed = deepcopy(flag)
        for operation in asked.body["patch"]:
            if not _applied(changed, operation):
                return 409, {"code": "conflict", "message": "Test operation failed"}
        _check(changed)
        changed["_version"] = flag["_version"] + 1
        flag.clear()
        flag.update(changed)
        return 200, flag


def _applied(flag: dict[str, Any], operation: dict[str, Any]) -> bool:
    """Apply one operation of RFC 6902; False where a test fails."""
    if operation["path"] == "/version":
        assert operation["op"] == "test"
        return bool(operation["value"] == flag["_version"])
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].strip("/").split("/")]
    place: Any = flag
    for part in way:
        place = place[part]
    assert operation["op"] == "replace"
    assert last in place
    place[last] = operation["value"]
    return True


def _check(flag: dict[str, Any]) -> None:
    """Insist on what the API insists on: whole weights that sum to 100,000, and variations that exist."""
    for there in flag["environments"].values():
        rollout = there["fallthrough"].get("rollout")
        if rollout is not None:
            weights = [part["weight"] for part in rollout["variations"]]
            assert all(type(weight) is int for weight in weights)
            assert sum(weights) == 100_000
            assert {part["variation"] for part in rollout["variations"]} == {0, 1}
            assert rollout["contextKind"]
        for target in there["targets"]:
            assert target["variation"] in {0, 1}
            assert all(isinstance(value, str) for value in target["values"])
