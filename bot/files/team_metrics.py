"""The metrics of a team file: each with the one source it is read from, and its secrets taken from the environment."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

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
from bot.domain.quotation import quote
from bot.files.team_document import SOURCES, HttpDoc, MetricDoc, PrometheusDoc, PrometheusServerDoc, SqlDoc
from bot.files.team_secrets import LOGIN, OPEN, SecretReader

if TYPE_CHECKING:
    from bot.files.source import Path

LONGEST_TIMEOUT = timedelta(minutes=1)


class MetricReader(SecretReader):
    """Reads the metrics of one file."""

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
            if OPEN.search(getattr(doc, key)):
                self.findings.add((*path, key), "`${`", "text without it", "Only headers can hold a secret.")
        secrets: dict[str, Secret] = {}
        for name, value in doc.headers.items():
            secrets |= self._header(name, value, (*path, "headers", name))
        return HttpQuery(
            doc.url, doc.path, doc.method, tuple(doc.headers.items()), doc.body, doc.samples, tuple(secrets.values())
        )

    def _sql(self, doc: SqlDoc, path: Path) -> SqlQuery | None:
        place: Path = (*path, "url")
        if OPEN.search(doc.url):
            url = self._whole(doc.url, place)
            return SqlQuery(url, doc.query) if url else None
        if "://" not in doc.url:
            self.findings.add(place, quote(doc.url), "${NAME}, or an address such as sqlite:///shop.db")
        elif LOGIN.search(doc.url):
            self._hidden(place)
        return SqlQuery(doc.url, doc.query)
