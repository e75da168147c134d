"""Asking over HTTP within limits: of time, of size, of patience; and saying in one sentence why there is no answer.

The transport is used without httpx's client around it: nothing follows redirects, keeps cookies, reads .netrc or proxy
variables, or logs an address. An exception of httpx never leaves this module, since it may hold a header's value.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from bot.domain.errors import Unavailable
from bot.metric_sources.patience import time_limit
from bot.metric_sources.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.metric_sources.web_address import Address
    from bot.ports import Clock

MOST_BYTES = 1_000_000
ATTEMPTS = 3
TRIED_AGAIN = frozenset({502, 503, 504})
FIRST_PAUSE = timedelta(milliseconds=200)
"""Before the second attempt, on average; twice as long before the third."""

_CHECK_ADDRESS = "Check the metric's address, and that the server runs."
FAILURES: dict[type[httpx.TransportError], tuple[str, str]] = {
    httpx.TimeoutException: ("took too long", "Try again later."),
    httpx.ConnectError: ("cannot be reached", _CHECK_ADDRESS),
    httpx.NetworkError: ("broke off the connection", "Try again later; look into the server's own log if it goes on."),
    httpx.RemoteProtocolError: ("did not answer in HTTP", _CHECK_ADDRESS),
    httpx.ProtocolError: ("cannot be asked this way", "Check the metric's address, method and headers."),
    httpx.ProxyError: ("cannot be reached through the proxy", _CHECK_ADDRESS),
    httpx.UnsupportedProtocol: ("cannot be asked this way", "Write an address that starts with http:// or https://."),
}
"""By httpx's kinds of failure, the narrowest that fits."""

_STATUS_HINTS = {
    401: "Check the secret that the metric's login or header uses.",
    403: "Check what the metric's login may read.",
    404: _CHECK_ADDRESS,
    429: "Ask it less often: give the metric a longer interval.",
}


@dataclass(frozen=True, slots=True)
class WebQuestion:
    """One request. `headers` and `body` are as they go out, secrets included; `redaction` knows those."""

    address: Address
    method: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    redaction: Redaction
    timeout: timedelta

    def __repr__(self) -> str:
        """Show what may be seen, should a traceback print its variables."""
        return f"WebQuestion({self.method} {self.address.shown})"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a status that is neither a redirect nor worth another attempt, and the whole body."""

    status: int
    kind: str
    content: bytes
    shown: str

    def unwanted_status(self) -> Unavailable:
        """Return the refusal that this status is."""
        return Unavailable(
            f"{self.shown} answered with status {self.status}.",
            _STATUS_HINTS.get(self.status, "Look into the server's own log."),
        )

    def json(self) -> object:
        """Return the body as JSON. Raises Unavailable, with what the body is instead."""
        try:
            parsed: object = json.loads(self.content)
        except (ValueError, RecursionError):
            pass
        else:
            return parsed
        if not self.content.strip():
            raise Unavailable(f"{self.shown} answered with nothing at all.", _CHECK_ADDRESS)
        if "html" in self.kind or self.content.lstrip()[:1] == b"<":
            raise Unavailable(
                f"{self.shown} answered with a web page instead of JSON.",
                "Check the metric's address and login: a page is often an invitation to sign in.",
            )
        raise Unavailable(f"{self.shown} answered with something that is not JSON.", _CHECK_ADDRESS)


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why an attempt brought nothing, and whether another one may."""

    sentence: str
    hint: str
    again: bool


class Web:
    """Asks over HTTP, with one pool of connections that is opened when it is first needed."""

    def __init__(
        self,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._clock = clock
        self._transport = transport
        self._chance = chance or random.SystemRandom().random

    async def ask(self, question: WebQuestion) -> Reply:
        """Ask until there is a reply, the attempts are used up, or the question's time is. Raises Unavailable."""
        failures: list[_Failure] = []
        try:
            async with asyncio.timeout(question.timeout.total_seconds()):
                reply = await self._insist(question, failures)
        except TimeoutError:
            reply = None
        if reply is not None:
            return reply
        shown = question.address.shown
        if not failures:
            raise Unavailable(f"{shown} did not answer within {time_limit(question.timeout)}.", _CHECK_ADDRESS)
        raise Unavailable(f"{shown} {failures[-1].sentence}.", failures[-1].hint)

    async def aclose(self) -> None:
        """Close the connections; the next question opens new ones."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    async def _insist(self, question: WebQuestion, failures: list[_Failure]) -> Reply | None:
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._pause(attempt)
            outcome = await self._attempt(question)
            if isinstance(outcome, Reply):
                return outcome
            failures.append(outcome)
            if not outcome.again:
                return None
        return None

    async def _pause(self, attempt: int) -> None:
        # Half to one and a half times the usual length, so that many who failed together do not come back together.
        length = FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + self._chance())
        await self._clock.wait(asyncio.Event(), self._clock.now() + length)

    async def _attempt(self, question: WebQuestion) -> Reply | _Failure:
        request = httpx.Request(
            question.method,
            question.address.url,
            # Compressed answers are not asked for: a small one can unfold into a very large one.
            headers=[("Accept", "application/json"), *question.headers, ("Accept-Encoding", "identity")],
            content=question.body,
        )
        try:
            response = await self._pool().handle_async_request(request)
            try:
                return await _read(response, question.address.shown)
            finally:
                await response.aclose()
        except (httpx.TransportError, OSError) as error:
            return _failure_of(error)

    def _pool(self) -> httpx.AsyncBaseTransport:
        if self._transport is None:
            # The system's own certificates, which know a company's; httpx would bring its own.
            self._transport = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), trust_env=False)
        return self._transport


async def _read(response: httpx.Response, shown: str) -> Reply | _Failure:
    """Read a response, but no more of it than may be needed."""
    if response.status_code in TRIED_AGAIN:
        return _Failure(f"answered with status {response.status_code}", "Look into the server's own log.", again=True)
    if 300 <= response.status_code < 400:  # noqa: PLR2004 - The class of redirects.
        return _Failure(
            f"answered with a redirect (status {response.status_code}), which is not followed",
            "Write the address that it leads to; a redirect is often an invitation to sign in.",
            again=False,
        )
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        return _Failure(
            "answered compressed, which it was asked not to do", "Switch compression off for this address.", again=False
        )
    content = await _content(response)
    if content is None:
        return _Failure(f"answered with more than {MOST_BYTES // 1_000_000} MB", "Ask for less.", again=False)
    return Reply(response.status_code, response.headers.get("Content-Type", "").lower(), content, shown)


async def _content(response: httpx.Response) -> bytes | None:
    """Return the body, or None as soon as it is clear that it is too large."""
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced[:20]) > MOST_BYTES:
        return None
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > MOST_BYTES:
            return None
    return bytes(content)


def _failure_of(error: httpx.TransportError | OSError) -> _Failure:
    if _is_about_certificates(error):
        return _Failure(
            "shows a certificate that is not trusted", "Check the server's name and its certificate.", again=False
        )
    kind = next((kind for kind in type(error).__mro__ if kind in FAILURES), httpx.NetworkError)
    sentence, hint = FAILURES[kind]
    again = issubclass(kind, httpx.NetworkError | httpx.RemoteProtocolError)
    return _Failure(sentence, hint, again)


def _is_about_certificates(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
