"""A team's own API of flags, as a team file may describe it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.domain.metric import Secret
from bot.domain.percent import Percent
from bot.domain.provider import RestApi, RestRequest
from tests.fakes.api_server import Asked, Said

TOKEN = "*:*.very-secret-admin-token"


@dataclass(slots=True)
class FakeTeamApi:
    """Flags by environment and key."""

    flags: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    causes: list[str] = field(default_factory=list)

    def make(self, flag: str) -> None:
        """Create a flag, off."""
        self.flags["production", flag] = {"enabled": False, "share": 0}

    def answer(self, asked: Asked) -> Said:
        """Answer one request."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, None
        match asked.method, asked.way:
            case "GET", ("flags", environment, flag) if (environment, flag) in self.flags:
                return 200, {"data": self.flags[environment, flag]}
            case "PUT", ("flags", environment, flag) if (environment, flag) in self.flags:
                assert set(asked.body) == {"enabled", "share", "why"}
                self.flags[environment, flag] = {"enabled": asked.body["enabled"], "share": asked.body["share"]}
                self.causes.append(asked.body["why"])
                return 200, None
            case _:
                return 404, {"error": "no such flag"}


def described(address: str) -> RestApi:
    """Return what a team file says of it."""
    url = f"{address}/flags/{{environment}}/{{flag}}"
    return RestApi(
        read=RestRequest(url),
        write=RestRequest(url, "PUT", '{"enabled": {on}, "share": {percent}, "why": {cause}}'),
        on="data.enabled",
        percent="data.share",
        finest=Percent(100),
        headers=(("Authorization", "Bearer ${TOKEN}"),),
        secrets=(Secret("TOKEN", TOKEN),),
    )
