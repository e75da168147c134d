"""The only module that names concrete classes: it makes a bot out of settings and hands every part what it needs."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import commands
from bot.charts import open_charts
from bot.chat.directory import Directory
from bot.chat.dispatch import Dispatcher
from bot.chat.local.outbound import LocalPlatform
from bot.chat.local.seat import PLATFORM
from bot.chat.people import TeamPeople
from bot.clock import SystemClock
from bot.domain.metric import HttpQuery, PrometheusQuery, SqlQuery
from bot.domain.team import EMAIL, NO_TEAM, Team, chats_of
from bot.domain.team_channels import named, with_ids
from bot.files.plan_library import PlanDirectory
from bot.files.team_watch import TeamFile
from bot.flag_providers.builtin import BuiltinFlags
from bot.flag_providers.catalogue import ProviderCatalogue
from bot.metric_sources.catalogue import Catalogue
from bot.operations import Operations
from bot.operations.access import Access
from bot.operations.afterwards import Afterwards
from bot.operations.announcements import Announcements
from bot.operations.audit_log import AuditLog
from bot.operations.checklists import Checklists
from bot.operations.circumstances import Circumstances
from bot.operations.flag_care import FlagCare
from bot.operations.flags import Flags
from bot.operations.freezes import Freezes
from bot.operations.judgements import Judgements
from bot.operations.link_book import LinkBook
from bot.operations.oncall import OnCall
from bot.operations.overviews import Overviews
from bot.operations.pages import Pages
from bot.operations.plans import Plans
from bot.operations.reports import Reports
from bot.operations.rollouts import Rollouts
from bot.operations.tokens import Tokens
from bot.operations.transaction import Verbs
from bot.pictures import pictures
from bot.reconcile.announcements import AnnouncementKeeper
from bot.reconcile.audit_head import AuditHeadKeeper
from bot.reconcile.escalations import EscalationKeeper
from bot.reconcile.handoffs import HandoffKeeper
from bot.reconcile.health import Physician
from bot.reconcile.loop import Loop
from bot.reconcile.measurements import MeasurementKeeper
from bot.reconcile.outbox import OutboxKeeper
from bot.reconcile.reminders import ReminderKeeper
from bot.reconcile.retention import RetentionKeeper
from bot.reconcile.rollouts import RolloutKeeper
from bot.storage.note import StoredNote
from bot.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from bot.chat.edge import Edge
    from bot.domain.escalation import TargetKind
    from bot.domain.plan import ChannelName, Plan
    from bot.domain.plan_fit import Fit
    from bot.ports import (
        Changes,
        Charts,
        ChatPlatform,
        Clock,
        FileSharing,
        FlagProvider,
        Journal,
        Metrics,
        MetricSource,
        PlanLibrary,
        Rehearser,
        Service,
        Store,
    )
    from bot.settings import Settings
    from bot.storage.store import SqlStore


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
    physician: Physician
    team: Callable[[], Team]
    metrics: Metrics
    resolve: Callable[[ChannelName], ChannelName]
    services: tuple[Service, ...] = ()
    edges: tuple[Edge, ...] = ()


def _as_named(channel: ChannelName) -> ChannelName:
    return channel


@dataclass(frozen=True, slots=True)
class Edges:
    """What the platforms add to a bot.

    `files` carry files, `charts` draws pictures for them, `resolve` finds a channel's id by its name, and `elsewhere`
    names the platforms to which another process is connected. `pagers` are the kinds of target beside people and
    channels that can be reached: each is a platform by its own name (`email`, `pagerduty`, `webhook`).
    """

    files: Mapping[str, FileSharing] = field(default_factory=dict)
    charts: Charts | None = None
    resolve: Callable[[ChannelName], ChannelName] = _as_named
    elsewhere: tuple[str, ...] = ()
    pagers: frozenset[TargetKind] = frozenset()


NO_EDGES = Edges()


@asynccontextmanager
async def open_bot(
    settings: Settings,
    journal: Journal,
    clock: Clock | None = None,
    rehearser: Rehearser | None = None,
    *,
    connected: bool = False,
    web: bool = False,
) -> AsyncIterator[Bot]:
    """Open the database and put the bot together around it; the database is closed at the end.

    A bot that is `connected` talks to every chat platform of the settings; another one leaves what is for them to it.
    With `web` it also answers programs, where the settings or a token ask for that.
    """
    clock, directory = clock or SystemClock(), Directory()
    team = _team(TeamFile(settings.team_file, settings.secret, clock, journal), directory)
    posted = asyncio.Event()
    catalogue = Catalogue(lambda: team().metrics, metric_sources(clock))
    async with AsyncExitStack() as stack:
        store = await open_store(settings.database_url)
        stack.push_async_callback(store.close)
        stack.push_async_callback(catalogue.aclose)
        providers = ProviderCatalogue(BuiltinFlags(store, clock), lambda: team().providers, clock)
        stack.push_async_callback(providers.aclose)
        open_edges = edges_of(settings, clock, journal, directory, store) if connected else ()
        for edge in open_edges:
            stack.push_async_callback(edge.aclose)
        bot = assemble(
            store,
            clock,
            journal,
            PlanDirectory(settings.plans),
            team=team,
            metrics=catalogue,
            platforms={
                PLATFORM: LocalPlatform(store, clock, posted),
                **{it.name: it.platform for it in open_edges},
                **mail_of(settings, clock),
            },
            providers=providers,
            prefix=settings.command_prefix,
            posted=posted,
            changes=store,
            rehearser=rehearser,
            edges=Edges(
                files={it.name: it.platform for it in open_edges},
                charts=open_charts(journal) if connected else None,
                resolve=lambda channel: directory.resolve(named(team(), channel)),
                elsewhere=() if connected else settings.platforms,
            ),
        )
        if connected or (web and await _wants_web(bot, settings)):
            bot = replace(bot, services=await _services(bot, open_edges, settings, store), edges=open_edges)
        yield bot


async def _wants_web(bot: Bot, settings: Settings) -> bool:
    """Say whether there is anybody to answer: somebody who knows our address, or a program with a token."""
    return bool(settings.public_url) or any(it.lives(bot.clock.now()) for it in await bot.operations.tokens.list())


async def _services(bot: Bot, open_edges: Sequence[Edge], settings: Settings, store: SqlStore) -> tuple[Service, ...]:
    """Let the platforms' people and the programs in, and return what has to run for that."""
    from bot.web.app import build_app
    from bot.web.server import WebServer
    from bot.web.serving import Stored, serve_flags

    serving = serve_flags(
        bot.operations,
        Stored(store, store, store),
        bot.clock,
        bot.journal,
        bot.team,
        evaluations=settings.evaluations,
    )
    # Nobody is answered before the flags are known.
    await serving.keeper.refresh()
    routes: list[Any] = [*serving.routes]
    for edge in open_edges:
        edge.attach(bot.dispatcher, commands.ALL)
        routes += edge.routes
    app = build_app(bot.physician.look, routes, origins=_listed(settings.origins), unrouted=serving.unrouted)
    web = WebServer(app, settings.host, settings.port, bot.journal, streams=serving.streams)
    return (*(service for edge in open_edges for service in edge.services), serving.keeper, web)


