"""Slack's side of a scenario: people in a workspace, over signed HTTP or Socket Mode."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.chat.directory import Directory
from bot.chat.edge import Edge
from bot.chat.slack.edge import SlackConfig, open_slack
from bot.chat.slack.http import PATH
from bot.ports import Store
from bot.web.server import WebServer
from bot.wiring import Bot
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.slack import Answer, Channel, Message, Person, SlackServer, View, Way
from tests.scenarios.platforms.connected import PEOPLE

CHANNELS = ("releases", "launch", "action-plan-support")


@dataclass
class SlackSide:
    """A workspace with the team and its channels; `over_http` chooses the way in."""

    server: SlackServer
    over_http: bool = False
    name: str = "slack"
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    way: Way | None = None

    def __post_init__(self) -> None:
        self.people = {name: self.server.person(name) for name in PEOPLE}
        self.channels = {name: self.server.channel(name) for name in CHANNELS}

    def identity(self, person: str) -> str:
        return self.people[person].id

    def edge(self, clock: MovedClock, journal: KeptJournal, directory: Directory, store: Store) -> Edge:
        del store
        config = SlackConfig(
            bot_token=self.server.bot_token,
            api_url=self.server.api_url,
            app_token="" if self.over_http else self.server.app_token,
            signing_secret=self.server.signing_secret if self.over_http else "",
        )
        self.made = self.server.connections_made
        return open_slack(config, clock, journal, directory)

    async def ready(self, bot: object) -> None:
        assert isinstance(bot, Bot)
        if self.over_http:
            web = next(it for it in bot.services if isinstance(it, WebServer))
            await web.listening.wait()
            self.way = self.server.http(web.address + PATH)
        else:
            await self.server.connected(self.made + 1)
            self.way = self.server.socket()

    async def typed(self, line: str, person: str, channel: str) -> None:
        assert self.way is not None
        command, _, text = line.partition(" ")
        answer = await self.way.command(self.people[person], self.channels[channel], command, text)
        assert answer.text, f"no answer to {line}"

    def card(self, channel: str = "releases") -> Message:
        """Return the only card that stands in a channel."""
        bot = self.server.bot
        found = [
            it
            for it in self.channels[channel].messages
            if it.author is bot
            and it.metadata
            and it.thread_ts is None
            and it.metadata["event_payload"]["key"].startswith("card:")
        ]
        (card,) = found
        return card

    async def way_press(self, message: Message, label: str, person: str = "ana") -> Answer:
        """Press a button of a message as it was."""
        assert self.way is not None
        return await self.way.press(self.people[person], message, label)

    async def submit(self, modal: View, values: dict[str, str], person: str = "ana") -> Answer:
        """Send a dialog off."""
        assert self.way is not None
        return await self.way.submit(self.people[person], modal, values)

    async def press(self, label: str, person: str = "ana", channel: str = "releases") -> Answer:
        """Press a button of the card as it stands."""
        assert self.way is not None
        return await self.way.press(self.people[person], self.card(channel), label)
