"""Flags in LaunchDarkly: a boolean flag's fallthrough is the share, its individual targets are the named users.

One JSON patch changes all of it at once, and tests the flag's version first, so that what somebody else wrote in between
is never overwritten unseen: 409 says so, and the flag is read anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.domain.errors import NotFound, Refused, Unavailable
from bot.domain.flag import FlagSetting
from bot.domain.holding import alike
from bot.domain.percent import FULL, ZERO, Percent
from bot.flag_providers.documents import listing, mapping, switched
from bot.flag_providers.fitness import require_held
from bot.flag_providers.web_call import Call, Reply, Web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.flag import FlagTarget
    from bot.domain.holding import Holds
    from bot.domain.provider import LaunchDarklyProject, Provider

ATTEMPTS = 3
"""So often a flag that somebody else wrote at the same moment is read anew."""

WEIGHTS = 100_000
"""What the weights of a rollout sum to: thousandths of a percent."""

_NOT_FOUND, _CONFLICT = 404, 409


@dataclass(frozen=True, slots=True)
class _Found:
    """A flag as it stands: its version, which of its variations is true and which false, and one environment."""

    version: int
    yes: int
    no: int
    there: Mapping[str, Any]


class LaunchDarkly:
    """The FlagProvider port over LaunchDarkly's REST API."""

    def __init__(self, provider: Provider, project: LaunchDarklyProject, web: Web) -> None:
        self._provider = provider
        self._project = project
        self._web = web

    @property
    def holds(self) -> Holds:
        """Return what LaunchDarkly can hold here."""
        return self._provider.holds

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what the environment lets in. Raises Refused for rules and prerequisites, which are no plain share."""
        found = await self._find(flag, environment)
        return None if found is None else self._held(found, flag)

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Patch the flag as it was read; what changed meanwhile is read again, a few times."""
        require_held(self._provider, target)
        for _ in range(ATTEMPTS):
            found = await self._find(target.flag, target.environment)
            if found is None:
                raise NotFound(
                    f"{self._provider.name} has no flag “{self._provider.flag(target.flag)}” in "
                    f"{self._provider.environment(target.environment)}.",
                    f"create it in {self._provider.name}",
                )
            # Going down does not ask what else is there.
            if target.setting.on and alike(self._held(found, target.flag), target.setting):
                return
            if not target.setting.on and not switched(found.there.get("on"), self._provider.name):
                return
            body = {"patch": self._patch(found, target), "comment": cause}
            reply = await self._call("PATCH", target.flag, "", body)
            if reply.status != _CONFLICT:
                reply.require()
                return
        raise Unavailable(
            f"{self._provider.name} does not take {target.flag}: somebody else writes it all the time.",
            "Look at the flag's history there.",
        )

    def _patch(self, found: _Found, target: FlagTarget) -> list[dict[str, Any]]:
        place = f"/environments/{_pointer(self._provider.environment(target.environment))}"
        patch: list[dict[str, Any]] = [{"op": "test", "path": "/version", "value": found.version}]
        if target.setting.on:
            kept = mapping(found.there.get("fallthrough") or {}, self._provider.name).get("rollout") or {}
            weight = target.setting.percent.milli
            shares = [{"variation": found.yes, "weight": weight}, {"variation": found.no, "weight": WEIGHTS - weight}]
            # What is hashed, and with which seed, decides who is in: it stays as it is.
            rollout = {"contextKind": self._project.context, **kept, "variations": shares}
            named = [{"values": list(target.setting.users), "variation": found.yes}] if target.setting.users else []
            patch.append({"op": "replace", "path": f"{place}/fallthrough", "value": {"rollout": rollout}})
            patch.append({"op": "replace", "path": f"{place}/targets", "value": named})
        patch.append({"op": "replace", "path": f"{place}/on", "value": target.setting.on})
        return patch

    def _held(self, found: _Found, flag: str) -> FlagSetting:
        name = self._provider.name
        on = switched(found.there.get("on"), name)
        if not on:
            if found.there.get("offVariation") == found.yes:
                raise self._not_plain(flag, "true as what it answers while it is off")
            return FlagSetting()
        for key, what in (("rules", "targeting rules"), ("prerequisites", "prerequisites")):
            if found.there.get(key):
                raise self._not_plain(flag, what)
        users: list[str] = []
        for target in (
            *listing(found.there.get("targets") or [], name),
            *listing(found.there.get("contextTargets") or [], name),
        ):
            if target.get("values") and target.get("variation") != found.yes:
                raise self._not_plain(flag, "targets that are kept out")
            users += [str(value) for value in target.get("values") or ()]
        share = self._share(found, flag)
        return FlagSetting(on=True, percent=share, users=tuple(dict.fromkeys(users)))

    def _share(self, found: _Found, flag: str) -> Percent:
        fallthrough = mapping(found.there.get("fallthrough") or {}, self._provider.name)
        if fallthrough.get("rollout") is None:
            return FULL if fallthrough.get("variation") == found.yes else ZERO
        parts = listing(
            mapping(fallthrough["rollout"], self._provider.name).get("variations") or [], self._provider.name
        )
        weight = sum(part["weight"] for part in parts if part.get("variation") == found.yes)
        if not isinstance(weight, int) or not 0 <= weight <= WEIGHTS:
            raise self._not_plain(flag, "weights that are no share")
        return Percent(weight)

    def _not_plain(self, flag: str, what: str) -> Refused:
        return Refused(
            f"{flag} has {what} in {self._provider.name}, and not one share of everybody.",
            "leave only the default rule and individual targets there",
            "/rollout rollback 1",
        )

    async def _find(self, flag: str, environment: str) -> _Found | None:
        theirs = self._provider.environment(environment)
        reply = await self._call("GET", flag, f"?env={quote(theirs, safe='')}")
        if reply.status == _NOT_FOUND:
            return None
        document = mapping(reply.json(), self._provider.name)
        there = mapping(document.get("environments") or {}, self._provider.name).get(theirs)
        if there is None:
            return None
        values = [it.get("value") for it in listing(document.get("variations") or [], self._provider.name)]
        if sorted(map(repr, values)) != ["False", "True"]:
            raise Refused(
                f"{flag} is no boolean flag in {self._provider.name}.", "create one with the variations true and false"
            )
        version = document.get("_version")
        if not isinstance(version, int):
            raise Refused(f"{self._provider.name} names no version of {flag}.", "check the provider's address")
        there = mapping(there, self._provider.name)
        return _Found(version, values.index(True), values.index(False), there)

    async def _call(self, method: str, flag: str, query: str, body: object = None) -> Reply:
        project, key = quote(self._project.project, safe=""), quote(self._provider.flag(flag), safe="")
        return await self._web.send(
            Call(
                method,
                f"{self._project.address.rstrip('/')}/api/v2/flags/{project}/{key}{query}",
                body=b"" if body is None else json.dumps(body).encode(),
                # The token alone, without the word Bearer before it.
                headers={"Authorization": self._project.token.value},
                timeout=self._provider.timeout,
            )
        )


def _pointer(name: str) -> str:
    """Return a name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
