"""What has to run so that people on chat platforms and programs are let in: the platforms' connections and the web part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import commands
from bot.settings import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.chat.dispatch import Dispatcher
    from bot.chat.edge import Edge
    from bot.domain.team import Team
    from bot.operations import Operations
    from bot.ports import Clock, Journal, Service
    from bot.reconcile.health import Physician
    from bot.settings import Settings
    from bot.storage.store import SqlStore


class Answering(Protocol):
    """What of a bot answers others."""

    @property
    def operations(self) -> Operations: ...
    @property
    def dispatcher(self) -> Dispatcher: ...
    @property
    def physician(self) -> Physician: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def team(self) -> Callable[[], Team]: ...


async def wants_web(bot: Answering, settings: Settings) -> bool:
    """Say whether there is anybody to answer: somebody who knows our address or reads the status page, or a program with a token."""
    if settings.public_url or settings.pagerduty_webhook_secret.get_secret_value() or bot.team().status_page:
        return True
    return any(it.lives(bot.clock.now()) for it in await bot.operations.tokens.list())


async def services_of(
    bot: Answering, open_edges: Sequence[Edge], settings: Settings, store: SqlStore
) -> tuple[Service, ...]:
    """Let the platforms' people and the programs in, and return what has to run for that."""
    from bot.pagers.mail_text import html_of, plain_body, subject_of
    from bot.web.app import build_app
    from bot.web.server import WebServer
    from bot.web.serving import Stored, serve_flags
    from bot.web.status_feeds import Look

    serving = serve_flags(
        bot.operations,
        Stored(store, store, store),
        bot.clock,
        bot.journal,
        bot.team,
        evaluations=settings.evaluations,
        secrets=listed(settings.pagerduty_webhook_secret.get_secret_value()),
        look=Look(html_of, plain_body, subject_of, settings.public_url.rstrip("/")),
    )
    # Nobody is answered before the flags are known.
    await serving.keeper.refresh()
    routes: list[Any] = []
    for edge in open_edges:
        edge.attach(bot.dispatcher, commands.ALL)
        routes += edge.routes
    # Each route is one more that a request to a later one is compared with: the platforms' few come first.
    routes += serving.routes
    app = build_app(bot.physician.look, routes, origins=listed(settings.origins), unrouted=serving.unrouted)
    web = WebServer(app, settings.host, settings.port, bot.journal, streams=serving.streams)
    return (*(service for edge in open_edges for service in edge.services), serving.keeper, web)
