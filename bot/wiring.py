"""The only module that names concrete classes: it makes a bot out of settings and hands every part what it needs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import commands
from bot.chat.dispatch import Dispatcher
from bot.chat.local.outbound import LocalPlatform
from bot.chat.local.seat import PLATFORM
from bot.chat.people import TeamPeople
from bot.clock import SystemClock
from bot.domain.metric import HttpQuery, PrometheusQuery, SqlQuery
from bot.domain.plan_fit import Fit, fit
from bot.domain.team import NO_TEAM, Team
from bot.files.plan_library import PlanDirectory
from bot.files.team_watch import TeamFile
from bot.flag_providers.builtin import BuiltinFlags
from bot.metric_sources.catalogue import Catalogue
from bot.operations import Operations
from bot.operations.access import Access
from bot.operations.audit_log import AuditLog
from bot.operations.checklists import Checklists
from bot.operations.circumstances import Circumstances
from bot.operations.flags import Flags
from bot.operations.freezes import Freezes
from bot.operations.judgements import Judgements
from bot.operations.link_book import LinkBook
from bot.operations.plans import Plans
from bot.operations.reports import Reports
from bot.operations.rollouts import Rollouts
from bot.operations.transaction import Verbs
from bot.reconcile.audit_head import AuditHeadKeeper
from bot.reconcile.loop import Loop
from bot.reconcile.measurements import MeasurementKeeper
from bot.reconcile.outbox import OutboxKeeper
from bot.reconcile.retention import RetentionKeeper
from bot.reconcile.rollouts import RolloutKeeper
from bot.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bot.domain.plan import Plan
    from bot.ports import (
        Changes,
        ChatPlatform,
        Clock,
        FlagProvider,
        Journal,
        Metrics,
        MetricSource,
        PlanLibrary,
        Rehearser,
        Store,
    )
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Bot:
    """A whole bot, ready to run. `posted` is set whenever something was posted in the local chat."""

    store: Store
    clock: Clock
    journal: Journal
    loop: Loop
    dispatcher: Dispatcher
    operations: Operations
    posted: asyncio.Event


@asynccontextmanager
async def open_bot(
    settings: Settings, journal: Journal, clock: Clock | None = None, rehearser: Rehearser | None = None
) -> AsyncIterator[Bot]:
    """Open the database and put the bot together around it; the database is closed at the end."""
    clock = clock or SystemClock()
    team = TeamFile(settings.team_file, settings.secret, clock, journal)
    store = await open_store(settings.database_url)
    posted = asyncio.Event()
    catalogue = Catalogue(lambda: team.current().metrics, metric_sources(clock))
    try:
        yield assemble(
            store,
            clock,
            journal,
            PlanDirectory(settings.plans),
            team=team.current,
            metrics=catalogue,
            platforms={PLATFORM: LocalPlatform(store, clock, posted)},
            providers={"builtin": BuiltinFlags(store, clock)},
            prefix=settings.command_prefix,
            posted=posted,
            changes=store,
            rehearser=rehearser,
        )
    finally:
        await catalogue.aclose()
        await store.close()


def plan_fit(plan: Plan, settings: Settings, journal: Journal) -> Fit:
    """Check a plan against the team file, without a database."""
    clock = SystemClock()
    team = TeamFile(settings.team_file, settings.secret, clock, journal)
    catalogue = Catalogue(lambda: team.current().metrics, metric_sources(clock))
    return fit(plan, team.current(), catalogue.named, catalogue.check)


def metric_sources(clock: Clock) -> dict[type[object], Callable[[], MetricSource]]:
    """Return how each kind of source is made; their libraries are imported when the first metric is asked."""

    def prometheus() -> MetricSource:
        from bot.metric_sources.prometheus import Prometheus

        return Prometheus(clock)

    def http_json() -> MetricSource:
        from bot.metric_sources.http_json import HttpJson

        return HttpJson(clock)

    def sql() -> MetricSource:
        from bot.metric_sources.sql import Sql

        return Sql()

    return {PrometheusQuery: prometheus, HttpQuery: http_json, SqlQuery: sql}


def assemble(
    store: Store,
    clock: Clock,
    journal: Journal,
    plans: PlanLibrary,
    *,
    team: Callable[[], Team] = lambda: NO_TEAM,
    metrics: Metrics | None = None,
    platforms: Mapping[str, ChatPlatform],
    providers: Mapping[str, FlagProvider],
    posted: asyncio.Event,
    prefix: str = "",
    changes: Changes | None = None,
    rehearser: Rehearser | None = None,
) -> Bot:
    """Put a bot together from its parts; tests hand in their own. Without metrics, people report every figure."""
    # The order is the pipeline: what the first makes true, the second tells, and the last publishes the log's head.
    book = LinkBook(team, store, clock)
    circumstances = Circumstances(book.team)
    figures = metrics or Catalogue(lambda: team().metrics, {})
    concerns = (
        RolloutKeeper(store, clock, providers, circumstances, journal),
        MeasurementKeeper(store, clock, figures, circumstances, journal),
        OutboxKeeper(store, clock, platforms, circumstances, journal),
        AuditHeadKeeper(store, journal),
        RetentionKeeper(store, clock, journal),
    )
    loop = Loop(concerns, clock, journal, changes)
    verbs = Verbs(store, clock, loop.poke, tuple(platforms))
    planned = Plans(plans, clock, team, figures, rehearser)
    rollouts = Rollouts(verbs, planned, circumstances)
    operations = Operations(
        rollouts=rollouts,
        flags=Flags(verbs, circumstances),
        checklists=Checklists(verbs, rollouts),
        plans=planned,
        judgements=Judgements(verbs, rollouts, figures, book.team),
        freezes=Freezes(verbs, circumstances),
        access=Access(verbs, team, book),
        audit=AuditLog(store),
        reports=Reports(store, clock),
        clock=clock,
    )
    people = TeamPeople(book.team, book.name_of)
    dispatcher = Dispatcher(commands.ALL, operations, verbs, people, book, journal, prefix)
    return Bot(store, clock, journal, loop, dispatcher, operations, posted)
