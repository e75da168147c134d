"""A bot whose way in from Slack is the real one, over HTTP or Socket Mode, with a conversation that a test scripts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.chat.conversation import NOTHING_GIVEN, Conversation, Origin, Outcome, Reply
from bot.chat.slack.http import PATH, Signature, slack_route
from bot.chat.slack.inbound import ACKNOWLEDGED_WITHIN, InboundConfig, SlackInbound
from bot.chat.slack.manifest import SCOPES
from bot.chat.slack.render import render
from bot.chat.slack.socket_mode import SocketMode
from bot.domain.form import Form
from bot.domain.message import Button, Buttons, Heading, Message, Paragraph, line, say
from bot.ports import Clock
from commands.completion import Candidate
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.slack import Answer, Channel, Person, SlackServer, Way
from tests.fakes.slack import Message as PostedMessage
from tests.fakes.slack.clients import web_client

QUICK = InboundConfig(opened_within=0.3, answered_within=0.3)
"""Does not wait for a Slack that hangs."""


@dataclass(frozen=True, slots=True)
class Handled:
    """A line that reached the conversation."""

    line: str
    origin: Origin
    given: Mapping[str, str]


@dataclass
class ScriptedConversation:
    """The Conversation protocol: answers what a test wrote down, and keeps what it was given.

    `held` lets every line wait until it is set; `broken` is raised by every line.
    """

    replies: dict[str, Reply] = field(default_factory=dict)
    forms: dict[str, Form | Reply] = field(default_factory=dict)
    handled: list[Handled] = field(default_factory=list)
    at_home: tuple[Button, ...] = ()
    held: asyncio.Event | None = None
    broken: Exception | None = None

    async def handle(self, text: str, origin: Origin, given: Mapping[str, str] = NOTHING_GIVEN) -> Reply:
        """Answer as it was written down, or in private that the line was noted."""
        self.handled.append(Handled(text, origin, dict(given)))
        await self._obstacles()
        return self.replies.get(text) or Reply(say(f"noted: {text}"), Outcome.DONE)

    async def ask(self, text: str, origin: Origin) -> Form | Reply | None:
        """Return the form that was written down for a line."""
        await self._obstacles()
        return self.forms.get(text)

    def knows(self, origin: Origin) -> bool:
        return bool(origin.platform_id)

    async def home(self, origin: Origin) -> Message:
        """Return what the Home tab shows somebody."""
        await self._obstacles()
        text = line(f"Nothing waits for {origin.platform_id}.")
        return Message("Nothing waits.", (Heading("Rollcall"), Paragraph(text), Buttons(self.at_home)))

    async def complete(self, text: str, origin: Origin) -> tuple[Candidate, ...]:
        """Slack does not ask for completions."""
        raise NotImplementedError

    async def _obstacles(self) -> None:
        if self.held is not None:
            await self.held.wait()
        if self.broken is not None:
            raise self.broken


@dataclass
class Scene:
    """What a test of the way in touches: a workspace with a channel and a person in it, and a bot that listens there."""

    slack: SlackServer
    conversation: ScriptedConversation
    inbound: SlackInbound
    way: Way
    clock: MovedClock
    journal: KeptJournal
    channel: Channel
    person: Person

    async def typed(self, text: str, command: str = "/rollout") -> Answer:
        """Have the person type a command in the channel."""
        return await self.way.command(self.person, self.channel, command, text)

    async def posted(self, *buttons: Button, thread: PostedMessage | None = None) -> PostedMessage:
        """Post a card with buttons in the channel."""
        drawn = render(Message("A card.", (Paragraph(line("25 %")), Buttons(buttons))))
        said = await web_client(self.slack).chat_postMessage(
            channel=self.channel.id, text=drawn.text, blocks=drawn.blocks, thread_ts=thread.ts if thread else None
        )
        (message,) = [it for it in self.channel.posts.values() if it.ts == said["ts"]]
        message.looked_at = True
        return message

    async def pressed(self, label: str, command: str) -> Answer:
        """Post a card with one button, have the person press it, and wait until everything that follows is done."""
        answer = await self.way.press(self.person, await self.posted(Button(label, command)), label)
        await self.settle()
        return answer

    async def settle(self) -> None:
        """Wait until every answer is out."""
        await self.inbound.settle()

    async def taking_long(self, doing: Coroutine[object, object, Answer]) -> Answer:
        """Do something with a conversation that is held, and let the time pass after which Slack has to be answered."""
        task = asyncio.create_task(doing)
        await until(lambda: self.clock.awaited == self.clock.now() + ACKNOWLEDGED_WITHIN)
        self.clock.advance(ACKNOWLEDGED_WITHIN)
        return await task

    @property
    def said_alone(self) -> list[str]:
        """What the person alone was told in the channel, in order."""
        return [message.seen for message in self.slack.ephemerals(self.person)]


@asynccontextmanager
async def scene_over(way: str, config: InboundConfig = QUICK) -> AsyncIterator[Scene]:
    """Let somebody reach a scripted conversation over `http` or `socket`."""
    clock, conversation = MovedClock(), ScriptedConversation()
    async with SlackServer(clock, scopes=SCOPES) as slack:
        person, channel = slack.person("release-engineer"), slack.channel("releases")
        channel.invite(person)
        async with bot_in(slack, conversation, clock, way, config) as (inbound, way_in, journal):
            yield Scene(slack, conversation, inbound, way_in, clock, journal, channel, person)


@asynccontextmanager
async def bot_in(
    slack: SlackServer,
    conversation: Conversation,
    clock: Clock,
    over: str,
    config: InboundConfig = QUICK,
) -> AsyncIterator[tuple[SlackInbound, Way, KeptJournal]]:
    """Let people reach a conversation over `http` or `socket`; at the end nothing is left under way."""
    journal = KeptJournal()
    client = web_client(slack)
    inbound = SlackInbound(config, client, conversation, conversation.home, clock=clock, journal=journal)
    ways = served(slack, inbound, clock, journal) if over == "http" else connected(slack, inbound, clock, journal)
    async with ways as way:
        yield inbound, way, journal
        await inbound.settle()


@asynccontextmanager
async def served(slack: SlackServer, inbound: SlackInbound, clock: Clock, journal: KeptJournal) -> AsyncIterator[Way]:
    """Serve the signed route on the loopback."""
    route = slack_route(inbound.app, Signature(slack.signing_secret, clock), clock, journal)
    async with serving(Starlette(routes=[route])) as address:
        yield slack.http(f"{address}{PATH}")


@asynccontextmanager
async def connected(
    slack: SlackServer, inbound: SlackInbound, clock: Clock, journal: KeptJournal, connections: int = 1
) -> AsyncIterator[Way]:
    """Hold connections of Socket Mode; at the end the service stops in good order."""
    client = web_client(slack, slack.app_token)
    service = SocketMode(inbound.app, client, connections=connections, clock=clock, journal=journal)
    stop, made = asyncio.Event(), slack.connections_made
    running = asyncio.create_task(service.run(stop))
    try:
        await slack.connected(made + connections)
        yield slack.socket()
    finally:
        stop.set()
        await running


async def until(condition: Callable[[], object]) -> None:
    """Let everything run until a condition holds that no event tells of; a test in which it never does fails."""
    async with asyncio.timeout(5):
        while not condition():
            # Sockets need the loop to turn for real, which a moved clock does not make it do.
            await asyncio.get_running_loop().run_in_executor(None, int)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application by uvicorn on a free port, and yield its address."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2)
    server = _Server(config)
    # With the protocol named, asyncio switches Nagle's algorithm off; without it every answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
