"""Calling the addresses of pagers over HTTP within limits, and saying in one sentence why it did not work.

Nothing of an address but its host is ever shown, and nothing that the other side says is repeated: both may hold secrets.
No redirect is followed, and an exception of httpx never leaves this module.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bot.domain.errors import Refused, Unavailable, Uncertain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import httpx

    from bot.ports import Clock

TIMEOUT = timedelta(seconds=10)
"""For one whole exchange; a delivery's own deadline is four times that."""

MOST_BYTES = 2_000_000
LONGEST_AFTER = timedelta(hours=1)
"""A longer time to be left alone is not believed."""

USUAL_AFTER = timedelta(seconds=30)
"""What PagerDuty advises, where the other side does not say how long it wants to be left alone."""

_BUSY = 429
_FAILURES = 500


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `shown` is what people may see of where it goes. Address, headers and body are never shown."""

    method: str
    url: str = field(repr=False)
    shown: str
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: timedelta = TIMEOUT
    reads: bool = False
    """Whether the answer's body is wanted; it is left alone otherwise."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status other than 429 and below 500."""

    status: int
    content: bytes = field(default=b"", repr=False)

    @property
    def good(self) -> bool:
        """Say whether it was taken."""
        return 200 <= self.status < 300  # noqa: PLR2004 - The class of success.


class Web:
    """Calls over HTTP, with one pool of connections that is opened when it is first needed."""

    def __init__(self, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._clock = clock
        self._transport = transport

    async def call(self, request: Request) -> Answer:
        """Send a request. Raises Unavailable, Uncertain where it may have been taken, Refused for an unfit address."""
        import httpx

        shown = request.shown
        try:
            async with asyncio.timeout(request.timeout.total_seconds()):
                made = httpx.Request(
                    request.method,
                    request.url,
                    headers={"User-Agent": "Rollcall", **request.headers, "Accept-Encoding": "identity"},
                    content=request.body,
                )
                response = await self._pool().handle_async_request(made)
                try:
                    content = await _content(response) if request.reads else b""
                finally:
                    await response.aclose()
        except TimeoutError:
            raise Uncertain(f"{shown} did not answer in time.") from None
        except (httpx.InvalidURL, httpx.LocalProtocolError, httpx.UnsupportedProtocol, UnicodeError):
            raise Refused(f"{shown} cannot be called this way.", "correct its address") from None
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Unavailable(f"{shown} cannot be reached.") from None
        except (httpx.TransportError, OSError):
            raise Uncertain(f"{shown} broke off the connection.") from None
        self._require_willing(response, shown)
        return Answer(response.status_code, content)

    async def aclose(self) -> None:
        """Close the connections; the next request opens new ones."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    def _require_willing(self, response: httpx.Response, shown: str) -> None:
        if response.status_code != _BUSY and response.status_code < _FAILURES:
            return
        after = asked_after(response.headers.get("Retry-After", ""), self._clock.now())
        if response.status_code == _BUSY:
            raise Unavailable(f"{shown} asks to be called less often.", after=after or USUAL_AFTER)
        raise Unavailable(f"{shown} answered with status {response.status_code}.", after=after)

    def _pool(self) -> httpx.AsyncBaseTransport:
        if self._transport is None:
            import httpx

            # The system's own certificates, which know a company's; httpx would bring its own.
            self._transport = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), trust_env=False)
        return self._transport


def asked_after(header: str, now: datetime) -> timedelta | None:
    """Return how long a `Retry-After` asks to be left alone, in seconds or as a date (RFC 9110); None where it does not."""
    if header.isascii() and header.isdecimal():
        return min(timedelta(seconds=int(header[:9])), LONGEST_AFTER)
    try:
        return min(max(parsedate_to_datetime(header) - now, timedelta(0)), LONGEST_AFTER)
    except (ValueError, TypeError):
        return None


async def _content(response: httpx.Response) -> bytes:
    """Return the body; one that is too large is no answer at all."""
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > MOST_BYTES:
            return b""
    return bytes(content)
