"""As much of Flagsmith's management API as switching a feature in an environment needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.api_server import Asked, Said

TOKEN = "*:*.very-secret-admin-token"


@dataclass(slots=True)
class FakeFlagsmith:
    """Feature states of the environment whose key is `production`, by the feature's name."""

    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    segments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def make(self, flag: str) -> None:
        """Create a feature, off."""
        number = len(self.states) + 1
        self.states[flag] = {
            "id": number,
            "enabled": False,
            "feature": 100 + number,
            "feature_state_value": None,
            "identity": None,
            "feature_segment": None,
        }

    def answer(self, asked: Asked) -> Said:
        """Answer one request."""
        if asked.headers.get("authorization") != f"Api-Key {TOKEN}":
            return 401, {"detail": "Authentication credentials were not provided."}
        match asked.method, asked.way:
            case "GET", ("api", "v1", "environments", "production", "featurestates"):
                name = asked.query["feature_name"]
                found = [states[name] for states in (self.states, self.segments) if name in states]
                return 200, {"count": len(found), "next": None, "previous": None, "results": found}
            case "PATCH", ("api", "v1", "environments", "production", "featurestates", number):
                state = next(it for it in self.states.values() if str(it["id"]) == number)
                assert set(asked.body) == {"enabled"}
                assert isinstance(asked.body["enabled"], bool)
                state.update(asked.body)
                return 200, state
            case _:
                return 404, {"detail": "Not found."}
