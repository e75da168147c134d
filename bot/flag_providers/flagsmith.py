"""Flags in Flagsmith: the feature state of an environment, which is on or off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.domain.errors import NotFound, Refused
from bot.flag_providers.documents import listing, mapping, setting_of, switched
from bot.flag_providers.fitness import require_held
from bot.flag_providers.web_call import Call, Reply, Web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.flag import FlagSetting, FlagTarget
    from bot.domain.holding import Holds
    from bot.domain.provider import FlagsmithServer, Provider


class Flagsmith:
    """The FlagProvider port over Flagsmith's management API."""

    def __init__(self, provider: Provider, server: FlagsmithServer, web: Web) -> None:
        self._provider = provider
        self._server = server
        self._web = web

    @property
    def holds(self) -> Holds:
        """Return what Flagsmith can hold here."""
        return self._provider.holds

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return whether the feature is on. Raises Refused where segments see something else."""
        state = await self._find(flag, environment)
        return (
            None if state is None else setting_of(on=switched(state.get("enabled"), self._provider.name), percent=None)
        )

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Switch the feature."""
        del cause  # The server's own log names the key's owner.
        require_held(self._provider, target)
        state = await self._find(target.flag, target.environment)
        if state is None:
            raise NotFound(
                f"{self._provider.name} has no feature “{self._provider.flag(target.flag)}”.",
                f"create it in {self._provider.name}",
            )
        wanted = target.setting.on and target.setting.percent.milli > 0
        if switched(state.get("enabled"), self._provider.name) != wanted:
            way = f"{quote(str(state.get('id')), safe='')}/"
            (await self._call("PATCH", target.environment, way, {"enabled": wanted})).require()

    async def _find(self, flag: str, environment: str) -> Mapping[str, Any] | None:
        query = f"?feature_name={quote(self._provider.flag(flag), safe='')}"
        document = mapping((await self._call("GET", environment, query)).json(), self._provider.name)
        states = listing(document.get("results"), self._provider.name)
        if any(it.get("feature_segment") for it in states):
            raise Refused(
                f"{flag} has segments of its own in {self._provider.name}, and is not on or off for everybody.",
                "remove the segment overrides there",
            )
        return next((it for it in states if it.get("identity") is None), None)

    async def _call(self, method: str, environment: str, way: str, body: object = None) -> Reply:
        key = quote(self._provider.environment(environment), safe="")
        return await self._web.send(
            Call(
                method,
                f"{self._server.address.rstrip('/')}/api/v1/environments/{key}/featurestates/{way}",
                body=b"" if body is None else json.dumps(body).encode(),
                headers={"Authorization": f"Api-Key {self._server.token.value}"},
                timeout=self._provider.timeout,
            )
        )