def _team(file: TeamFile, directory: Directory) -> Callable[[], Team]:
    """Return the team in force, with its channels by their ids; they are resolved anew when either changed."""
    kept: list[tuple[Team, int, Team]] = []

    def current() -> Team:
        team, revision = file.current(), directory.revision
        if not kept or kept[0][0] is not team or kept[0][1] != revision:
            kept[:] = [(team, revision, with_ids(team, directory.resolve))]
        return kept[0][2]

    return current


def edges_of(
    settings: Settings, clock: Clock, journal: Journal, directory: Directory, store: Store
) -> tuple[Edge, ...]:
    """Open the way out to each chat platform that the settings name; their libraries are loaded only then."""
    found: list[Edge] = []
    if "slack" in settings.platforms:
        from bot.chat.slack.edge import SlackConfig, open_slack

        slack = SlackConfig(
            bot_token=settings.slack_bot_token.get_secret_value(),
            app_token=settings.slack_app_token.get_secret_value(),
            signing_secret=settings.slack_signing_secret.get_secret_value(),
            api_url=settings.slack_api_url,
            teams=_listed(settings.slack_teams),
            sockets=settings.slack_sockets,
            prefix=settings.command_prefix,
        )
        found.append(open_slack(slack, clock, journal, directory))
    if "discord" in settings.platforms:
        from bot.chat.discord.edge import DiscordConfig, open_discord

        discord = DiscordConfig(
            token=settings.discord_token.get_secret_value(),
            guilds=tuple(int(guild) for guild in _listed(settings.discord_guilds)),
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            prefix=settings.command_prefix,
        )
        found.append(open_discord(discord, clock, journal, directory, StoredNote(store, "discord.commands")))
    return tuple(found)


