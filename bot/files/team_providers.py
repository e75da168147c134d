"""The providers of a team file: each of one kind, with its secrets taken from the environment."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from bot.domain.provider import (
    BUILTIN,
    DotenvFile,
    FlagsmithServer,
    LaunchDarklyProject,
    Provider,
    RestApi,
    RestRequest,
    System,
    UnleashServer,
    VercelProject,
)
from bot.files.team_provider_document import (
    KINDS,
    DotenvDoc,
    FlagsmithDoc,
    LaunchDarklyDoc,
    ProviderDoc,
    RestDoc,
    UnleashDoc,
    VercelDoc,
)
from bot.files.team_secrets import OPEN, SecretReader

if TYPE_CHECKING:
    from bot.domain.metric import Secret
    from bot.files.source import Path

LONGEST_TIMEOUT = timedelta(minutes=5)
"""A command that restarts a service may take its time; whoever waits for it is the loop alone."""

LEAST_BETWEEN = timedelta(seconds=10)
MOST_BETWEEN = timedelta(hours=1)


class ProviderReader(SecretReader):
    """Reads the providers of one file."""

    def providers(self) -> dict[str, Provider]:
        """Return the providers that could be read."""
        read = (self._provider(name, doc) for name, doc in self.document.providers.items())
        return {provider.name: provider for provider in read if provider is not None}

    def _provider(self, name: str, doc: ProviderDoc) -> Provider | None:
        path: Path = ("providers", name)
        if name == BUILTIN:
            self.findings.add(path, f"`{name}`", "another name", "This one is Rollcall's own store.", key=True)
        named = [kind for kind in KINDS if getattr(doc, kind) is not None]
        if len(named) != 1:
            found = f"{' and '.join(named)} together" if named else "no kind"
            self.findings.add(path, found, f"one of {', '.join(KINDS)}", key=True)
            return None
        if doc.timeout > LONGEST_TIMEOUT:
            self.findings.add((*path, "timeout"), "a longer time", "at most 5m")
        if not LEAST_BETWEEN <= doc.drift_every <= MOST_BETWEEN:
            self.findings.add((*path, "drift_every"), "another time", "10s to 1h")
        system = self._system(doc, (*path, named[0]))
        if system is None:
            return None
        return Provider(name, system, doc.environments, doc.names, doc.timeout, doc.drift_every)

    def _system(self, doc: ProviderDoc, path: Path) -> System | None:
        kind = doc.unleash or doc.launchdarkly or doc.flagsmith or doc.vercel or doc.dotenv or doc.rest
        match kind:
            case UnleashDoc():
                token = self._token(kind.token, kind.address, path)
                return UnleashServer(kind.address, token, kind.project) if token else None
            case LaunchDarklyDoc():
                token = self._token(kind.token, kind.address, path)
                return LaunchDarklyProject(token, kind.project, kind.address, kind.context) if token else None
            case FlagsmithDoc():
                token = self._token(kind.token, kind.address, path)
                return FlagsmithServer(token, kind.address) if token else None
            case VercelDoc():
                return self._vercel(kind, path)
            case DotenvDoc():
                return DotenvFile(kind.file, tuple(kind.reload), kind.percent or "")
            case RestDoc():
                return self._rest(kind, path)
            case None:  # pragma: no cover - Exactly one kind is there.
                return None
            case _:
                assert_never(kind)

    def _token(self, token: str, address: str, path: Path) -> Secret | None:
        self._address(address, (*path, "address"))
        return self._whole(token, (*path, "token"))

    def _vercel(self, doc: VercelDoc, path: Path) -> VercelProject | None:
        token, hook = self._token(doc.token, doc.address, path), self._whole(doc.hook, (*path, "hook"))
        if token is None or hook is None:
            return None
        return VercelProject(token, doc.project, hook, doc.team, doc.address, doc.percent or "")

    def _rest(self, doc: RestDoc, path: Path) -> RestApi:
        for part, url in (("read", doc.read.url), ("write", doc.write.url)):
            place: Path = (*path, part, "url")
            self._address(url, place)
            if OPEN.search(url):
                self.findings.add(place, "`${`", "text without it", "Only headers can hold a secret.")
        if OPEN.search(doc.write.body):
            self.findings.add((*path, "write", "body"), "`${`", "text without it", "Only headers can hold a secret.")
        if bool(doc.read.percent) != ("{percent}" in doc.write.body + doc.write.url):
            self.findings.add(
                path, "a percentage that is only read, or only written", "`percent` in `read`, `{percent}` in `write`"
            )
        self._paths(doc, path)
        secrets: dict[str, Secret] = {}
        for name, value in doc.headers.items():
            secrets |= self._header(name, value, (*path, "headers", name))
        return RestApi(
            read=RestRequest(doc.read.url),
            write=RestRequest(doc.write.url, doc.write.method, doc.write.body),
            on=doc.read.on,
            percent=doc.read.percent,
            finest=doc.finest,
            headers=tuple(doc.headers.items()),
            secrets=tuple(secrets.values()),
        )

    def _paths(self, doc: RestDoc, path: Path) -> None:
        import jmespath
        from jmespath.exceptions import JMESPathError

        for key in ("on", "percent"):
            written = getattr(doc.read, key)
            try:
                if written:
                    jmespath.compile(written)
            except JMESPathError:
                self.findings.add((*path, "read", key), "no JMESPath", "a path such as data.enabled")
