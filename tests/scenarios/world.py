"""A bot with its real store in a temporary file, people who type, and a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from bot.chat.conversation import Origin, Outcome, Reply
from bot.chat.local.feed import is_card
from bot.chat.local.outbound import LocalPlatform
from bot.chat.local.plain import plain_message
from bot.chat.local.wording import Reader
from bot.domain.flag import OFF, FlagSetting
from bot.domain.team import NO_TEAM
from bot.files.plan_library import PlanDirectory
from bot.flag_providers.builtin import BuiltinFlags
from bot.metric_sources.catalogue import Catalogue
from bot.storage.store import SqlStore, open_store
from bot.wiring import Bot, Edges, assemble
from tests.databases import begin_with_a_schema
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.simulation.quick_store import QuickStore

if TYPE_CHECKING:
    from bot.domain.audit import Entry
    from bot.domain.message import Button
    from bot.domain.outbox import Delivery, Post
    from bot.domain.rollout import Rollout
    from bot.domain.team import Team
    from bot.ports import ChatPlatform, FileSharing, FlagProvider, Metrics, PlanLibrary, Store

PLANS = Path(__file__).parents[2] / "plans"

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

CHECKOUT = """
plan: checkout
title: The new checkout
environment: production
flags: {checkout: {unit: user, population: 2000}}
channel: {local: releases}
phases:
  - name: Prepare
    checklist:
      - Database backed up
      - {text: Load test done, evidence: true}
  - name: Everyone
    soak: 1h
    steps: [{set: 10%}, {set: 25%}, {set: 50%}, {set: 100%}]
rollback:
  - {name: Switch it off, set: off, takes: instant}
  - {name: Restore the orders, checklist: [Restore the backup], takes: 15m, destroys: orders since the start}
"""


@dataclass
class World:
    """What a scenario touches. People type in #releases as ana unless told otherwise."""

    bot: Bot
    clock: MovedClock
    journal: KeptJournal
    store: Store
    url: str
    requests: count[int] = field(default_factory=count)

    async def typed(
        self,
        line: str,
        *,
        by: str = "ana",
        channel: str = "releases",
        request: str | None = None,
        platform: str = "local",
    ) -> Reply:
        """Have somebody type a line, and let the bot do all that follows."""
        request = request or f"request-{next(self.requests)}"
        reply = await self.bot.dispatcher.handle(line, Origin(platform, channel, by, request))
        await self.bot.loop.settle()
        return reply

    async def done(self, line: str, *, by: str = "ana", channel: str = "releases", platform: str = "local") -> str:
        """Have a line typed that must be done; return the answer's text."""
        reply = await self.typed(line, by=by, channel=channel, platform=platform)
        assert reply.outcome is Outcome.DONE, f"{line}: {self.text(reply)}"
        return self.text(reply)

    async def refused(self, line: str, *, by: str = "ana", channel: str = "releases", platform: str = "local") -> str:
        """Have a line typed that must be refused; return the answer's text."""
        reply = await self.typed(line, by=by, channel=channel, platform=platform)
        assert reply.outcome is Outcome.REFUSED, f"{line}: {self.text(reply)}"
        return self.text(reply)

    async def agreed(self, line: str) -> str:
        """Have a line typed that is asked about, and say yes; return the answer's text."""
        (button,) = (await self.typed(line)).message.buttons
        return await self.done(button.command)

    async def passes(self, duration: timedelta) -> None:
        """Let time pass, and the bot do what has become due."""
        self.clock.advance(duration)
        await self.bot.loop.settle()

    def text(self, reply: Reply) -> str:
        """Return an answer as a pipe would show it."""
        return plain_message(reply.message, Reader(self.clock.now(), None))

    async def rollout(self, number: int = 1) -> Rollout:
        """Return a rollout."""
        found = await self.store.read(lambda tx: tx.rollouts.get(number))
        assert found is not None
        return found

    async def held(self, flag: str, environment: str = "production") -> FlagSetting:
        """Return what a flag holds."""
        state = await self.store.read(lambda tx: tx.flags.state(flag, environment))
        return state.setting if state is not None else OFF

    async def audit(self) -> list[Entry]:
        """Return the whole audit log, oldest first."""
        return await self.store.read(lambda tx: list(tx.audit.walk()))

    async def outbox(self) -> list[Delivery]:
        """Return every row of the outbox, oldest first."""
        return list(reversed(await self.store.read(lambda tx: tx.outbox.recent(1000))))

    async def _posts(self, channel: str) -> list[Post]:
        posts = await self.store.read(lambda tx: tx.posts.since(channel, 0, 1000))
        return sorted(posts, key=lambda post: int(post.reference))

    async def said(self, channel: str = "releases") -> list[str]:
        """Return what was posted once in a channel, in order, each as one sentence."""
        return [post.message.summary for post in await self._posts(channel) if not is_card(post)]

    async def cards(self, channel: str = "releases") -> list[str]:
        """Return the cards that stand in a channel, each as one sentence."""
        return [post.message.summary for post in await self._posts(channel) if is_card(post)]

    async def card_buttons(self, channel: str = "releases") -> dict[str, Button]:
        """Return the buttons of a channel's only card, by their labels."""
        (card,) = [post for post in await self._posts(channel) if is_card(post)]
        return {button.label: button for button in card.message.buttons}


@asynccontextmanager
async def world_over(
    url: str,
    *,
    plans: PlanLibrary | None = None,
    platforms: Mapping[str, ChatPlatform] | None = None,
    providers: Mapping[str, FlagProvider] | None = None,
    clock: MovedClock | None = None,
    team: Callable[[], Team] = lambda: NO_TEAM,
    metrics: Metrics | None = None,
    files: Mapping[str, FileSharing] | None = None,
    elsewhere: tuple[str, ...] = (),
    store: QuickStore | SqlStore | None = None,
) -> AsyncIterator[World]:
    """Open a bot; its parts are the real ones unless others are given. A store that is given takes the place of the file."""
    if store is None:
        begin_with_a_schema(Path(url.partition("///")[2]))
        store = await open_store(url)
    clock, journal, posted = clock or MovedClock(), KeptJournal(), asyncio.Event()
    try:
        bot = assemble(
            store,
            clock,
            journal,
            plans or PlanDirectory(PLANS),
            platforms=platforms or {"local": LocalPlatform(store, clock, posted)},
            providers=providers or {"builtin": BuiltinFlags(store, clock)},
            posted=posted,
            team=team,
            metrics=metrics or Catalogue(lambda: team().metrics, {}),
            edges=Edges(files=files or {}, elsewhere=elsewhere),
        )
        yield World(bot, clock, journal, store, url)
    finally:
        await store.close()