def mail_of(settings: Settings, clock: Clock) -> dict[str, ChatPlatform]:
    """Return the way out by e-mail, where the settings name a mail server."""
    url = settings.smtp_url.get_secret_value()
    if not url:
        return {}
    from bot.pagers.email import Email, read_mail_server

    return {EMAIL: Email(read_mail_server(url), settings.smtp_from, clock)}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


def plan_fit(plan: Plan, settings: Settings, journal: Journal, file: Path) -> Fit:
    """Check a plan against the team file, without a database; `file` is where the plan stands."""
    from bot.files.plan_places import places_in

    clock = SystemClock()
    team = TeamFile(settings.team_file, settings.secret, clock, journal)
    catalogue = Catalogue(lambda: team.current().metrics, metric_sources(clock))
    return Plans(PlanDirectory(settings.plans), clock, team.current, catalogue).fit_at(plan, places_in(file))


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
    edges: Edges = NO_EDGES,
) -> Bot:
    """Put a bot together from its parts; tests hand in their own. Without metrics, people report every figure."""
    # The order is the pipeline: what the first makes true, the second tells, and the last publishes the log's head.
    book = LinkBook(team, store, clock)
    connected = (*platforms, *edges.elsewhere)
    circumstances = Circumstances(book.team, connected)
    reports = Reports(store, clock)
    figures = metrics or Catalogue(lambda: team().metrics, {})
    concerns = (
        RolloutKeeper(store, clock, providers, circumstances, journal),
        MeasurementKeeper(store, clock, figures, circumstances, journal),
        EscalationKeeper(store, clock, book.team, journal, chats_of(connected), edges.pagers),
        HandoffKeeper(store, clock, book.team, chats_of(connected)),
        AnnouncementKeeper(store, clock, book.team, connected, plans, journal),
        ReminderKeeper(store, clock, book.team, connected),
        _outbox(store, clock, journal, platforms, circumstances, reports=reports, edges=edges),
        AuditHeadKeeper(store, journal),
        RetentionKeeper(store, clock, journal),
    )
    loop = Loop(concerns, clock, journal, changes)
    verbs = Verbs(store, clock, loop.poke, connected)
    planned = Plans(plans, clock, team, figures, rehearser)
    rollouts = Rollouts(verbs, planned, circumstances, edges.resolve)
    operations = Operations(
        rollouts=rollouts,
        flags=Flags(verbs, circumstances),
        checklists=Checklists(verbs, rollouts),
        plans=planned,
        judgements=Judgements(verbs, rollouts, figures, book.team),
        freezes=Freezes(verbs, circumstances),
        access=Access(verbs, team, book),
        audit=AuditLog(store),
        reports=reports,
        overviews=Overviews(store, clock, circumstances),
        pages=Pages(verbs, circumstances, book.team),
        oncall=OnCall(verbs, book.team),
        tokens=Tokens(verbs, book.team),
        announcements=Announcements(verbs, planned, circumstances, book.team, pictures(clock)),
        afterwards=Afterwards(verbs, rollouts),
        flag_care=FlagCare(store, clock),
        clock=clock,
    )
    dispatcher = Dispatcher(commands.ALL, operations, verbs, TeamPeople(book.team, book.name_of), book, journal, prefix)
    physician = Physician(store, clock, loop, edges.elsewhere)
    return Bot(store, clock, journal, loop, dispatcher, operations, posted, physician, team, figures, edges.resolve)


def _outbox(
    store: Store,
    clock: Clock,
    journal: Journal,
    platforms: Mapping[str, ChatPlatform],
    circumstances: Circumstances,
    *,
    reports: Reports,
    edges: Edges,
) -> OutboxKeeper:
    return OutboxKeeper(
        store,
        clock,
        platforms,
        circumstances,
        journal,
        reports,
        files=edges.files,
        charts=edges.charts,
        elsewhere=edges.elsewhere,
    )
