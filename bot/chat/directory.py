"""Which channel a name means on each platform, as the platforms tell; people and plans may use either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.plan import ChannelName
from bot.domain.team import bare_channel
from bot.domain.team_channels import with_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.team import Team


class Directory:
    """The ChannelDirectory port, filled by each platform's edge whenever it learns more.

    `revision` grows with every change, so that whoever keeps what was resolved knows when to resolve anew.
    """

    def __init__(self) -> None:
        self._ids: dict[str, Mapping[str, str]] = {}
        self.revision = 0

    def learn(self, platform: str, ids: Mapping[str, str]) -> None:
        """Replace what is known of a platform: the id of each channel by its name without a sign."""
        if self._ids.get(platform) != ids:
            self._ids[platform] = dict(ids)
            self.revision += 1

    def resolve(self, channel: ChannelName) -> ChannelName:
        """Return the channel by its platform's id where its name is known, otherwise as it is without its sign."""
        name = bare_channel(channel.channel)
        return ChannelName(channel.platform, self._ids.get(channel.platform, {}).get(name, name))

    def name_of(self, channel: ChannelName) -> str:
        """Return the name that people know a channel by; its id where nobody told."""
        wanted = bare_channel(channel.channel)
        names = (name for name, known in self._ids.get(channel.platform, {}).items() if known == wanted)
        return next(names, wanted)

    def resolving(self, current: Callable[[], Team]) -> Callable[[], Team]:
        """Return the team in force with its channels by their ids; they are resolved anew when either changed."""
        kept: list[tuple[Team, int, Team]] = []

        def resolved() -> Team:
            team, revision = current(), self.revision
            if not kept or kept[0][0] is not team or kept[0][1] != revision:
                kept[:] = [(team, revision, with_ids(team, self.resolve))]
            return kept[0][2]

        return resolved
