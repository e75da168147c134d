"""The only module that names concrete classes: it makes a bot out of settings and hands every part what it needs."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import commands
from bot.charts import open_charts
from bot.chat.directory import Directory
from bot.chat.dispatch import Dispatcher
from bot.chat.local.outbound import LocalPlatform
from bot.chat.local.seat import PLATFORM
from bot.chat.people import TeamPeople
from bot.clock import SystemClock
from bot.domain.team import NO_TEAM, Team, chats_of
from bot.domain.team_channels import named
from bot.files.plan_library import PlanDirectory
from bot.files.team_watch import TeamFile
from bot.flag_providers.builtin import BuiltinFlags
from bot.flag_providers.catalogue import ProviderCatalogue
from bot.metric_sources.catalogue import Catalogue
from bot.metric_sources.opening import metric_sources
from bot.operations import Operations
from bot.operations.access import Access
from bot.operations.afterwards import Afterwards
from bot.operations.alerts import Alerts
from bot.operations.announcements import Announcements
from bot.operations.audit_log import AuditLog
from bot.operations.checklists import Checklists
from bot.operations.circumstances import Circumstances
from bot.operations.flags import Flags
from bot.operations.freezes import Freezes
from bot.operations.judgements import Judgements
from bot.operations.link_book import LinkBook
from bot.operations.oncall import OnCall
from bot.operations.overviews import Overviews
from bot.operations.page_events import PageEvents
from bot.operations.pages import Pages
from bot.operations.plans import Plans
from bot.operations.reports import Reports
from bot.operations.rollouts import Rollouts
from bot.operations.rosters import RosterBook
from bot.operations.tokens import Tokens
from bot.operations.transaction import Verbs
from bot.pagers.heartbeat import Heartbeat
from bot.pagers.opening import PagerConfig, pagers_of
from bot.pictures import pictures
from bot.reconcile.announcements import AnnouncementKeeper
from bot.reconcile.audit_head import AuditHeadKeeper
from bot.reconcile.escalations import EscalationKeeper
from bot.reconcile.flag_reminders import FlagReminderKeeper
from bot.reconcile.handoffs import HandoffKeeper
from bot.reconcile.health import Physician
from bot.reconcile.loop import Concern, Loop
from bot.reconcile.measurements import MeasurementKeeper
from bot.reconcile.outbox import OutboxKeeper
from bot.reconcile.reminders import ReminderKeeper
from bot.reconcile.retention import RetentionKeeper
from bot.reconcile.rollouts import RolloutKeeper
from bot.reconcile.rosters import RosterKeeper
from bot.services import services_of, wants_web
from bot.settings import listed
from bot.storage.note import StoredNote
from bot.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from bot.chat.edge import Edge
    from bot.domain.escalation import TargetKind
    from bot.domain.plan import ChannelName, Plan
    from bot.domain.plan_fit import Fit
    from bot.pagers.web_post import Web
    from bot.ports import (
        Changes,
        Charts,
        ChatPlatform,
        Clock,
        Examined,
        FileSharing,
        FlagProvider,
        Journal,
        Metrics,
        PlanLibrary,
        Rehearser,
        ScheduleSource,
        Service,
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
    physician: Physician
    team: Callable[[], Team]
    metrics: Metrics
    resolve: Callable[[ChannelName], ChannelName]
    pagers: frozenset[TargetKind] = frozenset()
    checkups: tuple[Examined, ...] = ()
    services: tuple[Service, ...] = ()
    edges: tuple[Edge, ...] = ()


def _as_named(channel: ChannelName) -> ChannelName:
    return channel


@dataclass(frozen=True, slots=True)
class Edges:
    """What the platforms add to a bot.

    `files` carry files, `charts` draws pictures for them, `resolve` finds a channel's id by its name, and `elsewhere`
    names the platforms to which another process is connected. `pagers` are the kinds of target beside people and
    channels that can be reached: each is a platform by its own name (`email`, `pagerduty`, `webhook`). `schedules` is
    asked who is on call where the team file leaves that to PagerDuty; a process that is not to ask has none.
    """

    files: Mapping[str, FileSharing] = field(default_factory=dict)
    charts: Charts | None = None
    resolve: Callable[[ChannelName], ChannelName] = _as_named
    elsewhere: tuple[str, ...] = ()
    pagers: frozenset[TargetKind] = frozenset()
    schedules: ScheduleSource | None = None


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
    listens: bool = True,
) -> AsyncIterator[Bot]:
    """Open the database and put the bot together around it; the database is closed at the end.

    A bot that is `connected` talks to every chat platform of the settings; another one leaves what is for them to it.
    With `web` it also answers programs, where the settings or a token ask for that. Unless it `listens`, nobody is let in.
    """
    clock, directory = clock or SystemClock(), Directory()
    team = directory.resolving(TeamFile(settings.team_file, settings.secret, clock, journal).current)
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
        chats = {it.name: it.platform for it in open_edges}
        pagers = pagers_of(pager_config(settings), team, clock)
        stack.push_async_callback(pagers.web.aclose)
        bot = assemble(
            store,
            clock,
            journal,
            PlanDirectory(settings.plans),
            team=team,
            metrics=catalogue,
            platforms={PLATFORM: LocalPlatform(store, clock, posted), **chats, **pagers.platforms},
            providers=providers,
            prefix=settings.command_prefix,
            posted=posted,
            changes=store,
            rehearser=rehearser,
            edges=Edges(
                files=chats,
                charts=open_charts(journal) if connected else None,
                resolve=lambda channel: directory.resolve(named(team(), channel)),
                elsewhere=() if connected else settings.platforms,
                pagers=pagers.kinds,
                schedules=pagers.schedules if connected or web else None,
            ),
        )
        bot = replace(bot, pagers=pagers.kinds, checkups=pagers.checkups)
        await bot.dispatcher.links.glance()
        if connected or (web and await wants_web(bot, settings)):
            services = await services_of(bot, open_edges, settings, store) if listens else ()
            bot = replace(bot, services=services, edges=open_edges)
        yield _beating(bot, settings, pagers.web) if connected or web else bot


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
            teams=listed(settings.slack_teams),
            sockets=settings.slack_sockets,
            prefix=settings.command_prefix,
        )
        found.append(open_slack(slack, clock, journal, directory))
    if "discord" in settings.platforms:
        from bot.chat.discord.edge import DiscordConfig, open_discord

        discord = DiscordConfig(
            token=settings.discord_token.get_secret_value(),
            guilds=tuple(int(guild) for guild in listed(settings.discord_guilds)),
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            prefix=settings.command_prefix,
        )
        found.append(open_discord(discord, clock, journal, directory, StoredNote(store, "discord.commands")))
    return tuple(found)


def pager_config(settings: Settings) -> PagerConfig:
    """Return what the settings say of e-mail and PagerDuty."""
    return PagerConfig(
        settings.smtp_url.get_secret_value(),
        settings.smtp_from,
        settings.pagerduty_url,
        settings.pagerduty_api_url,
        settings.public_url,
    )


def _beating(bot: Bot, settings: Settings, web: Web) -> Bot:
    """Return the bot with its heartbeat, where the settings name an address for it."""
    url, every = settings.heartbeat_url.get_secret_value(), timedelta(seconds=settings.heartbeat_every)
    if not url:
        return bot
    heart = Heartbeat(web, bot.clock, bot.journal, bot.physician.look, url, every, settings.heartbeat_method)
    return replace(bot, services=(*bot.services, heart))


def plan_fit(plan: Plan, settings: Settings, journal: Journal, file: Path) -> Fit:
    """Check a plan against the team file, without a database; `file` is where the plan stands."""
    from bot.files.plan_places import places_in

    clock = SystemClock()
    team = TeamFile(settings.team_file, settings.secret, clock, journal)
    catalogue = Catalogue(lambda: team.current().metrics, metric_sources(clock))
    return Plans(PlanDirectory(settings.plans), clock, team.current, catalogue).fit_at(plan, places_in(file))


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
    rosters = RosterBook(team, store, clock)
    book = LinkBook(rosters.team, store, clock, rosters.glance)
    connected = (*platforms, *edges.elsewhere)
    circumstances = Circumstances(book.team, connected)
    reports = Reports(store, clock)
    figures = metrics or Catalogue(lambda: team().metrics, {})
    concerns: tuple[Concern, ...] = (
        RolloutKeeper(store, clock, providers, circumstances, journal),
        MeasurementKeeper(store, clock, figures, circumstances, journal),
        *_paging(book, rosters, journal, connected, edges),
        AnnouncementKeeper(store, clock, book.team, connected, plans, journal),
        ReminderKeeper(store, clock, book.team, connected),
        FlagReminderKeeper(store, clock, circumstances),
        _outbox(store, clock, journal, platforms, circumstances, reports=reports, edges=edges),
        AuditHeadKeeper(store, journal),
        RetentionKeeper(store, clock, journal),
    )
    loop = Loop(concerns, clock, journal, changes)
    verbs = Verbs(store, clock, loop.poke, connected)
    planned = Plans(plans, clock, team, figures, rehearser)
    rollouts = Rollouts(verbs, planned, circumstances, edges.resolve)
    operations = _operations(verbs, rollouts, figures, reports, team=team, book=book)
    dispatcher = Dispatcher(commands.ALL, operations, verbs, TeamPeople(book.team, book.name_of), book, journal, prefix)
    physician = Physician(store, clock, loop, edges.elsewhere)
    return Bot(store, clock, journal, loop, dispatcher, operations, posted, physician, team, figures, edges.resolve)


def _operations(
    verbs: Verbs,
    rollouts: Rollouts,
    figures: Metrics,
    reports: Reports,
    *,
    team: Callable[[], Team],
    book: LinkBook,
) -> Operations:
    planned, circumstances = rollouts.plans, rollouts.circumstances
    return Operations(
        rollouts=rollouts,
        flags=Flags(verbs, circumstances),
        checklists=Checklists(verbs, rollouts),
        plans=planned,
        judgements=Judgements(verbs, rollouts, figures, book.team),
        freezes=Freezes(verbs, circumstances),
        access=Access(verbs, team, book),
        audit=AuditLog(verbs.store),
        reports=reports,
        overviews=Overviews(verbs.store, verbs.clock, circumstances),
        pages=Pages(verbs, circumstances, book.team),
        alerts=Alerts(verbs, circumstances, team),
        page_events=PageEvents(verbs, circumstances, book.team),
        oncall=OnCall(verbs, book.team),
        tokens=Tokens(verbs, book.team),
        announcements=Announcements(verbs, planned, circumstances, book.team, pictures(verbs.clock)),
        afterwards=Afterwards(verbs, rollouts),
        clock=verbs.clock,
    )


def _paging(
    book: LinkBook, rosters: RosterBook, journal: Journal, connected: tuple[str, ...], edges: Edges
) -> tuple[Concern, ...]:
    """Return what keeps it known who is on call, and pages and hand-offs going."""
    store, clock, chats = book.store, book.clock, chats_of(connected)
    asking = (RosterKeeper(rosters, store, clock, journal, edges.schedules),) if edges.schedules is not None else ()
    pages = EscalationKeeper(store, clock, book.team, journal, chats, edges.pagers)
    return (*asking, pages, HandoffKeeper(store, clock, book.team, chats))


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
