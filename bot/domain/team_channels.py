"""The team with its channels by the ids that the platforms use, wherever the file names them by what people see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.team import bare_channel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.domain.escalation import Policy
    from bot.domain.plan import ChannelName
    from bot.domain.team import Team


def with_ids(team: Team, resolve: Callable[[ChannelName], ChannelName]) -> Team:
    """Return the team with each channel resolved, in its own list, its audiences, policies and schedules."""

    def all_of(channels: Iterable[ChannelName]) -> tuple[ChannelName, ...]:
        return tuple(dict.fromkeys(map(resolve, channels)))

    return replace(
        team,
        channels={name: all_of(channels) for name, channels in team.channels.items()},
        audiences={name: replace(it, channels=all_of(it.channels)) for name, it in team.audiences.items()},
        environments={name: replace(it, channels=all_of(it.channels)) for name, it in team.environments.items()},
        schedules={name: replace(it, channels=all_of(it.channels)) for name, it in team.schedules.items()},
        escalation={name: _policy(it, all_of) for name, it in team.escalation.items()},
    )


def _policy(policy: Policy, all_of: Callable[[Iterable[ChannelName]], tuple[ChannelName, ...]]) -> Policy:
    levels = tuple(
        replace(level, targets=tuple(replace(it, channels=all_of(it.channels)) for it in level.targets))
        for level in policy.levels
    )
    return replace(policy, channels=all_of(policy.channels), levels=levels)


def named(team: Team, channel: ChannelName) -> ChannelName:
    """Return the channel that the team's own name for it means on the same platform; itself where there is none."""
    known = team.channels.get(bare_channel(channel.channel), ())
    return next((it for it in known if it.platform == channel.platform), channel)
