"""A bot with its real edges, connected to servers of our own; people type and press there, and time is moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from bot.chat.conversation import NOTHING_GIVEN, Conversation, Origin, Reply
from bot.chat.directory import Directory
from bot.chat.edge import Edge
from bot.domain.form import Form
from bot.domain.message import Message
from bot.domain.team import Identity, Person, Team
from bot.domain.team_channels import named, with_ids
from bot.files.plan_library import PlanDirectory
from bot.flag_providers.builtin import BuiltinFlags
from bot.ports import Charts, PlanLibrary, Service, Store
from bot.storage.store import open_store
from bot.supervision import Supervisor
from bot.wiring import Edges, assemble
from commands import ALL
from commands.completion import Candidate
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.scenarios.world import PLANS, World

SECOND, SOON = timedelta(seconds=1), timedelta(minutes=2)
PEOPLE = {"ana": "owner", "ben": "owner", "watcher": "viewer"}


@dataclass(slots=True)
class Overheard:
    """A conversation that hands everything on, and remembers the last answer as it was before it was drawn."""

    inner: Conversation
    last: Reply | None = None

    async def handle(self, text: str, origin: Origin, given: Mapping[str, str] = NOTHING_GIVEN) -> Reply:
        self.last = await self.inner.handle(text, origin, given)
        return self.last

    async def ask(self, text: str, origin: Origin) -> Form | Reply | None:
        return await self.inner.ask(text, origin)

    def knows(self, origin: Origin) -> bool:
        return self.inner.knows(origin)

    async def home(self, origin: Origin) -> Message:
        return await self.inner.home(origin)

    async def complete(self, text: str, origin: Origin) -> tuple[Candidate, ...]:
        return await self.inner.complete(text, origin)


class Watched(Directory):
    """A directory that says when it has learned of each platform."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, asyncio.Event] = {}

    def learn(self, platform: str, ids: Mapping[str, str]) -> None:
        super().learn(platform, ids)
        self.known.setdefault(platform, asyncio.Event()).set()

    async def knows(self, platform: str) -> None:
        async with asyncio.timeout(5):
            await self.known.setdefault(platform, asyncio.Event()).wait()


class Side(Protocol):
    """One platform, as its people see it."""

    name: str

    def identity(self, person: str) -> str:
        """Return a person's id."""
        ...

    def edge(self, clock: MovedClock, journal: KeptJournal, directory: Directory, store: Store) -> Edge:
        """Return the real edge, pointed at the server."""
        ...

    async def ready(self, bot: object) -> None:
        """Wait until people can be heard."""
        ...

    async def typed(self, line: str, person: str, channel: str) -> None:
        """Let somebody type a line, and wait until it is answered."""
        ...


@dataclass
class Connected(World):
    """A world whose people are on platforms; each line is typed where its platform says."""

    sides: Mapping[str, Side] = field(default_factory=dict)
    overheard: Overheard | None = None
    usual: str = ""

    async def typed(
        self,
        line: str,
        *,
        by: str = "ana",
        channel: str = "releases",
        request: str | None = None,
        platform: str = "local",
    ) -> Reply:
        del request
        assert self.overheard is not None
        self.overheard.last = None
        side = self.sides[self.usual if platform == "local" else platform]
        await side.typed(line, by, channel)
        assert self.overheard.last is not None, f"nobody heard {line}"
        reply = self.overheard.last
        await self.rests()
        return reply

    async def passes(self, duration: timedelta) -> None:
        self.clock.advance(duration)
        await self.rests()

    async def rests(self) -> None:
        """Let everything be done that is due now or within moments: what is paced leaves one after the other."""
        for _ in range(200):
            await self.bot.loop.settle()
            due = await self.store.read(lambda tx: tx.outbox.next_due())
            if due is None or due > self.clock.now() + SOON:
                return
            self.clock.move_to(max(due, self.clock.now()))
        raise AssertionError("the outbox is never empty")


def team_of(sides: Sequence[Side]) -> Team:
    """Return a team in which each person is the same one on every platform."""
    people = [
        Person(name, frozenset({role}), tuple(Identity(side.name, side.identity(name)) for side in sides))
        for name, role in PEOPLE.items()
    ]
    return Team(people=tuple(people))


@asynccontextmanager
async def connected(
    url: str,
    sides: Sequence[Side],
    clock: MovedClock,
    plans: PlanLibrary | None = None,
    team: Team | None = None,
    charts: Charts | None = None,
) -> AsyncIterator[Connected]:
    """Run a bot between its start and its end; a second block over the same file is the same bot, started again."""
    journal, directory, found = KeptJournal(), Watched(), team or team_of(sides)
    async with AsyncExitStack() as stack:
        store = await open_store(url)
        stack.push_async_callback(store.close)
        edges = [side.edge(clock, journal, directory, store) for side in sides]
        for edge in edges:
            stack.push_async_callback(edge.aclose)
        bot = assemble(
            store,
            clock,
            journal,
            plans or PlanDirectory(Path(PLANS)),
            team=lambda: with_ids(found, directory.resolve),
            platforms={edge.name: edge.platform for edge in edges},
            providers={"builtin": BuiltinFlags(store, clock)},
            posted=asyncio.Event(),
            edges=Edges(
                files={edge.name: edge.platform for edge in edges},
                charts=charts,
                resolve=lambda channel: directory.resolve(named(found, channel)),
            ),
        )
        overheard = Overheard(bot.dispatcher)
        for edge in edges:
            edge.attach(overheard, ALL)
        services = [*(service for edge in edges for service in edge.services), *_web(edges, journal)]
        await stack.enter_async_context(_served(Supervisor(services, clock, journal)))
        bot = replace(bot, services=tuple(services))
        for side in sides:
            await side.ready(bot)
            await directory.knows(side.name)
        world = Connected(bot, clock, journal, store, url, sides={side.name: side for side in sides})
        world.overheard, world.usual = overheard, sides[0].name
        yield world


def _web(edges: Sequence[Edge], journal: KeptJournal) -> list[Service]:
    from bot.domain.health import Health
    from bot.web.app import build_app
    from bot.web.server import WebServer

    async def nobody_asks() -> Health:
        raise NotImplementedError

    routes = [route for edge in edges for route in edge.routes]
    return [WebServer(build_app(nobody_asks, routes), "127.0.0.1", 0, journal)] if routes else []


@asynccontextmanager
async def _served(supervisor: Supervisor) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


Until = Callable[[Callable[[], object]], Awaitable[object]]
