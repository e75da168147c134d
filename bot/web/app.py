"""The web application: the routes that the bot answers, put together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from bot.domain.health import Health

OK, UNWELL = 200, 503


def build_app(health: Callable[[], Awaitable[Health]], routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application; `routes` are what the chat platforms add."""

    async def healthz(_: Request) -> Response:
        found = await health()
        return Response(_as_json(found), OK if found.well else UNWELL, media_type="application/json")

    return Starlette(routes=[Route("/healthz", healthz, methods=["GET"]), *routes])


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
