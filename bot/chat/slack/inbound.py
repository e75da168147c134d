"""How people come in from Slack: commands, presses, dialogs and the Home tab, the same over HTTP and Socket Mode.

Record first, acknowledge last: what somebody wants is in the database before Slack hears that it arrived, and a command's
acknowledgement carries the answer. What needs Slack again (a dialog, the answer to a press) goes on afterwards, in tasks
that are kept and waited for.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse

from bot.chat.slack import wording
from bot.chat.slack.answers import ANSWERED_WITHIN, OPENED_WITHIN, Answers, answer_instead, shown
from bot.chat.slack.blocks import ACTION_PREFIX
from bot.chat.slack.events import CHANNEL_EVENTS, HOME_OPENED, SOMEBODY_JOINED
from bot.chat.slack.interactions import Interactions
from bot.chat.slack.modal import draw_home
from bot.chat.slack.payloads import (
    Unreadable,
    bots_of,
    kind_of,
    origin_of_event,
    place_of,
    request_of,
    teams_of,
    user_of,
)
from bot.chat.slack.under_way import UnderWay
from bot.chat.slack.workspaces import Workspaces
from bot.domain.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.request.async_request import AsyncBoltRequest
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.chat.conversation import Conversation, Origin
    from bot.chat.slack.payloads import Payload
    from bot.domain.message import Message
    from bot.ports import Clock, Journal

ACKNOWLEDGED_WITHIN = timedelta(seconds=2.5)
"""Slack gives up after three seconds."""

_ANY = re.compile("")
_OURS = re.compile(f"^{re.escape(ACTION_PREFIX)}")
_MOST_KINDS = 100


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class InboundConfig:
    """What an operator decides about Slack's way in.

    `teams` are the workspaces whose people are heard, none for the bot's own. `on_channels_changed` is called when the
    names of channels may have changed, or the bot is in another one. Times are in seconds, for calls to Slack.
    """

    prefix: str = ""
    teams: frozenset[str] = frozenset()
    on_channels_changed: Callable[[], None] = _nothing
    opened_within: float = OPENED_WITHIN
    answered_within: float = ANSWERED_WITHIN


class SlackInbound:
    """Everything that people do in Slack, handed to the conversation. `app` is what both transports deliver to.

    `app` does not check signatures: Socket Mode has none, and `slack_route` checks them before anything is read.
    """

    def __init__(
        self,
        config: InboundConfig,
        client: AsyncWebClient,
        conversation: Conversation,
        home: Callable[[Origin], Awaitable[Message]],
        *,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._config = config
        self._home = home
        self._clock = clock
        self._journal = journal
        self._under_way = UnderWay(journal)
        self._answers = Answers(client, journal, config.answered_within, config.opened_within)
        self._unknown: set[str] = set()
        self.workspaces = Workspaces(client, config.teams)
        self._interactions = Interactions(
            conversation, self._answers, self._under_way, self._show_home, clock, journal, config.prefix
        )
        self.app = self._app(client)

    async def settle(self) -> None:
        """Return when every answer is out; to be called once nothing more comes in."""
        await self._under_way.settle()

    def _app(self, client: AsyncWebClient) -> AsyncApp:
        # What bolt would write to the standard log holds payloads; everything an operator needs is in the journal.
        app = AsyncApp(
            name="rollcall",
            logger=logging.Logger("slack", logging.CRITICAL + 1),  # noqa: LOG001  # One that no other part configures.
            client=client,
            signing_secret="",
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            # `slack_route` does these two, and of the events that we hear of none is of the bot's own making.
            request_verification_enabled=False,
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            before_authorize=_Gate(self._turn_strangers_away, self._command),
            authorize=_Anybody(),  # type: ignore[no-untyped-call]  # slack_bolt has no types here.
        )
        app.block_action(_OURS)(self._interactions.on_press)
        app.view_submission(_ANY)(self._interactions.on_submission)
        app.event(HOME_OPENED)(self._on_home_opened)
        app.event(re.compile(f"^({'|'.join(CHANNEL_EVENTS)})$"))(self._on_channels_changed)
        app.error(self._on_error)
        return app

    async def _command(self, request: AsyncBoltRequest) -> BoltResponse | None:
        """Answer a command, whatever its name: one that is none any more gets an answer, too. None for all else."""
        body: Payload = request.body
        if "command" not in body:
            return None
        answer = await self._interactions.on_command(body, request.context["deadline"])
        return BoltResponse(status=200, body=answer)

    # -----------------------------------------------------------------------------------------------------------------
    # Events

    async def _on_home_opened(self, body: Payload) -> None:
        if body["event"].get("tab", "home") == "home":
            self._under_way.start(self._show_home(origin_of_event(body)), "home")

    async def _show_home(self, origin: Origin) -> None:
        view = draw_home(await self._home(origin))
        if trouble := await self._answers.publish(origin.platform_id, view):
            self._journal.warning("slack.home_not_shown", request=origin.request_id, trouble=trouble)

    async def _on_channels_changed(self, body: Payload) -> None:
        bots = bots_of(body)
        if body["event"]["type"] != SOMEBODY_JOINED or not bots or user_of(body) in bots:
            self._config.on_channels_changed()

    # -----------------------------------------------------------------------------------------------------------------
    # What is turned away

    async def _turn_strangers_away(self, request: AsyncBoltRequest) -> BoltResponse | None:
        """Return the answer for whoever is not heard; None for everybody else, whose deadline is noted."""
        request.context["deadline"] = self._clock.now() + ACKNOWLEDGED_WITHIN
        body: Payload = request.body
        teams = teams_of(body)
        try:
            if kind_of(body) == "url_verification" or await self.workspaces.hears(teams):
                return None
        except (Unavailable, Refused) as problem:
            self._journal.error("slack.workspace_unknown", problem=problem.sentence, hints=problem.hints)
            return self._answered(body, wording.UNKNOWN_WORKSPACE)
        self._journal.warning("slack.refused", kind=kind_of(body), teams=sorted(teams), user=user_of(body))
        return self._answered(body, wording.STRANGER)

    async def _on_error(self, error: Exception, body: Payload) -> BoltResponse:
        kind, request = kind_of(body), request_of(body)
        if isinstance(error, BoltUnhandledRequestError):
            self._note_unknown(kind)
            return BoltResponse(status=200)
        if isinstance(error, Unreadable):
            self._journal.warning("slack.unreadable", kind=kind, problem=str(error))
            return self._answered(body, wording.UNREADABLE)
        self._tell_operator(error, request)
        return self._answered(body, wording.crashed(request))

    def _answered(self, body: Payload, message: Message) -> BoltResponse:
        """Acknowledge with a message, or acknowledge and send it, as the kind of request wants it."""
        place = place_of(body)
        match kind_of(body):
            case "command":
                return BoltResponse(status=200, body=shown(message))
            case "view_submission":
                return BoltResponse(status=200, body=answer_instead(message, place))
            case "block_actions":
                self._under_way.start(self._answers.tell(place, message, request_of(body)), "answer")
            case _:
                pass
        return BoltResponse(status=200)

    def _note_unknown(self, kind: str) -> None:
        """Tell once of each kind that nothing here handles; it may be of a newer manifest, or of an older one."""
        if kind not in self._unknown and len(self._unknown) < _MOST_KINDS:
            self._unknown.add(kind)
            self._journal.info("slack.unknown", kind=kind)

    def _tell_operator(self, problem: Exception, request: str) -> None:
        self._journal.error("slack.crashed", request=request, problem=type(problem).__name__, exc_info=problem)


class _Gate(AsyncMiddleware):
    """Asks its doors in turn, before everything else; the first one that answers keeps the rest of bolt from it.

    It is a middleware of its own, because bolt builds all its arguments for a function, and once more for each listener.
    """

    def __init__(self, *doors: Callable[[AsyncBoltRequest], Awaitable[BoltResponse | None]]) -> None:
        self._doors = doors

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse | None:
        """Answer, or let the request through."""
        del resp
        for door in self._doors:
            if (answer := await door(req)) is not None:
                return answer
        return await next()


class _Anybody(AsyncAuthorize):
    """Lets bolt handle whatever came through the gate, without a token: everything is sent by our own client."""

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None, **_: object
    ) -> AuthorizeResult:
        """Say in whose name a request is handled."""
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id)
