"""Calling an API over HTTP within limits, and saying in one sentence why it did not work.

Nothing that the other side says is repeated, since it may repeat what it was sent: sentences hold the server's name,
a status and our own words. An exception of httpx never leaves this module for the same reason.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from bot.domain.errors import Refused, Unavailable, Uncertain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.ports import Clock

MOST_BYTES = 4_000_000
ATTEMPTS = 3
"""So often something is read; what is written is sent once, and looked at by whoever sent it."""

FIRST_PAUSE = timedelta(milliseconds=200)
LONGEST_AFTER = 3600
"""In seconds: a longer time to be left alone is not believed."""

_BUSY = 429
_LOOK = "Look into the server's own log."
_CHECK_ADDRESS = "Check the provider's address in the team file, and that the server runs."
_STATUS_HINTS = {
    401: "Check the provider's token in the bot's environment.",
    403: "Check what the provider's token may do.",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Headers and body are never shown; what is not read is sent once, and its loss is Uncertain."""

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta = timedelta(seconds=10)

    @property
    def reads(self) -> bool:
        """Say whether it may be sent again whatever became of it."""
        return self.method == "GET"

    def __repr__(self) -> str:
        """Show what may be seen, should a traceback print its variables."""
        return f"Call({self.method} {server_of(self.url)})"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, a status below 500; `shown` names the server."""

    status: int
    content: bytes = field(repr=False)
    shown: str

    @property
    def good(self) -> bool:
        """Say whether it was done."""
        return 200 <= self.status < 300  # noqa: PLR2004 - The class of success.

    def require(self) -> Reply:
        """Return the reply of something that was done. Raises Refused with its status."""
        if not self.good:
            hint = _STATUS_HINTS.get(self.status, _LOOK)
            raise Refused(f"{self.shown} refused with status {self.status}.", hint)
        return self

    def json(self) -> object:
        """Return the body as JSON. Raises Refused, Unavailable."""
        self.require()
        try:
            parsed: object = json.loads(self.content)
        except (ValueError, RecursionError):
            pass
        else:
            return parsed
        raise Unavailable(f"{self.shown} answered with something that is not JSON.", _CHECK_ADDRESS)


def server_of(url: str) -> str:
    """Return the part of an address in which nobody keeps a token."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return "the provider"
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.scheme}://{parsed.host}{port}" if parsed.host else "the provider"


class Web:
    """Calls over HTTP, with one pool of connections that is opened when it is first needed."""

    def __init__(
        self,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._clock = clock
        self._transport = transport
        self._chance = chance or random.SystemRandom().random

    async def send(self, call: Call) -> Reply:
        """Send a request. Raises Unavailable, and Uncertain where something that was written may have been taken."""
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._once(call)
            except Unavailable as problem:
                if not call.reads or problem.after is not None:
                    raise
            await self._pause(attempt)
        return await self._once(call)

    async def aclose(self) -> None:
        """Close the connections; the next request opens new ones."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    async def _pause(self, attempt: int) -> None:
        # Half to one and a half times the usual length, so that many who failed together do not come back together.
        length = FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + self._chance())
        await self._clock.wait(asyncio.Event(), self._clock.now() + length)

    async def _once(self, call: Call) -> Reply:
        shown = server_of(call.url)
        try:
            async with asyncio.timeout(call.timeout.total_seconds()):
                response = await self._pool().handle_async_request(_request(call))
                try:
                    content = await _content(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise _lost(call, f"{shown} did not answer in time") from None
        except (httpx.InvalidURL, httpx.LocalProtocolError, httpx.UnsupportedProtocol, UnicodeError):
            raise Refused(f"{shown} cannot be called this way.", "Check the provider in the team file.") from None
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Unavailable(f"{shown} cannot be reached.", _CHECK_ADDRESS) from None
        except (httpx.TransportError, OSError):
            raise _lost(call, f"{shown} broke off the connection") from None
        return _reply(call, response, content, shown)

    def _pool(self) -> httpx.AsyncBaseTransport:
        if self._transport is None:
            # The system's own certificates, which know a company's; httpx would bring its own.
            self._transport = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), trust_env=False)
        return self._transport


def _request(call: Call) -> httpx.Request:
    # Compressed answers are not asked for: a small one can unfold into a very large one.
    headers = {"Accept": "application/json", **call.headers, "Accept-Encoding": "identity"}
    if call.body and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    return httpx.Request(call.method, call.url, headers=headers, content=call.body)


def _lost(call: Call, what: str) -> Unavailable:
    if call.reads:
        return Unavailable(f"{what}.", "Try again later.")
    return Uncertain(f"{what}, and what was sent may have been taken.", "Look at the flag there.")


def _reply(call: Call, response: httpx.Response, content: bytes | None, shown: str) -> Reply:
    status = response.status_code
    if status == _BUSY:
        after = response.headers.get("Retry-After", "")
        seconds = min(int(after[:9]), LONGEST_AFTER) if after.isdecimal() else 60
        raise Unavailable(f"{shown} asks to be called less often.", "", after=timedelta(seconds=seconds))
    if status >= 500:  # noqa: PLR2004 - The class of the other side's failures.
        raise _lost(call, f"{shown} answered with status {status}")
    if content is None:
        raise Refused(f"{shown} answered with more than {MOST_BYTES // 1_000_000} MB.", _CHECK_ADDRESS)
    return Reply(status, content, shown)


async def _content(response: httpx.Response) -> bytes | None:
    """Return the body, or None as soon as it is clear that it is too large."""
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > MOST_BYTES:
            return None
    return bytes(content)
