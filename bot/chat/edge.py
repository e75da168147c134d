"""What a chat platform brings to the bot when it is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.ports import ChatPlatform, FileSharing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute

    from bot.chat.conversation import Conversation
    from bot.domain.checkup import Finding
    from bot.domain.plan import ChannelName
    from bot.ports import Service
    from commands.command import Command


class CarriesFiles(ChatPlatform, FileSharing, Protocol):
    """A chat platform that carries files."""


class Edge(Protocol):
    """One connected chat platform: the way out is there at once, the way in once it is attached to a conversation."""

    @property
    def name(self) -> str:
        """Return the platform's name, as channels and identities carry it."""
        ...

    @property
    def platform(self) -> CarriesFiles:
        """Return where messages and files are posted."""
        ...

    def attach(self, conversation: Conversation, commands: Sequence[Command]) -> None:
        """Let people's lines, presses and forms come in."""
        ...

    @property
    def services(self) -> Sequence[Service]:
        """Return what has to run for that: sockets, a gateway."""
        ...

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """Return what the web part has to answer for it."""
        ...

    async def check(self, channels: Sequence[ChannelName]) -> Sequence[Finding]:
        """Look at the tokens, what they permit, the channels that are wanted and the clock; change nothing."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
