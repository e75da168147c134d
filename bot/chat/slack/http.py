"""Slack by signed HTTP: one route, behind which nothing is read that Slack did not sign.

The signature is checked here, over the bytes as they came. slack_bolt would parse a body first, fails on a time stamp
that is no number, and takes a form in whose text the word “payload” occurs for an empty one; so it gets what was read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bot.domain.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import Receive, Scope, Send

    from bot.ports import Clock, Journal

PATH = "/slack/events"
MOST_BYTES = 1_000_000
OLDEST = timedelta(minutes=5)
"""Slack asks to refuse what was signed longer ago, so that a request that was overheard cannot be sent again."""

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_TOLD_EVERY = timedelta(minutes=1)


class Signature:
    """Tells what Slack signed from what it did not."""

    def __init__(self, secret: str, clock: Clock) -> None:
        """Raise Refused for an empty secret, with which everybody could sign."""
        if not secret.strip():
            raise Refused(
                "SLACK_SIGNING_SECRET is empty.", "copy the signing secret from Basic Information → App Credentials"
            )
        self._secret = secret.strip().encode()
        self._clock = clock

    def problem(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return in a word why a request is not Slack's, of now: `unsigned`, `old` or `forged`; empty where it is."""
        timestamp = headers.get("x-slack-request-timestamp", "")
        given = headers.get("x-slack-signature", "")
        if not given or not _TIMESTAMP.fullmatch(timestamp):
            return "unsigned"
        if abs(self._clock.now().timestamp() - int(timestamp)) > OLDEST.total_seconds():
            return "old"
        digest = hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return "" if hmac.compare_digest(f"v0={digest}".encode(), given.encode("utf-8", "replace")) else "forged"


def slack_route(app: AsyncApp, signature: Signature, clock: Clock, journal: Journal) -> Route:
    """Return the route on which Slack delivers commands, presses, dialogs and events to a `SlackInbound.app`."""
    from starlette.routing import Route

    return Route(PATH, _Door(app, signature, clock, journal), methods=["GET", "POST"])


class _Door:
    """Lets in what Slack signed, and nothing else."""

    def __init__(self, app: AsyncApp, signature: Signature, clock: Clock, journal: Journal) -> None:
        self._app = app
        self._signature = signature
        self._clock = clock
        self._journal = journal
        self._turned_away = 0
        self._told_at: datetime | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 200 from the app, 4xx where it is not to be read, and never a 5xx."""
        from starlette.requests import Request

        response = await self._enter(Request(scope, receive))
        await response(scope, receive, send)

    async def _enter(self, request: Request) -> Response:
        body = await _body_of(request)
        if body is None:
            return _answer(413, f"at most {MOST_BYTES} bytes are read")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if _is_ssl_check(request, kind, body):
            return _answer(200)
        if request.method != "POST":
            return _answer(405, "Slack posts here")
        if problem := self._signature.problem(request.headers, body):
            self._turn_away(problem)
            return _answer(401, "not signed by Slack, or too long ago")
        if kind not in {_FORM, _JSON}:
            return _answer(415, "expected a form or JSON")
        payload = _payload_of(kind, body)
        if payload is None:
            return _answer(400, "that cannot be read")
        return await self._deliver(payload, request)

    async def _deliver(self, payload: dict[str, Any], request: Request) -> Response:
        from slack_bolt.request.async_request import AsyncBoltRequest
        from starlette.responses import Response

        retries = {name: value for name, value in request.headers.items() if name.startswith("x-slack-retry")}
        try:
            # In this mode bolt takes a body that was read already, and asks for no signature.
            wanted = AsyncBoltRequest(mode="socket_mode", body=payload, headers=dict(retries))
            answer = await self._app.async_dispatch(wanted)
        except Exception as problem:  # noqa: BLE001  # What breaks in bolt itself is not Slack's fault: no 5xx.
            self._journal.error("slack.crashed", what="http", problem=type(problem).__name__, exc_info=problem)
            return _answer(200)
        headers = {name: value for name, value in answer.first_headers().items() if name == "content-type"}
        return Response(answer.body, answer.status, headers)

    def _turn_away(self, problem: str) -> None:
        """Tell the operator, at most once a minute: whoever sends much is not to fill the log."""
        self._turned_away += 1
        now = self._clock.now()
        if self._told_at is None or now - self._told_at >= _TOLD_EVERY:
            self._journal.warning("slack.not_signed", problem=problem, requests=self._turned_away)
            self._told_at, self._turned_away = now, 0


async def _body_of(request: Request) -> bytes | None:
    """Return the body; None for one that is too long, of which no more is read than that takes to find out."""
    from starlette.requests import ClientDisconnect

    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > MOST_BYTES:
        return None
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return None
    except ClientDisconnect:
        # Half a request has no signature that fits it, and nobody hears the answer.
        return b""
    return bytes(body)


def _is_ssl_check(request: Request, kind: str, body: bytes) -> bool:
    """Say whether Slack asks after the certificate, which it does unsigned; nothing is done but to answer."""
    if request.method != "POST":
        return request.query_params.get("ssl_check") == "1"
    return kind == _FORM and b"ssl_check" in body and (_form_of(body) or {}).get("ssl_check") == "1"


def _payload_of(kind: str, body: bytes) -> dict[str, Any] | None:
    """Return what was posted: JSON, a form, or JSON within a form; None for anything else."""
    if kind == _JSON:
        return _json_of(body)
    form = _form_of(body)
    return _json_of(form["payload"]) if form and "payload" in form else form


def _form_of(body: bytes) -> dict[str, str] | None:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        return None
    return dict(pairs) or None


def _json_of(text: str | bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _answer(status: int, problem: str = "") -> Response:
    from starlette.responses import JSONResponse, Response

    return JSONResponse({"error": problem}, status) if problem else Response(status_code=status)
