"""Discord as the wiring sees it: opened from settings, attached to the conversation, closed at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.chat.discord.client import Endpoints
from bot.chat.discord.config import DiscordConfig as DiscordConfig  # noqa: PLC0414  # Whoever opens the edge needs it.
from bot.chat.discord.outbound import PLATFORM, DiscordPlatform
from bot.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord
    from starlette.routing import BaseRoute

    from bot.chat.conversation import Conversation
    from bot.chat.directory import Directory
    from bot.chat.discord.gateway import Gateway
    from bot.domain.checkup import Finding
    from bot.domain.plan import ChannelName
    from bot.ports import Clock, Journal, Service
    from commands.command import Command


class Remembering(Protocol):
    """Keeps one short text over restarts: which commands Discord was told of."""

    async def recall(self) -> str | None:
        """Return it, or None."""
        ...

    async def remember(self, value: str) -> None:
        """Keep it in place of what was kept."""
        ...


class DiscordEdge:
    """The Edge for Discord."""

    name = PLATFORM
    routes: Sequence[BaseRoute] = ()

    def __init__(
        self, config: DiscordConfig, clock: Clock, journal: Journal, directory: Directory, memory: Remembering
    ) -> None:
        self._config, self._clock, self._journal = config, clock, journal
        self._directory, self._memory = directory, memory
        self._gateway: Gateway | None = None
        self.platform = DiscordPlatform(self._client, directory, journal)
        self.services: Sequence[Service] = ()

    def _client(self) -> discord.Client:
        if self._gateway is None:
            raise Unavailable("Discord is not connected yet.", "/rollout status shows how things stand.")
        return self._gateway.client

    def attach(self, conversation: Conversation, commands: Sequence[Command]) -> None:
        """Let people in by the gateway."""
        from bot.chat.discord.answers import Answers
        from bot.chat.discord.channel_names import ChannelNames
        from bot.chat.discord.gateway import Gateway
        from bot.chat.discord.inbound import Inbound
        from bot.chat.discord.said import Known
        from bot.chat.discord.sync import CommandSync, Memory
        from bot.chat.discord.tree import application_commands

        clock, journal, guilds = self._clock, self._journal, frozenset(self._config.guilds)
        registered = application_commands(tuple(commands), self._config.prefix)
        memory = Memory(self._memory.recall, self._memory.remember)
        self._gateway = Gateway(
            self._config.token,
            Endpoints(self._config.api_url, self._config.gateway_url),
            inbound=Inbound(
                conversation,
                Known(tuple(commands), self._config.prefix),
                Answers(clock, journal),
                clock,
                journal,
                guilds=guilds,
            ),
            channels=ChannelNames(self._directory, journal, guilds),
            commands=CommandSync(registered, guilds, memory, journal),
            clock=clock,
            journal=journal,
        )
        self.services = (self._gateway,)

    async def check(self, channels: Sequence[ChannelName]) -> Sequence[Finding]:
        """Look at the token, the servers, the intents and the channels' permissions."""
        from bot.chat.discord.checkup import look

        return await look(self._config, channels)

    async def aclose(self) -> None:
        """Nothing is open any more once the gateway has ended."""


def open_discord(
    config: DiscordConfig, clock: Clock, journal: Journal, directory: Directory, memory: Remembering
) -> DiscordEdge:
    """Return Discord as the settings describe it; nothing is connected yet."""
    return DiscordEdge(config, clock, journal, directory, memory)
