"""The server as a whole: what a test talks to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.ports import Clock
from tests.fakes.discord.command_book import Sync
from tests.fakes.discord.drafts import drafted
from tests.fakes.discord.faults import Faults, normal
from tests.fakes.discord.gateway import Gateway, Identify, Resumed
from tests.fakes.discord.guild_routes import gateway_address
from tests.fakes.discord.hands import Hands
from tests.fakes.discord.intents import intents
from tests.fakes.discord.interactions import Choice, Interaction, Modal
from tests.fakes.discord.openapi import published_judge
from tests.fakes.discord.places import Channel, Guild, Person
from tests.fakes.discord.posting import new_message
from tests.fakes.discord.posts import Json, Message, Pings
from tests.fakes.discord.rest import VERSION, Rest
from tests.fakes.discord.world import Rules, World


class DiscordServer:
    """A Discord of our own on the loopback; the package's docstring says how it is used."""

    def __init__(self, clock: Clock, *, privileged: tuple[str, ...] = (), rules: Rules | None = None) -> None:
        self.world = World(clock, rules=rules or Rules(), privileged=intents(privileged))
        self.gateway = Gateway(self.world)
        self.rest = Rest(self.world, published_judge())
        self._hands = Hands(self.world, self.gateway)
        self._runner = web.AppRunner(self._application(), handle_signals=False, access_log=None, shutdown_timeout=0.1)

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=2**26)
        application.router.add_route("*", VERSION + "/{rest:.*}", self.rest.handle)
        application.router.add_get("/gateway/", self.gateway.handle)
        application.router.add_get("/attachments/{file}/{name}", self._file)
        return application

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.world.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for socket in [*self.gateway.sockets]:
            socket.cut()
        await self._runner.cleanup()
        if error is None:
            self.verify()
        elif self.complaints:
            error.add_note("Discord complains, too:\n" + "\n".join(self.complaints))

    async def _file(self, request: web.Request) -> web.Response:
        file = self.world.files.get(int(request.match_info["file"]))
        if file is None:
            return web.Response(status=404)
        return web.Response(body=file.content, content_type=file.content_type)

    # What the product is told.

    @property
    def rest_url(self) -> str:
        """The base of all routes, as `discord.http.Route.BASE` has it."""
        return self.world.address + VERSION

    @property
    def gateway_url(self) -> str:
        """Where the gateway is, as `DiscordWebSocket.DEFAULT_GATEWAY` has it."""
        return gateway_address(self.world)

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.world.token

    @property
    def application_id(self) -> int:
        """The id of the application and of its bot."""
        return self.world.application_id

    # Who and what is there.

    @property
    def bot(self) -> Person:
        """The bot's user, for `channel.deny(discord.bot, …)`."""
        return self.world.bot

    @property
    def rules(self) -> Rules:
        """Numbers that Discord does not publish."""
        return self.world.rules

    def guild(self, name: str) -> Guild:
        """Add a guild in which the bot is."""
        return self.world.guild(name)

    def person(self, name: str) -> Person:
        """Return the person of that name, who may be in no guild."""
        return self.world.person(name)

    def direct(self, person: Person) -> Channel:
        """Return the direct messages between the bot and somebody."""
        return self.world.direct_channel(person)

    def say(self, person: Person, channel: Channel, text: str) -> Message:
        """Let somebody write a message."""
        return new_message(self.world, channel, person, drafted({"content": text}, {}))

    # What people do.

    async def command(
        self, person: Person, channel: Channel, line: str, values: Mapping[str, Any] | None = None
    ) -> Interaction:
        """Type `/rollout` or `/flag set` with options by name, and return what came of it; raises NotPossible."""
        return await self._hands.command(person, channel, line, values or {})

    async def autocomplete(
        self, person: Person, channel: Channel, line: str, values: Mapping[str, Any], focused: str
    ) -> list[Choice]:
        """Type a part of the option `focused` and return what is offered; raises NotPossible."""
        return await self._hands.autocomplete(person, channel, line, values, focused)

    async def press(self, person: Person, message: Message, button: str) -> Interaction:
        """Press a button by its label or custom_id; raises NotPossible."""
        return await self._hands.press(person, message, button)

    async def choose(self, person: Person, message: Message, custom_id: str, values: Iterable[object]) -> Interaction:
        """Choose from a menu: texts by label or value, or people, roles and channels; raises NotPossible."""
        return await self._hands.choose(person, message, custom_id, values)

    async def submit(self, person: Person, modal: Modal, values: Mapping[str, object]) -> Interaction:
        """Send a form with its fields by label or custom_id; raises NotPossible."""
        return await self._hands.submit(person, modal, values)

    def repeat(self, interaction: Interaction) -> None:
        """Send the very same INTERACTION_CREATE again."""
        self._hands.repeat(interaction)

    # What became of it.

    async def until(self, true: Callable[[], object], what: str = "such thing") -> None:
        """Wait until something is true, on the server or elsewhere; AssertionError says what was missing."""
        await self.world.watch.until(true, what)

    @property
    def patience(self) -> float:
        """In seconds: how long a test waits for the bot before it fails."""
        return self.world.watch.patience

    @patience.setter
    def patience(self, seconds: float) -> None:
        self.world.watch.patience = seconds

    async def connected(self) -> None:
        """Wait until the bot has a session and a connection."""
        await self.until(lambda: self.gateway.connected, "session of the bot")

    async def disconnected(self) -> None:
        """Wait until the bot has no connection, and end its sessions, as Discord does after some minutes.

        discord.py says goodbye with 4000, after which a session could still be resumed.
        """
        await self.until(lambda: not self.gateway.sockets, "end of the bot's connections")
        self.gateway.sessions.clear()

    async def synced(self) -> None:
        """Wait until the bot has registered commands."""
        await self.until(lambda: self.syncs, "registration of commands")

    @property
    def syncs(self) -> list[Sync]:
        """Each request that wrote commands."""
        return self.world.commands.syncs

    def commands(self, guild: Guild | None = None) -> list[Json]:
        """Return the commands of one guild, or the global ones."""
        return self.world.commands.all(None if guild is None else guild.id)

    def count(self, route: str) -> int:
        """Count the requests to a route so far: `POST /channels/{id}/messages`."""
        return sum(normal(call.name) == normal(route) for call in self.rest.calls)

    @property
    def pings(self) -> list[Pings]:
        """Whom each message notified, at every time that it notified anybody."""
        return [pings for message in self.world.messages() if message.author is self.bot for pings in message.all_pings]

    # Trouble.

    @property
    def faults(self) -> Faults:
        """What goes wrong with requests."""
        return self.rest.faults

    @property
    def identifies(self) -> list[Identify]:
        """Each IDENTIFY with its intents."""
        return self.gateway.identifies

    @property
    def resumes(self) -> list[Resumed]:
        """Each RESUME that was accepted."""
        return self.gateway.resumes

    def drop(self) -> None:
        """Break every connection of the gateway without a word."""
        for socket in [*self.gateway.sockets]:
            self.gateway.lose(socket)
            socket.cut()

    def close_gateway(self, code: int) -> None:
        """Close every connection of the gateway with a code (4000; 4004 and 4014 are final for discord.py)."""
        for socket in [*self.gateway.sockets]:
            self.gateway.lose(socket)
            socket.close(code, "Closed.")

    def refuse_sessions(self, code: int | None) -> None:
        """Close with a code whoever wants to begin or resume a session from now on; None ends it."""
        self.gateway.refusing = code

    def reconnect_op(self) -> None:
        """Send op 7: please connect again and resume."""
        for socket in [*self.gateway.sockets]:
            self.gateway.reconnect(socket)

    def invalid_session(self, *, resumable: bool) -> None:
        """Send op 9: the session is over, or has to be resumed."""
        for socket in [*self.gateway.sockets]:
            self.gateway.invalidate(socket, resumable=resumable)

    def malformed_dispatch(self, event: str = "INTERACTION_CREATE", data: Json | None = None) -> None:
        """Send an event that lacks what each such event has; it ends discord.py's `Client.start`."""
        for session in self.gateway.connected:
            session.tell(event, data or {})

    def go_silent(self) -> None:
        """Keep every connection open and send nothing more through it, no acknowledgement of heartbeats either."""
        for socket in self.gateway.sockets:
            socket.silent = True

    # The judgement.

    @property
    def complaints(self) -> list[str]:
        """What the bot did wrong so far, and what a test ordered in vain."""
        return [*self.world.complaints, *(f"never met: {waiting}" for waiting in self.faults.waiting)]

    def forgive(self, pattern: str) -> list[str]:
        """Take out the complaints that match, for a test that provokes them; AssertionError where none does."""
        forgiven = [one for one in self.world.complaints if re.search(pattern, one)]
        assert forgiven, f"nothing to forgive for {pattern!r} among {self.world.complaints}"
        self.world.complaints = [one for one in self.world.complaints if one not in forgiven]
        return forgiven

    def verify(self) -> None:
        """Raise AssertionError with every complaint; done at the end by itself."""
        assert not self.complaints, "Discord complains:\n" + "\n".join(self.complaints)
