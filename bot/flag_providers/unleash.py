"""Flags in Unleash: the share is a `flexibleRollout` strategy of the environment, the switch is the environment's.

Three habits of the server shape this. An environment that is switched on without a strategy lets everybody in, so the
strategy comes first. A share above 100 is taken, so ours is checked before. Nothing tells that somebody else wrote in
between, so what is there is read before each write and after it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.domain.errors import NotFound, Refused, Unavailable
from bot.domain.flag import FlagSetting
from bot.domain.holding import alike
from bot.domain.percent import ZERO
from bot.flag_providers.documents import ALL_ON, listing, mapping, setting_of, share, switched, written
from bot.flag_providers.fitness import require_held
from bot.flag_providers.web_call import Call, Reply, Web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.flag import FlagTarget
    from bot.domain.holding import Holds
    from bot.domain.provider import Provider, UnleashServer

STRATEGY = "flexibleRollout"
EVERYBODY = "default"
"""The strategy that lets everybody in."""

_NOT_FOUND = 404
_KEPT = ("title", "constraints", "segments", "variants")
"""What of a strategy is somebody else's and stays as it is."""


class Unleash:
    """The FlagProvider port over Unleash's admin API."""

    def __init__(self, provider: Provider, server: UnleashServer, web: Web) -> None:
        self._provider = provider
        self._server = server
        self._web = web

    @property
    def holds(self) -> Holds:
        """Return what Unleash can hold here."""
        return self._provider.holds

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what the environment's strategies let in. Raises Refused for strategies that are no plain share."""
        found = await self._find(flag, environment)
        return None if found is None else _held(found, self._provider.name, flag)

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Write the strategy, then the switch; to switch off is one call and needs no strategy."""
        del cause  # The server's own log names the token's owner.
        require_held(self._provider, target)
        flag, environment = target.flag, target.environment
        found = await self._find(flag, environment)
        if found is None:
            raise NotFound(
                f"{self._provider.name} has no flag “{self._provider.flag(flag)}” in "
                f"{self._provider.environment(environment)}.",
                f"create it in {self._provider.name}",
            )
        if not target.setting.on:
            if switched(found.get("enabled"), self._provider.name):
                await self._send("POST", flag, environment, "/off")
        else:
            await self._put_strategy(found, target)
            if not switched(found.get("enabled"), self._provider.name):
                await self._send("POST", flag, environment, "/on")
        await self._look_again(target)

    async def _put_strategy(self, found: Mapping[str, Any], target: FlagTarget) -> None:
        standing = listing(found.get("strategies"), self._provider.name)
        _require_plain(standing, self._provider.name, target.flag)
        share_wanted = written(target.setting.percent)
        if not standing:
            parameters = {"rollout": share_wanted, "stickiness": "default", "groupId": self._provider.flag(target.flag)}
            made = {"name": STRATEGY, "parameters": parameters, "constraints": []}
            await self._send("POST", target.flag, target.environment, "/strategies", made)
            return
        only = standing[0]
        old = mapping(only.get("parameters") or {}, self._provider.name)
        if only.get("name") == STRATEGY and old.get("rollout") == share_wanted and not only.get("disabled"):
            return
        # The group and the stickiness decide who is in: with other ones everybody would be dealt out anew.
        parameters = {
            "rollout": share_wanted,
            "stickiness": old.get("stickiness") or "default",
            "groupId": old.get("groupId") or self._provider.flag(target.flag),
        }
        kept = {key: only[key] for key in _KEPT if only.get(key) is not None}
        body: dict[str, Any] = {**kept, "name": STRATEGY, "parameters": parameters, "disabled": False}
        way = f"/strategies/{quote(str(only.get('id')), safe='')}"
        await self._send("PUT", target.flag, target.environment, way, body)

    async def _look_again(self, target: FlagTarget) -> None:
        found = await self._find(target.flag, target.environment)
        if found is None or not alike(_held(found, self._provider.name, target.flag), target.setting):
            raise Unavailable(
                f"{self._provider.name} does not hold {target.flag} as it was written: somebody else writes it, too.",
                "Look at the flag's log there.",
            )

    async def _find(self, flag: str, environment: str) -> Mapping[str, Any] | None:
        reply = await self._call("GET", flag, environment, "")
        if reply.status == _NOT_FOUND:
            return None
        return mapping(reply.json(), self._provider.name)

    async def _send(
        self, method: str, flag: str, environment: str, way: str, body: Mapping[str, Any] | None = None
    ) -> None:
        (await self._call(method, flag, environment, way, body)).require()

    async def _call(
        self, method: str, flag: str, environment: str, way: str, body: Mapping[str, Any] | None = None
    ) -> Reply:
        place = (
            f"/api/admin/projects/{quote(self._server.project, safe='')}"
            f"/features/{quote(self._provider.flag(flag), safe='')}"
            f"/environments/{quote(self._provider.environment(environment), safe='')}"
        )
        return await self._web.send(
            Call(
                method,
                self._server.address.rstrip("/") + place + way,
                body=b"" if body is None else json.dumps(body).encode(),
                headers={"Authorization": self._server.token.value},
                timeout=self._provider.timeout,
            )
        )


def _held(found: Mapping[str, Any], name: str, flag: str) -> FlagSetting:
    """Return what an environment lets in; what is switched off is off whatever its strategies say."""
    on = switched(found.get("enabled"), name)
    standing = listing(found.get("strategies"), name)
    if not on:
        plain = len(standing) == 1 and standing[0].get("name") == STRATEGY
        kept = mapping(standing[0].get("parameters") or {}, name).get("rollout") if plain else None
        return setting_of(on=False, percent=ZERO if kept is None else share(kept, name))
    if not standing:
        return ALL_ON
    _require_plain(standing, name, flag)
    if standing[0].get("disabled"):
        raise _not_plain(name, flag, "a strategy that is switched off")
    if standing[0].get("name") == EVERYBODY:
        return ALL_ON
    rollout = mapping(standing[0].get("parameters") or {}, name).get("rollout", "100")
    return setting_of(on=True, percent=share(rollout, name))


def _require_plain(standing: list[Mapping[str, Any]], name: str, flag: str) -> None:
    """Refuse strategies that are more than one share of everybody. Raises Refused."""
    if len(standing) > 1:
        raise _not_plain(name, flag, f"{len(standing)} strategies")
    for strategy in standing:
        if strategy.get("name") not in {STRATEGY, EVERYBODY}:
            raise _not_plain(name, flag, "another strategy")
        if strategy.get("constraints") or strategy.get("segments"):
            raise _not_plain(name, flag, "a strategy with constraints")


def _not_plain(name: str, flag: str, what: str) -> Refused:
    return Refused(
        f"{flag} has {what} in {name}, and not one share of everybody.",
        f"leave one {STRATEGY} without constraints there",
        "/rollout rollback 1",
    )
