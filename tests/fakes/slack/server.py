"""The server itself: one workspace on a port of the loopback, and what a test says to it."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from aiohttp import web

from bot.ports import Clock
from tests.fakes.slack import methods_files, methods_views
from tests.fakes.slack.calls import Call, Method, method
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.interactions import Interactions
from tests.fakes.slack.messages import Message
from tests.fakes.slack.payloads import Payloads
from tests.fakes.slack.signed_http import HttpWay
from tests.fakes.slack.socket_mode import Connection, SocketMode, SocketWay
from tests.fakes.slack.views import View
from tests.fakes.slack.web_api import WebApi, answer_with
from tests.fakes.slack.workspace import Channel, Installation, Person, Workspace, look_at

T = TypeVar("T")

EVERY_SCOPE = frozenset(
    {
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "chat:write.customize",
        "chat:write.public",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "reactions:write",
        "team:read",
        "users:read",
        "users:read.email",
    }
)
LONGEST_WAIT = 5.0
"""Real seconds until a test fails that waits for what never comes."""
ACKNOWLEDGED_WITHIN = 3.0
"""Real seconds."""
LARGEST_REQUEST = 64 * 1024 * 1024


class SlackServer:
    """A strict Slack, as `async with SlackServer(clock) as slack`; the package's docstring shows how it is used.

    `scopes` are those of the bot token. Requests are signed by `signing_clock`, which is `clock` unless the app asks
    the machine for the time. With `posts_per_second`, more posts than that to a channel are answered 429.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        scopes: Collection[str] = EVERY_SCOPE,
        team: str = "T0000000001",
        signing_clock: Clock | None = None,
        posts_per_second: int | None = None,
    ) -> None:
        self.installation = Installation(team, frozenset(scopes))
        self.workspace = Workspace(clock, self.installation)
        self.faults = Faults()
        self._signing_clock = signing_clock or clock
        self._interactions = Interactions(self.workspace)
        self._sockets = SocketMode(self.workspace)
        self._ending = asyncio.Event()
        more: dict[str, Method] = {
            **methods_views.methods(self._interactions),
            "apps.connections.open": method(self._sockets.open, token="app"),
        }
        self._api = WebApi(self.workspace, self.faults, more, self._ending, posts_per_second)
        self._runner = web.AppRunner(self._routes(), access_log=None, shutdown_timeout=0.1, max_line_size=1_000_000)
        self._session: aiohttp.ClientSession | None = None

    def _routes(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_route("*", "/api/{method}", self._api.handle)
        app.router.add_get("/link/", self._sockets.handle)
        app.router.add_post("/response/{number}", self._respond)
        app.router.add_post("/upload/v1/{file}", self._upload)
        return app

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.workspace.base_url = f"http://{host}:{port}"
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End, and fail with every complaint; where the test failed already, they are noted beside its reason."""
        self._ending.set()
        await self._sockets.end()
        await self._runner.cleanup()
        assert self._session is not None
        await self._session.close()
        if error is None:
            self.verify()
        elif self.complaints:
            error.add_note(str(self.workspace.complaints))

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        number, body = request.match_info["number"], await request.read()
        fault = self.faults.take("response_url")
        return await answer_with(fault, request, lambda: self._interactions.respond(number, body), self._ending)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file_id, body = request.match_info["file"], await methods_files.bytes_of(request)
        fault = self.faults.take("upload_url")
        perform = partial(methods_files.store, self.workspace, file_id, body)
        return await answer_with(fault, request, perform, self._ending)

    # -----------------------------------------------------------------------------------------------------------------
    # Where the app connects

    @property
    def api_url(self) -> str:
        """The base URL of the Web API."""
        return f"{self.workspace.base_url}/api/"

    @property
    def bot_token(self) -> str:
        return self.installation.bot_token

    @property
    def app_token(self) -> str:
        return self.installation.app_token

    @property
    def signing_secret(self) -> str:
        return self.installation.signing_secret

    @property
    def team_id(self) -> str:
        return self.installation.team_id

    @property
    def bot(self) -> Person:
        return self.workspace.bot

    # -----------------------------------------------------------------------------------------------------------------
    # The workspace

    def person(self, name: str, *, email: str = "", time_zone: str = "Etc/UTC") -> Person:
        """Give somebody an account; the address is `name@example.com` unless it is given."""
        return self.workspace.add_person(name, email=email, time_zone=time_zone)

    def another_app(self, name: str) -> Person:
        """Install another app, whose messages stand in the channels, too."""
        return self.workspace.add_person(name, is_bot=True, bot_id="B0000000002", app_id="A0000000002")

    def channel(self, name: str, *, private: bool = False, bot: bool = True) -> Channel:
        """Open a channel; whoever types a command in it joins it. `bot` says whether the app was invited."""
        return self.workspace.add_channel(name, [self.bot] if bot else [], private=private)

    def direct_messages(self, person: Person) -> Channel:
        """Return somebody's direct messages with the app."""
        return self.workspace.direct_messages(person)

    def ephemerals(self, person: Person) -> list[Message]:
        """Return what only this person sees in channels, oldest first."""
        return look_at(post for post in self.workspace.ephemerals if post.only_for is person)

    def home_of(self, person: Person) -> View | None:
        """Return the Home tab as it was last published for somebody."""
        return self.workspace.homes.get(person.id)

    def modal_of(self, person: Person) -> View | None:
        """Return the topmost modal that somebody has open."""
        views = [view for view in self.workspace.views.values() if view.person is person and view.open]
        return views[-1] if views else None

    # -----------------------------------------------------------------------------------------------------------------
    # Ways in

    def http(
        self, url: str, *, team: str = "", enterprise_id: str | None = None, guard: float = ACKNOWLEDGED_WITHIN
    ) -> HttpWay:
        """Let people reach the app by signed HTTP; `team` and `enterprise_id` may be those of strangers."""
        assert self._session is not None, "the server does not run yet"
        payloads = self._payloads(team, enterprise_id)
        return HttpWay(payloads, guard, self._session, url, self._signing_clock)

    def socket(
        self,
        connection: Connection | None = None,
        *,
        team: str = "",
        enterprise_id: str | None = None,
        guard: float = ACKNOWLEDGED_WITHIN,
    ) -> SocketWay:
        """Let people reach the app by Socket Mode, through one connection or through any."""
        return SocketWay(self._payloads(team, enterprise_id), guard, self._sockets, connection)

    def _payloads(self, team: str, enterprise_id: str | None) -> Payloads:
        return Payloads(self.workspace, self._interactions, team or self.team_id, enterprise_id)

    @property
    def connections(self) -> list[Connection]:
        """The open connections of Socket Mode, oldest first."""
        return self._sockets.connections

    @property
    def connections_made(self) -> int:
        """How many connections there ever were."""
        return len(self._sockets.every)

    async def connected(self, made: int = 1) -> Connection:
        """Wait until so many connections were ever made, and return the last one."""
        await self.until(lambda: self.connections_made >= made)
        return self._sockets.every[-1]

    # -----------------------------------------------------------------------------------------------------------------
    # What happened

    async def until(self, condition: Callable[[], T], within: float = LONGEST_WAIT) -> T:
        """Return the first true value of `condition`, which is asked whenever something changed here.

        `within` is in real seconds and bounds only a test that fails.
        """
        return await self.workspace.until(condition, within, "what was waited for did not happen")

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API, in order."""
        return self._api.calls

    def calls_of(self, name: str) -> list[Call]:
        """The calls of one method, such as `chat.postMessage`."""
        return [call for call in self.calls if call.method == name]

    @property
    def scopes_used(self) -> frozenset[str]:
        """The scopes of the bot token without which something would not have worked."""
        return frozenset(self.workspace.scopes_used)

    @property
    def pings(self) -> list[str]:
        """Whom messages pinged, in order: `U…`, `S…`, `@here`, `@channel`, `@everyone`; an edit pings only the new."""
        return list(self.workspace.pings)

    @property
    def bursts(self) -> dict[str, int]:
        """The most posts of `chat.postMessage` within any one second, by the channel's id."""
        return {channel: _most_within_a_second(at) for channel, at in self.workspace.posted_at.items()}

    @property
    def complaints(self) -> list[str]:
        """What was wrong so far."""
        return list(self.workspace.complaints.made)

    def expect_complaint(self, part: str) -> str:
        """Strike off a complaint that a test provoked; it fails where there is none."""
        return self.workspace.complaints.expect(part)

    def verify(self) -> None:
        """Fail with every complaint there is."""
        self.workspace.complaints.verify()

    def unread(self) -> list[Message]:
        """Return the app's messages that no test looked at: through a channel, a thread, ephemerals or an answer."""
        return [post for post in self.workspace.posts() if not post.looked_at and post.author is self.bot]

    def expect_nothing_else(self) -> None:
        """Fail where the app said something that nobody looked at."""
        assert not self.unread(), f"the app also said {self.unread()}"


def _most_within_a_second(times: list[datetime]) -> int:
    ends = (bisect_left(times, first + timedelta(seconds=1)) for first in times)
    return max(end - start for start, end in enumerate(ends))
