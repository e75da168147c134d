"""The only module that names concrete classes: it makes a bot out of settings and hands every part what it needs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import commands
from bot.chat.dispatch import Dispatcher
from bot.chat.local.outbound import LocalPlatform
from bot.chat.local.people import TerminalPeople
from bot.chat.local.seat import PLATFORM
from bot.clock import SystemClock
from bot.files.plan_library import PlanDirectory
from bot.flag_providers.builtin import BuiltinFlags
from bot.operations import Operations
from bot.operations.audit_log import AuditLog
from bot.operations.checklists import Checklists
from bot.operations.flags import Flags
from bot.operations.plans import Plans
from bot.operations.rollouts import Rollouts
from bot.operations.transaction import Verbs
from bot.reconcile.audit_head import AuditHeadKeeper
from bot.reconcile.loop import Loop
from bot.reconcile.outbox import OutboxKeeper
from bot.reconcile.rollouts import RolloutKeeper
from bot.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.ports import Changes, ChatPlatform, Clock, FlagProvider, Journal, PlanLibrary, Store
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
async def open_bot(settings: Settings, journal: Journal, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """Open the database and put the bot together around it; the database is closed at the end."""
    store = await open_store(settings.database_url)
    clock = clock or SystemClock()
    posted = asyncio.Event()
    try:
        yield assemble(
            store,
            clock,
            journal,
            PlanDirectory(settings.plans),
            platforms={PLATFORM: LocalPlatform(store, clock, posted)},
            providers={"builtin": BuiltinFlags(store, clock)},
            prefix=settings.command_prefix,
            posted=posted,
            changes=store,
        )
    finally:
        await store.close()


def assemble(
    store: Store,
    clock: Clock,
    journal: Journal,
    plans: PlanLibrary,
    *,
    platforms: Mapping[str, ChatPlatform],
    providers: Mapping[str, FlagProvider],
    posted: asyncio.Event,
    prefix: str = "",
    changes: Changes | None = None,
) -> Bot:
    """Put a bot together from its parts; tests hand in their own."""
    # The order is the pipeline: what the first makes true, the second tells, and the last publishes the log's head.
    concerns = (
        RolloutKeeper(store, clock, providers, journal),
        OutboxKeeper(store, clock, platforms, journal),
        AuditHeadKeeper(store, journal),
    )
    loop = Loop(concerns, clock, journal, changes)
    verbs = Verbs(store, clock, loop.poke, tuple(platforms))
    rollouts = Rollouts(verbs, plans)
    operations = Operations(
        rollouts=rollouts,
        flags=Flags(verbs),
        checklists=Checklists(verbs, rollouts),
        plans=Plans(plans, clock),
        audit=AuditLog(store),
        clock=clock,
    )
    dispatcher = Dispatcher(commands.ALL, operations, verbs, TerminalPeople(), journal, prefix)
    return Bot(store, clock, journal, loop, dispatcher, operations, posted)
