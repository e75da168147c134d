"""The team with its channels by the ids that the platforms use, wherever the file names them by what people see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.team import bare_channel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.domain.plan import ChannelName
    from bot.domain.team import Team


def with_ids(team: Team, resolve: Callable[[ChannelName], ChannelName]) -> Team:
    """Return the team with each channel resolved, in its own list, its audiences and its environments' policies."""

    def all_of(channels: Iterable[ChannelName]) -> tuple[ChannelName, ...]:
        return tuple(dict.fromkeys(map(resolve, channels)))

    return replace(
        team,
        channels={name: all_of(channels) for name, channels in team.channels.items()},
        audiences={name: replace(it, channels=all_of(it.channels)) for name, it in team.audiences.items()},
        environments={name: replace(it, channels=all_of(it.channels)) for name, it in team.environments.items()},
    )


def named(team: Team, channel: ChannelName) -> ChannelName:
    """Return the channel that the team's own name for it means on the same platform; itself where there is none."""
    known = team.channels.get(bare_channel(channel.channel), ())
    return next((it for it in known if it.platform == channel.platform), channel)
