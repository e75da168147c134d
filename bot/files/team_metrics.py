"""The metrics of a team file: each with the one source it is read from, and its secrets taken from the environment."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.domain.metric import (
    HttpQuery,
    KeptQuery,
    Metric,
    PrometheusQuery,
    Query,
    ReportedQuery,
    Secret,
    SqlQuery,
)
from bot.domain.problem import Problem
from bot.domain.quotation import quote
from bot.files.team_document import SOURCES, HttpDoc, MetricDoc, PrometheusDoc, PrometheusServerDoc, SqlDoc

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.files.findings import Findings
    from bot.files.source import Path
    from bot.files.team_document import TeamDocument

LONGEST_TIMEOUT = timedelta(minutes=1)
_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_OPEN = re.compile(r"\$\{")
_LOGIN = re.compile(r"://[^/\s]*:[^/\s]*@")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"})
_HIDE = "Put it into the environment and write ${NAME} here."


class MetricReader:
    """Reads the metrics of one file; `secret` answers the value of a variable, or nothing where it is not set."""

    def __init__(self, document: TeamDocument, findings: Findings, secret: Callable[[str], str | None]) -> None:
        self.document = document
        self.findings = findings
        self.secret = secret

    def metrics(self) -> dict[str, Metric]:
        """Return the metrics that could be read."""
        if self.document.prometheus is not None:
            self._server(self.document.prometheus, ("prometheus",))
        read = (self._metric(name, metric) for name, metric in self.document.metrics.items())
        return {metric.name: metric for metric in read if metric is not None}

    def _metric(self, name: str, doc: MetricDoc) -> Metric | None:
        path: Path = ("metrics", name)
        named = [source for source in SOURCES if getattr(doc, source) is not None]
        if len(named) != 1:
            found = f"{' and '.join(named)} together" if named else "no source"
            self.findings.add(path, found, f"one of {', '.join(SOURCES)}", key=True)
            return None
        if doc.timeout > LONGEST_TIMEOUT:
            self.findings.add((*path, "timeout"), "a longer time", "at most 1m")
        query = self._query(doc, (*path, named[0]))
        return None if query is None else Metric(name, query, doc.measure, doc.description, doc.timeout)

    def _query(self, doc: MetricDoc, path: Path) -> Query | None:
        source = doc.prometheus or doc.http or doc.sql or doc.reported
        match source:
            case PrometheusDoc():
                return self._prometheus(source, path)
            case HttpDoc():
                return self._http(source, path)
            case SqlDoc():
                return self._sql(source, path)
            case None:
                return KeptQuery(doc.kept or "")
            case _:
                return ReportedQuery(source.max_age)

    def _prometheus(self, doc: PrometheusDoc, path: Path) -> PrometheusQuery | None:
        # A server of its own gets none of the other one's secrets.
        server, place = (doc, path) if doc.address else (self.document.prometheus, ("prometheus",))
        if doc.address is None and {"user", "password", "bearer"} & doc.model_fields_set:
            self.findings.add(path, "a login without an address", "`address` beside it")
        if server is None or server.address is None:
            self.findings.add(path, "no server", "`address` here, or `prometheus: {address: …}` at the top level")
            return None
        if server is doc:
            self._server(doc, path)
        return PrometheusQuery(
            address=server.address,
            query=doc.query,
            samples=doc.samples,
            user=server.user,
            password=self._whole(server.password, (*place, "password"), report=False),
            bearer=self._whole(server.bearer, (*place, "bearer"), report=False),
        )

    def _server(self, server: PrometheusServerDoc, path: Path) -> None:
        """Check a server once, however many metrics are read from it."""
        if server.address is None:
            self.findings.add(path, "no `address`", "the server's address")
        else:
            self._address(server.address, (*path, "address"))
        self._whole(server.password, (*path, "password"))
        self._whole(server.bearer, (*path, "bearer"))
        if server.bearer and (server.user or server.password):
            self.findings.add((*path, "bearer"), "a token beside a user", "one way to log in", key=True)
        elif bool(server.user) != bool(server.password):
            self.findings.add(path, "half a login", "`user` and `password`")

    def _http(self, doc: HttpDoc, path: Path) -> HttpQuery:
        self._address(doc.url, (*path, "url"))
        for key in ("path", "body", "samples"):
            if _OPEN.search(getattr(doc, key)):
                self.findings.add((*path, key), "`${`", "text without it", "Only headers can hold a secret.")
        secrets: dict[str, Secret] = {}
        for name, value in doc.headers.items():
            place: Path = (*path, "headers", name)
            if name.lower() in _CREDENTIALS and not _SECRET.search(value):
                self._hidden(place)
            secrets |= self._within(value, place)
        return HttpQuery(
            doc.url, doc.path, doc.method, tuple(doc.headers.items()), doc.body, doc.samples, tuple(secrets.values())
        )

    def _sql(self, doc: SqlDoc, path: Path) -> SqlQuery | None:
        place: Path = (*path, "url")
        if _OPEN.search(doc.url):
            url = self._whole(doc.url, place)
            return SqlQuery(url, doc.query) if url else None
        if "://" not in doc.url:
            self.findings.add(place, quote(doc.url), "${NAME}, or an address such as sqlite:///shop.db")
        elif _LOGIN.search(doc.url):
            self._hidden(place)
        return SqlQuery(doc.url, doc.query)

    def _address(self, url: str, place: Path) -> None:
        try:
            parts = urlsplit(url)
            fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and not _OPEN.search(url)
        except ValueError:
            fits = False
        if not fits:
            self.findings.add(place, quote(url), "an address such as https://metrics.example.org")
        elif _LOGIN.search(url):
            self._hidden(place)

    def _whole(self, text: str | None, place: Path, *, report: bool = True) -> Secret | None:
        """Return the secret that a text is; `report` is off where another reading reports what is wrong with it."""
        if text is None:
            return None
        found = _SECRET.fullmatch(text)
        if found is None:
            if report:
                self._hidden(place)
            return None
        return self._named(found, text, place, report=report)

    def _within(self, text: str, place: Path) -> dict[str, Secret]:
        """Return the secrets that a text names, by their names."""
        found = list(_SECRET.finditer(text))
        if len(found) != len(_OPEN.findall(text)):
            self.findings.add(place, "`${` without a name", "${NAME} of letters, digits and underscores")
        read = (self._named(match, text, place) for match in found)
        return {secret.name: secret for secret in read if secret is not None}

    def _named(self, found: re.Match[str], text: str, place: Path, *, report: bool = True) -> Secret | None:
        value = self.secret(found[1])
        if value:
            return Secret(found[1], value)
        if report and not self._doubtful(place):
            source = self.findings.source
            where = source.place_within(place, text, found.start())
            self.findings.keep(
                source.problem(where, f"{found[0]}, which is not set", "a variable of the environment with a value")
            )
        return None

    def _hidden(self, place: Path) -> None:
        """Report a secret that is written out, without showing its line: problems are shown in chat and kept in logs."""
        if not self._doubtful(place):
            at = self.findings.source.place_of(place)
            found = "a secret that is written out"
            self.findings.keep(Problem(self.findings.source.file, at.line, at.column, found, "${NAME}", _HIDE))

    def _doubtful(self, place: Path) -> bool:
        return any(place[: len(doubt)] == doubt for doubt in self.findings.doubtful)
