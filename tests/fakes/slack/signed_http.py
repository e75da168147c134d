"""Deeds as signed HTTP requests to the app, and requests that only pretend to be from Slack."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.ports import Clock
from tests.fakes.slack.acknowledgements import Answer
from tests.fakes.slack.interactions import Deed
from tests.fakes.slack.payloads import Payloads
from tests.fakes.slack.ways import Retry, Way

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
OLD = timedelta(minutes=6)
"""A minute more than a request may be old."""


class HttpWay(Way):
    """Posts to the app's `/slack/events`. Whatever is not 200 within `guard` real seconds is a complaint."""

    def __init__(
        self, payloads: Payloads, guard: float, session: aiohttp.ClientSession, url: str, clock: Clock
    ) -> None:
        super().__init__(payloads, guard)
        self._session = session
        self.url = url
        self._clock = clock

    async def carry(self, deed: Deed, retry: Retry | None) -> Answer:
        body, kind = body_of(deed)
        headers = self.signed(body) | {"Content-Type": kind}
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        answer = await self._post(deed, body, headers)
        self._judge(answer)
        return answer

    def signed(self, body: bytes, *, ago: timedelta = timedelta(0), secret: str | None = None) -> dict[str, str]:
        """Return the headers of a request that Slack sends, or that somebody without the secret forges."""
        timestamp = str(int((self._clock.now() - ago).timestamp()))
        key = (secret or self.workspace.installation.signing_secret).encode()
        signature = hmac.new(key, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={signature}"}

    async def forged(self, deed: Deed) -> Answer:
        """Send a deed signed with another secret."""
        body, kind = body_of(deed)
        return await self._refused(deed, body, self.signed(body, secret="another") | {"Content-Type": kind})

    async def old(self, deed: Deed, by: timedelta = OLD) -> Answer:
        """Send a deed signed so long ago; by a negative time it comes from the future."""
        body, kind = body_of(deed)
        return await self._refused(deed, body, self.signed(body, ago=by) | {"Content-Type": kind})

    async def unsigned(self, deed: Deed) -> Answer:
        """Send a deed without a signature."""
        body, kind = body_of(deed)
        return await self._refused(deed, body, {"Content-Type": kind})

    async def truncated(self, deed: Deed) -> Answer:
        """Send the first half of a deed under the signature of the whole."""
        body, kind = body_of(deed)
        return await self._refused(deed, body[: len(body) // 2], self.signed(body) | {"Content-Type": kind})

    async def replayed(self, answer: Answer) -> Answer:
        """Send the very bytes and headers of an earlier delivery; within five minutes they are good."""
        return await self._post(answer.deed, *answer.sent)

    async def raw(self, body: bytes, headers: dict[str, str], method: str = "POST") -> Answer:
        """Send any request whatsoever; nothing about the answer is judged."""
        return await self._post(_nobody(self), body, headers, method)

    async def ssl_check(self, method: str = "POST") -> Answer:
        """Ask whether the address has a certificate, as Slack does now and then without a signature."""
        body = urlencode({"ssl_check": "1", "token": "deprecated"}).encode()
        answer = await self._post(_nobody(self), body, {"Content-Type": FORM}, method)
        if answer.status != 200:
            self._complain(f"ssl_check was answered {answer.status}, and not 200")
        return answer

    async def url_verification(self, challenge: str = "a-challenge") -> Answer:
        """Ask the app to prove that the address is its own."""
        body = json.dumps({"type": "url_verification", "token": "deprecated", "challenge": challenge}).encode()
        answer = await self._post(_nobody(self), body, self.signed(body) | {"Content-Type": JSON})
        said = (answer.payload or {}).get("challenge", answer.body)
        if answer.status != 200 or said != challenge:
            self._complain(f"url_verification was answered {answer.status} {answer.body!r}, and not the challenge")
        return answer

    async def _refused(self, deed: Deed, body: bytes, headers: dict[str, str]) -> Answer:
        answer = await self._post(deed, body, headers)
        if answer.status == 200:
            self._complain("a request that Slack never sent was answered 200")
        answer.acknowledged = False
        return answer

    async def _post(self, deed: Deed, body: bytes, headers: dict[str, str], method: str = "POST") -> Answer:
        headers = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", **headers}
        answer = Answer(deed, acknowledged=False, sent=(body, headers))
        try:
            timeout = aiohttp.ClientTimeout(total=self.guard)
            options: dict[str, Any] = {"timeout": timeout, "allow_redirects": False}
            if method == "GET":
                options["params"] = body.decode()
            else:
                options["data"] = body
            async with self._session.request(method, self.url, headers=headers, **options) as response:
                answer.status, answer.body = response.status, await response.text()
                answer.headers = {name.lower(): value for name, value in response.headers.items()}
                answer.payload = self._payload_of(response.content_type, answer.body)
        except TimeoutError:
            self._complain(f"not acknowledged within {self.guard} s: {deed.payload}")
        except aiohttp.ClientError as error:
            self._complain(f"the app could not be reached: {error}")
        return answer

    def _payload_of(self, kind: str, body: str) -> dict[str, Any] | None:
        if not body.strip():
            return None
        if kind != JSON:
            return {"text": body}
        try:
            payload = json.loads(body)
        except ValueError:
            payload = None
        if isinstance(payload, dict):
            return payload
        self._complain(f"an acknowledgement that is no JSON object: {body!r:.200}")
        return None

    def _judge(self, answer: Answer) -> None:
        answer.acknowledged = answer.status == 200
        if answer.status is not None and not answer.acknowledged:
            self._complain(f"acknowledged with {answer.status} {answer.body!r:.200}, and not with 200")

    def _complain(self, complaint: str) -> None:
        self.workspace.complaints.add(f"HTTP: {complaint}")


def body_of(deed: Deed) -> tuple[bytes, str]:
    """Return a deed as a request's body, with its content type."""
    match deed.kind:
        case "slash_commands":
            # A text that is no text, such as half an emoji, goes out as bytes that are no UTF-8.
            return urlencode(deed.payload, errors="surrogatepass").encode(), FORM
        case "interactive":
            return urlencode({"payload": json.dumps(deed.payload)}).encode(), FORM
        case "events_api":
            return json.dumps(deed.payload).encode(), JSON


def _nobody(way: HttpWay) -> Deed:
    return Deed("events_api", way.workspace.bot, {})
