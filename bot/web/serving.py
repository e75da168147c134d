"""Everything the web part serves to programs, put together: flags in every form, the inbound hooks, the status page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from starlette.routing import BaseRoute, Route

from bot.operations.flag_book import BookKeeper, FlagBook
from bot.operations.status_feed import StatusFeed
from bot.operations.tokens import TokenBook
from bot.web import docs_page, flag_api, flagd, hooks, ofrep, status_page
from bot.web.events import EVENTS, Events, Streams
from bot.web.guard import Guard, Rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ExceptionHandler

    from bot.domain.team import Team
    from bot.operations import Operations
    from bot.ports import Changes, Clock, Commits, Journal, Store
    from bot.web.status_feeds import Look

CALLS = Rate(per_second=20, burst=100)
"""For everything but evaluations: people's programs and pipelines."""

REST = 2
"""After a rest a token may ask for so many seconds' worth of evaluations at once."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What applications are served with. `keeper` is the service that keeps it up to date."""

    routes: tuple[BaseRoute, ...]
    unrouted: ExceptionHandler
    keeper: BookKeeper
    streams: Streams


@dataclass(frozen=True, slots=True)
class Stored:
    """The database with its extra abilities; one object has all three."""

    store: Store
    changes: Changes
    commits: Commits


def serve_flags(
    operations: Operations,
    stored: Stored,
    clock: Clock,
    journal: Journal,
    team: Callable[[], Team],
    *,
    evaluations: float = 2000,
    calls: Rate = CALLS,
    secrets: tuple[str, ...] = (),
    look: Look | None = None,
) -> Serving:
    """Put the flags' routes together; `evaluations` is how many each token may ask for in a second,
    and `calls` the pace of everything else. `secrets` are those with which PagerDuty's webhook may sign.
    `look` is how the status page is drawn; without it there is none.
    """
    flags, tokens, streams = FlagBook(stored.store), TokenBook(stored.store, clock), Streams()
    keeper = BookKeeper(flags, tokens, clock, journal, stored.changes)
    stored.commits.on_commit(keeper.hear)
    flags.on_change(streams.wake)
    evaluation_rate = Rate(evaluations, evaluations * REST)
    guard = Guard(tokens, flags, clock, evaluation_rate, calls, lambda: team().environments)
    asked = ofrep.Ofrep(guard, flags, journal)
    status = (
        status_page.routes(status_page.StatusPages(StatusFeed(stored.store), team, guard, clock, look)) if look else ()
    )
    return Serving(
        (
            # What is asked most often stands first.
            Route(ofrep.ONE, ofrep.EvaluateOne(asked), methods=["POST"]),
            Route(ofrep.ALL, ofrep.EvaluateAll(asked), methods=["POST"]),
            Route(EVENTS, Events(flags, tokens, clock, streams), methods=["GET"]),
            Route(flagd.ADDRESS, flagd.Export(guard).get, methods=["GET"]),
            *flag_api.routes(flag_api.Api(operations, guard, keeper, clock, journal)),
            *hooks.routes(hooks.Hooks(operations, guard, clock, journal, calls, secrets)),
            *docs_page.routes(),
            *status,
        ),
        cast("ExceptionHandler", flag_api.unrouted(clock)),
        keeper,
        streams,
    )
