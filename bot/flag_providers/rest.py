"""Flags behind any API that answers JSON, as the team file describes how it is read and written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import jmespath
from jmespath.exceptions import JMESPathError

from bot.domain.errors import NotFound, Refused
from bot.domain.holding import alike
from bot.flag_providers.documents import setting_of, share, share_of, switched, written
from bot.flag_providers.fitness import require_held
from bot.flag_providers.web_call import Call, Reply, Web

if TYPE_CHECKING:
    from bot.domain.flag import FlagSetting, FlagTarget
    from bot.domain.holding import Holds
    from bot.domain.provider import Provider, RestApi, RestRequest

_NOT_FOUND = 404
_PLACE = re.compile(r"\{(flag|environment|on|percent|cause)\}")
_SECRET = re.compile(r"\$\{([^}]*)\}")


class Rest:
    """The FlagProvider port over an API of the team's own."""

    def __init__(self, provider: Provider, api: RestApi, web: Web) -> None:
        self._provider = provider
        self._api = api
        self._web = web

    @property
    def holds(self) -> Holds:
        """Return what the team file says that it can hold."""
        return self._provider.holds

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        """Return what the answer says; None for 404. Raises Refused where it says something else than expected."""
        reply = await self._call(self._api.read, self._words(flag, environment))
        if reply.status == _NOT_FOUND:
            return None
        document, name = reply.json(), self._provider.name
        on = switched(_found(self._api.on, document, name), name)
        if not self._api.percent:
            return setting_of(on=on, percent=None)
        said = _found(self._api.percent, document, name)
        return setting_of(on=on, percent=None if said is None and on else share(said or 0, name))

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Send what the team file says, unless it is so already."""
        require_held(self._provider, target)
        held = await self.read(target.flag, target.environment)
        if held is None:
            raise NotFound(
                f"{self._provider.name} has no flag “{self._provider.flag(target.flag)}”.",
                f"create it in {self._provider.name}",
            )
        if alike(held, target.setting):
            return
        share_wanted = share_of(target.setting)
        words = {
            **self._words(target.flag, target.environment),
            "on": json.dumps(share_wanted.milli > 0),
            "percent": written(share_wanted),
            "cause": json.dumps(cause),
        }
        (await self._call(self._api.write, words)).require()

    def _words(self, flag: str, environment: str) -> dict[str, str]:
        """Return what stands for each word in a body: JSON."""
        theirs = {"flag": self._provider.flag(flag), "environment": self._provider.environment(environment)}
        return {word: json.dumps(value) for word, value in theirs.items()}

    async def _call(self, request: RestRequest, words: dict[str, str]) -> Reply:
        in_address = {word: quote(str(json.loads(value)), safe="") for word, value in words.items()}
        secrets = {secret.name: secret.value for secret in self._api.secrets}
        headers = {name: _SECRET.sub(lambda it: secrets[it[1]], value) for name, value in self._api.headers}
        return await self._web.send(
            Call(
                request.method,
                _PLACE.sub(lambda it: in_address.get(it[1], it[0]), request.url),
                body=_PLACE.sub(lambda it: words.get(it[1], it[0]), request.body).encode(),
                headers=headers,
                timeout=self._provider.timeout,
            )
        )


def _found(path: str, document: object, name: str) -> object:
    try:
        return jmespath.search(path, document)
    except JMESPathError:
        raise Refused(f"{name} answers with nothing that fits {path}.", "check the path in the team file") from None
