"""Flags as environment variables at Vercel: a change is in force once the project is deployed anew.

Between the two stands a note, in the comment of the flag's variable, of what was in force before. As long as it is there
a read answers with that, so that a redeploy that was not asked for, or whose answer was lost, is asked for again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from bot.domain.errors import Refused
from bot.flag_providers.documents import listing, mapping
from bot.flag_providers.fitness import require_held
from bot.flag_providers.variables import from_note, setting_from, to_note, values_for, variable_of
from bot.flag_providers.web_call import Call, Reply, Web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.flag import FlagSetting, FlagTarget
    from bot.domain.holding import Holds
    from bot.domain.provider import Provider, VercelProject

WAITS = "Rollcall waits for a redeploy; in force: "
DONE = "Set by Rollcall"


class Vercel:
    """The FlagProvider port over Vercel's REST API and a deploy hook."""

    def __init__(self, provider: Provider, project: VercelProject, web: Web) -> None:
        self._provider = provider
        self._project = project
        self._web = web

    @property
    def holds(self) -> Holds:
        """Return what the variables can hold."""
        return self._provider.holds

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what is in force: what was there before, while a redeploy is still to come."""
        return self._in_force(await self._variables(flag, environment), flag)

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Write the variables that differ, ask for a redeploy, and take the note away."""
        require_held(self._provider, target)
        switch = variable_of(self._provider, target.flag)
        found = await self._variables(target.flag, target.environment)
        wanted = values_for(target.setting, switch, self._project.percent)
        waiting = _waits(found.get(switch))
        different = [name for name, value in wanted.items() if found.get(name, {}).get("value") != value]
        if not different and not waiting:
            return
        note = WAITS + to_note(self._in_force(found, target.flag))
        # The switch carries the note, so it goes first.
        for name in dict.fromkeys((switch, *different)):
            await self._put(found.get(name), name, wanted[name], target.environment, note if name == switch else DONE)
        await self._redeploy()
        made = (await self._variables(target.flag, target.environment)).get(switch)
        await self._put(made, switch, wanted[switch], target.environment, f"{DONE} for {cause}")

    def _in_force(self, found: Mapping[str, Mapping[str, Any]], flag: str) -> FlagSetting | None:
        switch = variable_of(self._provider, flag)
        if _waits(found.get(switch)):
            return from_note(str(found[switch]["comment"]).removeprefix(WAITS))
        values = {name: str(it.get("value", "")) for name, it in found.items()}
        return setting_from(values, switch, self._project.percent)

    async def _variables(self, flag: str, environment: str) -> dict[str, Mapping[str, Any]]:
        """Return the flag's variables of one environment by their names, with their values."""
        there = self._provider.environment(environment)
        switch = variable_of(self._provider, flag)
        names = {switch, switch + self._project.percent}
        document = mapping((await self._call("GET", "v10", "")).json(), self._provider.name)
        found: dict[str, Mapping[str, Any]] = {}
        for it in listing(document.get("envs"), self._provider.name):
            if it.get("key") in names and there in _targets(it):
                found[str(it["key"])] = await self._with_value(it)
        return found

    async def _with_value(self, variable: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a variable with its value, which the list shows only of plain ones."""
        if len(_targets(variable)) > 1 or variable.get("gitBranch"):
            raise Refused(
                f"{variable.get('key')} stands for several environments or one branch at {self._provider.name}.",
                "make it one variable for each environment there",
            )
        match variable.get("type"):
            case "plain":
                return variable
            case "sensitive":
                raise Refused(
                    f"{variable.get('key')} cannot be read back from {self._provider.name}: it is marked sensitive.",
                    "make it a plain variable there",
                )
            case _:
                way = f"/{quote(str(variable.get('id')), safe='')}"
                return mapping((await self._call("GET", "v1", way)).json(), self._provider.name)

    async def _put(self, old: Mapping[str, Any] | None, name: str, value: str, environment: str, comment: str) -> None:
        body: dict[str, Any] = {"value": value, "comment": comment}
        if old is not None:
            way = f"/{quote(str(old.get('id')), safe='')}"
            (await self._call("PATCH", "v9", way, body)).require()
        else:
            body |= {"key": name, "type": "plain", "target": [self._provider.environment(environment)]}
            (await self._call("POST", "v10", "", body)).require()

    async def _redeploy(self) -> None:
        call = Call("POST", self._project.hook.value, timeout=self._provider.timeout)
        (await self._web.send(call)).require()

    async def _call(self, method: str, version: str, way: str, body: object = None) -> Reply:
        project = quote(self._project.project, safe="")
        query = f"?{urlencode({'teamId': self._project.team})}" if self._project.team else ""
        return await self._web.send(
            Call(
                method,
                f"{self._project.address.rstrip('/')}/{version}/projects/{project}/env{way}{query}",
                body=b"" if body is None else json.dumps(body).encode(),
                headers={"Authorization": f"Bearer {self._project.token.value}"},
                timeout=self._provider.timeout,
            )
        )


def _targets(variable: Mapping[str, Any]) -> list[str]:
    target = variable.get("target") or []
    return [target] if isinstance(target, str) else [str(it) for it in target]


def _waits(variable: Mapping[str, Any] | None) -> bool:
    return variable is not None and str(variable.get("comment") or "").startswith(WAITS)
