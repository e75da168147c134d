"""Secrets of the team file: taken from the environment where `${NAME}` stands, and reported where they are written out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.domain.metric import Secret
from bot.domain.problem import Problem
from bot.domain.quotation import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.files.findings import Findings
    from bot.files.source import Path
    from bot.files.team_document import TeamDocument

OPEN = re.compile(r"\$\{")
LOGIN = re.compile(r"://[^/\s]*:[^/\s]*@")
SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"})
_HIDE = "Put it into the environment and write ${NAME} here."


class SecretReader:
    """Reads a part of one file; `secret` answers the value of a variable, or nothing where it is not set."""

    def __init__(self, document: TeamDocument, findings: Findings, secret: Callable[[str], str | None]) -> None:
        self.document = document
        self.findings = findings
        self.secret = secret

    def _header(self, name: str, value: str, place: Path) -> dict[str, Secret]:
        """Return the secrets that a header's value names; one that logs in and names none is written out."""
        if name.lower() in _CREDENTIALS and not SECRET.search(value):
            self._hidden(place)
        return self._within(value, place)

    def _address(self, url: str, place: Path) -> None:
        try:
            parts = urlsplit(url)
            fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and not OPEN.search(url)
        except ValueError:
            fits = False
        if not fits:
            self.findings.add(place, quote(url), "an address such as https://metrics.example.org")
        elif LOGIN.search(url):
            self._hidden(place)

    def _whole(self, text: str | None, place: Path, *, report: bool = True) -> Secret | None:
        """Return the secret that a text is; `report` is off where another reading reports what is wrong with it."""
        if text is None:
            return None
        found = SECRET.fullmatch(text)
        if found is None:
            if report:
                self._hidden(place)
            return None
        return self._named(found, text, place, report=report)

    def _within(self, text: str, place: Path) -> dict[str, Secret]:
        """Return the secrets that a text names, by their names."""
        found = list(SECRET.finditer(text))
        if len(found) != len(OPEN.findall(text)):
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
