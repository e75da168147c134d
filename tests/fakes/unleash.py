"""As much of Unleash's admin API as a strategy and a switch need, with the habits of the real server that matter.

Checked against `unleash-server` 7.6.5, on which the same contract runs where it is installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.fakes.api_server import Asked, Said

TOKEN = "*:*.very-secret-admin-token"


@dataclass(slots=True)
class Environment:
    """What a feature holds in one environment."""

    enabled: bool = False
    strategies: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class FakeUnleash:
    """Features of the project `default` by name and environment."""

    features: dict[str, dict[str, Environment]] = field(default_factory=dict)
    ids: count[int] = field(default_factory=count)

    def make(self, flag: str, *environments: str) -> None:
        """Create a feature, off everywhere."""
        self.features[flag] = {name: Environment() for name in environments or ("production", "development")}

    def answer(self, asked: Asked) -> Said:
        """Answer one request."""
        if asked.headers.get("authorization") != TOKEN:
            return 401, {"message": "You must log in to use Unleash."}
        match asked.way:
            case ("api", "admin", "projects", "default", "features", feature, "environments", name, *rest):
                found = self.features.get(feature, {}).get(name)
                if found is None:
                    return 404, {"name": "NotFoundError", "message": f"Could not find {feature}"}
                return self._environment(asked, found, feature, name, tuple(rest))
            case _:
                return 404, {"name": "NotFoundError"}

    def _environment(self, asked: Asked, found: Environment, feature: str, name: str, rest: tuple[str, ...]) -> Said:
        match asked.method, rest:
            case "GET", ():
                return 200, {
                    "name": feature,
                    "environment": name,
                    "enabled": found.enabled,
                    "strategies": found.strategies,
                }
            case "POST", ("on",):
                if not found.strategies:
                    found.strategies.append(self._strategy({"name": "flexibleRollout", "parameters": _all(feature)}))
                found.enabled = True
                return 200, None
            case "POST", ("off",):
                found.enabled = False
                return 200, None
            case "POST", ("strategies",):
                found.strategies.append(self._strategy(asked.body))
                return 200, found.strategies[-1]
            case "PUT", ("strategies", number):
                return self._replace(asked, found, number)
            case _:
                return 405, {"message": "no such method"}

    def _replace(self, asked: Asked, found: Environment, number: str) -> Said:
        place = next((index for index, it in enumerate(found.strategies) if it["id"] == number), None)
        if place is None:
            return 404, {"name": "NotFoundError"}
        found.strategies[place] = {**self._strategy(asked.body), "id": number}
        return 200, found.strategies[place]

    def _strategy(self, body: dict[str, Any]) -> dict[str, Any]:
        if any(not isinstance(value, str) for value in body["parameters"].values()):
            raise AssertionError("the parameters of a strategy are texts")
        return {
            "id": f"s-{next(self.ids)}",
            "name": body["name"],
            "title": body.get("title"),
            "disabled": body.get("disabled", False),
            "constraints": body.get("constraints", []),
            "parameters": body["parameters"],
            "variants": body.get("variants", []),
            "segments": body.get("segments", []),
        }


def _all(feature: str) -> dict[str, str]:
    return {"rollout": "100", "stickiness": "default", "groupId": feature}
