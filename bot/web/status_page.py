"""/status, /status.json and /status.atom: what was announced for the status page, for whom the team file lets in."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.errors import RollcallError, Unavailable
from bot.domain.token import Scope
from bot.web.answers import refusal
from bot.web.guard import Denied, Guard
from bot.web.status_feeds import Look, atom, json_feed
from bot.web.status_html import html_page, policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from bot.domain.status_page import Course, StatusPage
    from bot.domain.team import Team
    from bot.operations.status_feed import StatusFeed
    from bot.ports import Clock

KEPT = timedelta(seconds=5)
"""So long an answer is kept: however many ask, the database is asked no oftener."""

CACHED = 30
"""For so many seconds others on the way may keep the open page."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
CHALLENGE = 'Basic realm="status page, the token is the password", charset="UTF-8", Bearer realm="rollcall"'
KINDS = {
    "/status": "text/html",
    "/status.json": "application/feed+json",
    "/status.atom": "application/atom+xml",
}


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read of the database, for whom it was drawn, and the bodies with their tags."""

    at: datetime
    courses: tuple[Course, ...]
    drawn: dict[tuple[str, StatusPage, str], tuple[bytes, str]] = field(default_factory=dict)


@dataclass(slots=True)
class StatusPages:
    """What the routes are made of."""

    feed: StatusFeed
    team: Callable[[], Team]
    guard: Guard
    clock: Clock
    look: Look
    kept: _Kept | None = field(default=None, init=False)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def answer(self, request: Request) -> Response:
        """Answer for one of the three addresses."""
        team, headers = self.team(), request.scope["headers"]
        page = team.status_page
        if page is None:
            return PlainTextResponse("Not Found", 404, headers={"Cache-Control": "no-store"})
        try:
            if not page.public:
                self._admit(headers)
            async with self.reading:
                kept = await self._read()
        except Denied as denied:
            return _denial(denied)
        except RollcallError as problem:
            return refusal(problem, self.clock.now())
        path = request.url.path
        body, tag = self._drawn(kept, path, page, team.zone)
        given = _headers(tag, path, public=page.public)
        if _known(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=given)
        return Response(body, headers=given, media_type=KINDS[path])

    def _admit(self, headers: list[tuple[bytes, bytes]]) -> None:
        token = self.guard.admit(headers, Scope.READ, basic=True)
        self.guard.spend(token)
        if token.environment:
            raise Denied(
                403, "FORBIDDEN", f"The page tells of every environment; {token.name} is for {token.environment} only."
            )

    async def _read(self) -> _Kept:
        """Return what was read lately, or read it; what was read before is better than nothing. Raises Unavailable."""
        now = self.clock.now()
        if self.kept is not None and timedelta(0) <= now - self.kept.at < KEPT:
            return self.kept
        try:
            courses = await self.feed.courses(now)
        except Unavailable:
            if self.kept is None:
                raise
            return self.kept
        self.kept = _Kept(now, courses)
        return self.kept

    def _drawn(self, kept: _Kept, path: str, page: StatusPage, zone: str) -> tuple[bytes, str]:
        """Draw each page once."""
        key = (path, page, zone)
        if key not in kept.drawn:
            body = self._draw(kept.courses, path, page, zone).encode("utf-8", "replace")
            kept.drawn[key] = body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return kept.drawn[key]

    def _draw(self, courses: tuple[Course, ...], path: str, page: StatusPage, zone: str) -> str:
        match path:
            case "/status":
                return html_page(page, courses, zone, self.look.html)
            case "/status.json":
                return json_feed(page, courses, self.look)
            case _:
                return atom(page, courses, self.look, EPOCH)


def routes(pages: StatusPages) -> list[Route]:
    """Return the three routes."""
    return [Route(path, pages.answer, methods=["GET"]) for path in KINDS]


def _headers(tag: str, path: str, *, public: bool) -> dict[str, str]:
    cache = f"public, max-age={CACHED}" if public else "private, no-cache"
    headers = {"ETag": tag, "Cache-Control": cache, **SAFE}
    if not public:
        headers["Vary"] = "Authorization, X-API-Key"
    return {**headers, "Content-Security-Policy": policy()} if path == "/status" else headers


def _known(asked: str | None, tag: str) -> bool:
    if asked is None:
        return False
    return asked.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in asked.split(",")}


def _denial(denied: Denied) -> Response:
    """Say no in plain words, and have a browser ask for the token."""
    headers = {**denied.headers, "Cache-Control": "no-store"}
    if denied.status == 401:  # noqa: PLR2004  # Unauthorized.
        headers["WWW-Authenticate"] = CHALLENGE
    return PlainTextResponse(f"{denied.sentence}\n", denied.status, headers=headers)
