"""The ways out of a team file: PagerDuty's services and token, and webhooks, with their secrets from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.domain.pager import PagerDutyService, Webhook
from bot.domain.problem import Problem
from bot.domain.quotation import quote
from bot.files.findings import did_you_mean
from bot.files.team_secrets import LOGIN, SECRET, SecretReader

if TYPE_CHECKING:
    from bot.domain.metric import Secret
    from bot.files.source import Path
    from bot.files.team_paging import ServiceDoc, WebhookDoc

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class PagerReader(SecretReader):
    """Reads the ways out of one file."""

    def token(self) -> Secret | None:
        """Return the token with which PagerDuty is asked who is on call; it is missed where a schedule needs it."""
        block = self.document.pagerduty
        if block is not None and block.token is not None:
            return self._whole(block.token, ("pagerduty", "token"))
        asking = next((name for name, doc in self.document.schedules.items() if doc.pagerduty), None)
        if asking is not None:
            place: Path = ("schedules", asking, "pagerduty")
            self.findings.add(
                place, "a schedule of PagerDuty without a token", "`pagerduty: {token: ${NAME}}`", key=True
            )
        return None

    def services(self) -> dict[str, PagerDutyService]:
        """Return the services that could be read."""
        block = self.document.pagerduty
        docs = block.services if block is not None else {}
        read = (self._service(name, doc) for name, doc in docs.items())
        return {it.name: it for it in read if it is not None}

    def webhooks(self) -> dict[str, Webhook]:
        """Return the webhooks that could be read."""
        read = (self._webhook(name, doc) for name, doc in self.document.webhooks.items())
        return {it.name: it for it in read if it is not None}

    def _service(self, name: str, doc: ServiceDoc) -> PagerDutyService | None:
        path: Path = ("pagerduty", "services", name)
        for index, environment in enumerate(doc.changes):
            if environment not in self.document.environments:
                known = tuple(self.document.environments)
                expected = "a name that stands under `environments`"
                place = (*path, "changes", index)
                self.findings.add(place, quote(environment), expected, did_you_mean(environment, known))
        key = self._whole(doc.routing_key, (*path, "routing_key"))
        return PagerDutyService(name, key, tuple(doc.changes)) if key is not None else None

    def _webhook(self, name: str, doc: WebhookDoc) -> Webhook | None:
        path: Path = ("webhooks", name)
        url = self._url(doc.url, (*path, "url"))
        secret = self._whole(doc.secret, (*path, "secret"))
        return Webhook(name, url, secret) if url is not None and secret is not None else None

    def _url(self, text: str, place: Path) -> Secret | str | None:
        """Return an address, or the secret that holds one; neither is repeated where it is wrong."""
        if SECRET.fullmatch(text):
            secret = self._whole(text, place)
            return secret if secret is None or self._callable(secret.value, place) else None
        if LOGIN.search(text):
            self._hidden(place)
            return None
        return text if self._callable(text, place) else None

    def _callable(self, url: str, place: Path) -> bool:
        try:
            parts = urlsplit(url)
            fits = bool(parts.hostname) and (
                parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
            )
            fits = fits and parts.port != 0
        except ValueError:
            fits = False
        if not fits and not self._doubtful(place):
            at = self.findings.source.place_of(place)
            found, expected = "an address that is not called", "an address that begins with https://"
            hint = "Events are not sent unprotected, except on this machine."
            self.findings.keep(Problem(self.findings.source.file, at.line, at.column, found, expected, hint))
        return fits
