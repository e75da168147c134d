"""Slack as the wiring sees it: opened from settings, attached to the conversation, closed at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.chat.slack.channel_names import ChannelNames
from bot.chat.slack.client import open_client
from bot.chat.slack.outbound import PLATFORM, SlackPlatform
from bot.domain.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute

    from bot.chat.conversation import Conversation
    from bot.chat.directory import Directory
    from bot.chat.slack.inbound import SlackInbound
    from bot.domain.checkup import Finding
    from bot.domain.plan import ChannelName
    from bot.ports import Clock, Journal, Service
    from commands.command import Command


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """What the settings say about Slack. An app token means Socket Mode, a signing secret alone signed HTTP."""

    bot_token: str = field(repr=False)
    api_url: str
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    teams: tuple[str, ...] = ()
    sockets: int = 1
    prefix: str = ""


class SlackEdge:
    """The Edge for Slack."""

    name = PLATFORM

    def __init__(self, config: SlackConfig, clock: Clock, journal: Journal, directory: Directory) -> None:
        self._config, self._clock, self._journal = config, clock, journal
        self._client = open_client(config.bot_token, config.api_url)
        self._names = ChannelNames(self._client, directory, clock, journal)
        self._inbound: SlackInbound | None = None
        self.platform = SlackPlatform(self._client, directory, journal)
        self.services: Sequence[Service] = ()
        self.routes: Sequence[BaseRoute] = ()

    def attach(self, conversation: Conversation, commands: Sequence[Command]) -> None:
        """Let people in by Socket Mode or by signed HTTP. Raises Refused where the settings allow neither."""
        from bot.chat.slack.inbound import InboundConfig, SlackInbound

        del commands  # Slack knows them from the app's manifest, and hands over whatever is typed.
        config = InboundConfig(self._config.prefix, frozenset(self._config.teams), self._names.look)
        inbound = SlackInbound(
            config, self._client, conversation, conversation.home, clock=self._clock, journal=self._journal
        )
        self._inbound = inbound
        if self._config.app_token:
            self.services = (self._names, self._socket_mode(inbound))
        elif self._config.signing_secret.strip():
            self.services = (self._names,)
            self.routes = (self._route(inbound),)
        else:
            raise Refused(
                "Slack has no way in: neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set.",
                "set SLACK_APP_TOKEN, with which no public address is needed; docs/slack.md says where to copy it",
                "rollcall doctor",
            )

    def _socket_mode(self, inbound: SlackInbound) -> Service:
        from bot.chat.slack.socket_mode import SocketMode

        client = open_client(self._config.app_token, self._config.api_url)
        return SocketMode(
            inbound.app, client, connections=self._config.sockets, clock=self._clock, journal=self._journal
        )

    def _route(self, inbound: SlackInbound) -> BaseRoute:
        from bot.chat.slack.http import Signature, slack_route

        signature = Signature(self._config.signing_secret, self._clock)
        return slack_route(inbound.app, signature, self._clock, self._journal)

    async def check(self, channels: Sequence[ChannelName]) -> Sequence[Finding]:
        """Look at tokens, scopes, the clock and the channels."""
        from bot.chat.slack.checkup import look

        return await look(
            self._client,
            self._names,
            channels,
            self._clock,
            app_token=self._config.app_token,
            signing_secret=bool(self._config.signing_secret),
            teams=frozenset(self._config.teams),
        )

    async def aclose(self) -> None:
        """Let the answers that are on their way out leave."""
        if self._inbound is not None:
            await self._inbound.settle()


def open_slack(config: SlackConfig, clock: Clock, journal: Journal, directory: Directory) -> SlackEdge:
    """Return Slack as the settings describe it; nothing is connected yet."""
    return SlackEdge(config, clock, journal, directory)
