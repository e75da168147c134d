"""The web application: the routes that the bot answers, put together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ExceptionHandler

    from bot.domain.health import Health

OK, UNWELL = 200, 503


def build_app(
    health: Callable[[], Awaitable[Health]],
    routes: Sequence[BaseRoute] = (),
    *,
    origins: Sequence[str] = (),
    unrouted: ExceptionHandler | None = None,
) -> Starlette:
    """Return the application; `routes` are what others add, `origins` those whose pages may read its answers.

    `unrouted` answers what no route does.
    """

    async def healthz(_: Request) -> Response:
        found = await health()
        return Response(_as_json(found), OK if found.well else UNWELL, media_type="application/json")

    return Starlette(
        routes=[*routes, Route("/healthz", healthz, methods=["GET"])],
        middleware=[_for_browsers(origins)] if origins else [],
        exception_handlers={HTTPException: unrouted} if unrouted is not None else {},
    )


def _for_browsers(origins: Sequence[str]) -> Middleware:
    """Let pages of these origins ask for flags; a token goes with each request, and cookies never do."""
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "X-API-Key", "Content-Type", "If-None-Match"],
        expose_headers=["ETag", "Retry-After"],
        max_age=3600,
    )


def _as_json(health: Health) -> str:
    return json.dumps(
        {
            "well": health.well,
            "loop": "running" if health.loop_runs else "stopped",
            "ailing": list(health.ailing),
            "overdue": [{"what": it.what, "since": it.since.isoformat()} for it in health.overdue],
            "disconnected": list(health.disconnected),
            "undelivered": health.failed,
        }
    )
