"""What the settings say about Discord."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DiscordConfig:
    """The settings; people are heard in `guilds` alone."""

    token: str = field(repr=False)
    guilds: tuple[int, ...]
    api_url: str
    gateway_url: str
    prefix: str = ""
