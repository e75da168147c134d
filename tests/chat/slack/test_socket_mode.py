"""Connections of Socket Mode come, go, die and are replaced, and what people do is heard all the while."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.chat.slack.inbound import SlackInbound
from bot.chat.slack.socket_link import MOST_UNANSWERED, PING_EVERY
from bot.chat.slack.socket_mode import RETIRED_AFTER, STABLE_AFTER, SocketMode
from bot.domain.errors import Refused
from tests.chat.slack.ways_in import QUICK, ScriptedConversation, until
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal
from tests.fakes.slack import (
    Channel,
    Connection,
    CutBefore,
    Fault,
    Garbled,
    Person,
    RateLimited,
    ServerError,
    SlackError,
    SlackServer,
)
from tests.fakes.slack.clients import web_client

FAULTS = [
    ServerError(),
    ServerError(content_type="text/plain"),
    Garbled("text/plain"),
    CutBefore(),
    SlackError("internal_error"),
]
SHORT = 0.2
"""Real seconds that a test waits for an acknowledgement which never comes."""
SECOND = timedelta(seconds=1)
MANY = 100


@dataclass
class Line:
    """A bot that is reached by Socket Mode, and the server on the other side."""

    slack: SlackServer
    conversation: ScriptedConversation
    inbound: SlackInbound
    clock: MovedClock
    journal: KeptJournal
    channel: Channel
    person: Person

    def service(self, connections: int = 1) -> SocketMode:
        client = web_client(self.slack, self.slack.app_token)
        return SocketMode(self.inbound.app, client, connections=connections, clock=self.clock, journal=self.journal)

    @asynccontextmanager
    async def held(self, connections: int = 1) -> AsyncIterator[asyncio.Event]:
        """Hold connections; the event stops them."""
        stop = asyncio.Event()
        running = asyncio.create_task(self.service(connections).run(stop))
        try:
            await until(lambda: self.journal.events().count("slack.connected") == connections)
            yield stop
        finally:
            stop.set()
            await running

    async def is_heard(self, through: Connection | None = None) -> None:
        """Make sure that a command is heard and answered, through any connection or a given one."""
        answer = await self.slack.socket(through).command(self.person, self.channel, "/rollout", "status")
        assert answer.text == "noted: /rollout status"

    async def pinged(self, connection: Connection, times: int) -> None:
        """Wait until a connection was pinged so often, and the next ping is waited for."""
        await until(lambda: connection.pings >= times and self.clock.awaited == self.clock.now() + PING_EVERY)

    async def passes(self, duration: timedelta) -> None:
        """Let time pass as soon as somebody waits for that moment."""
        await until(lambda: self.clock.awaited == self.clock.now() + duration)
        self.clock.advance(duration)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    clock, journal, conversation = MovedClock(), KeptJournal(), ScriptedConversation()
    async with SlackServer(clock) as slack:
        client = web_client(slack)
        inbound = SlackInbound(QUICK, client, conversation, conversation.home, clock=clock, journal=journal)
        person, channel = slack.person("release-engineer"), slack.channel("releases")
        yield Line(slack, conversation, inbound, clock, journal, channel, person)
        await inbound.settle()


async def test_nothing_is_left_behind_when_it_stops(line: Line) -> None:
    before = asyncio.all_tasks()
    async with line.held(connections=2):
        await line.is_heard()
        await line.slack.connections[0].refresh()
        await line.slack.connected(3)
        assert asyncio.all_tasks() - before
    await line.inbound.settle()
    await until(lambda: not line.slack.connections)
    # What is left is the server's: it still answers on kept connections.
    names = {task.get_name() for task in asyncio.all_tasks() - before if not task.done()}
    assert not {name for name in names if name.startswith("slack ")}
    assert not [task for task in asyncio.all_tasks() - before if "slack_sdk" in repr(task.get_coro())]


@pytest.mark.parametrize("farewell", ["warn", "refresh"])
async def test_another_connection_is_open_before_the_announced_end_of_the_first(line: Line, farewell: str) -> None:
    async with line.held():
        (first,) = line.slack.connections
        await getattr(first, farewell)()
        second = await line.slack.connected(2)
        assert first.open
        await line.is_heard(second)
        # Slack may have sent something through the old one before it knew of the new one.
        await line.is_heard(first)
        assert line.slack.connections == [first, second]
        await line.passes(RETIRED_AFTER)
        await line.slack.until(lambda: line.slack.connections == [second])
        await line.is_heard()
    assert line.journal.events() == ["slack.connected"]


async def test_a_warned_connection_serves_until_another_can_be_had(line: Line) -> None:
    async with line.held():
        (first,) = line.slack.connections
        line.slack.faults.next("apps.connections.open", ServerError(), ServerError())
        await first.warn()
        await line.passes(SECOND)
        await line.is_heard(first)
        await line.passes(2 * SECOND)
        await line.is_heard(await line.slack.connected(2))
    assert line.journal.events() == ["slack.connected"]


async def test_a_connection_that_slack_ends_after_its_warning_is_let_go_at_once(line: Line) -> None:
    async with line.held():
        (first,) = line.slack.connections
        await first.warn()
        second = await line.slack.connected(2)
        first.drop()
        await line.slack.until(lambda: line.slack.connections == [second])
        await line.is_heard()
    assert line.journal.events() == ["slack.connected"]


async def test_a_connection_that_says_nothing_any_more_is_replaced(line: Line) -> None:
    async with line.held():
        (first,) = line.slack.connections
        await line.passes(PING_EVERY)
        await line.slack.until(lambda: first.pings)
        first.fall_silent()
        for _ in range(MOST_UNANSWERED):
            await line.passes(PING_EVERY)
        assert line.slack.connections_made == 1
        await line.passes(PING_EVERY)
        await until(lambda: line.clock.awaited == line.clock.now() + SECOND)
        line.clock.advance(SECOND)
        second = await line.slack.connected(2)
        await line.is_heard(second)
    assert line.journal.events() == ["slack.connected", "slack.disconnected", "slack.connected"]


async def test_a_connection_that_answers_stays(line: Line) -> None:
    async with line.held():
        (only,) = line.slack.connections
        for _ in range(3 * MOST_UNANSWERED):
            pings = only.pings
            await line.passes(PING_EVERY)
            await line.pinged(only, pings + 1)
        assert line.slack.connections == [only]
    assert line.journal.events() == ["slack.connected"]


async def test_a_machine_that_slept_does_not_take_its_connection_for_dead(line: Line) -> None:
    async with line.held():
        (only,) = line.slack.connections
        await until(lambda: line.clock.awaited)
        line.clock.advance(timedelta(hours=8))
        await line.slack.until(lambda: only.pings)
        await line.is_heard(only)
    assert line.journal.events() == ["slack.connected"]


async def test_a_cut_connection_that_served_well_is_replaced_at_once(line: Line) -> None:
    async with line.held():
        (first,) = line.slack.connections
        await until(lambda: line.clock.awaited)
        line.clock.advance(STABLE_AFTER)
        first.drop()
        await line.is_heard(await line.slack.connected(2))
    assert line.journal.events() == ["slack.connected", "slack.disconnected", "slack.connected"]


async def test_connections_that_do_not_last_are_opened_less_and_less_often(line: Line) -> None:
    async with line.held():
        for made, pause in enumerate((1, 2, 4, 8, 16, 30, 30), 2):
            line.slack.connections[-1].drop()
            await line.passes(timedelta(seconds=pause))
            await line.slack.connected(made)


async def test_where_socket_mode_is_switched_off_the_bot_goes_on_trying(line: Line) -> None:
    async with line.held():
        await line.slack.connections[0].disable()
        await line.passes(SECOND)
        await line.is_heard(await line.slack.connected(2))
    assert line.journal.lines[1].facts == {"why": "The connection ended: link_disabled."}


async def test_one_of_two_connections_serves_while_the_other_is_replaced(line: Line) -> None:
    async with line.held(connections=2):
        first, second = line.slack.connections
        line.slack.faults.next("apps.connections.open", ServerError())
        first.drop()
        await until(lambda: "slack.disconnected" in line.journal.events())
        await line.is_heard(second)
        for pause in (1, 2):
            await line.passes(timedelta(seconds=pause))
        await line.is_heard(await line.slack.connected(3))


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
async def test_an_outage_is_told_once_when_it_begins_and_once_when_it_is_over(line: Line, fault: Fault) -> None:
    line.slack.faults.next("apps.connections.open", *[fault] * 4)
    stop = asyncio.Event()
    running = asyncio.create_task(line.service().run(stop))
    for pause in (1, 2, 4, 8):
        await line.passes(timedelta(seconds=pause))
    await line.is_heard(await line.slack.connected(1))
    stop.set()
    await running
    assert line.journal.events() == ["slack.disconnected", "slack.connected"]
    assert line.slack.app_token not in repr(line.journal.lines)


async def test_slack_is_left_alone_as_long_as_it_asks_for(line: Line) -> None:
    line.slack.faults.next("apps.connections.open", RateLimited(45))
    stop = asyncio.Event()
    running = asyncio.create_task(line.service().run(stop))
    await line.passes(timedelta(seconds=45))
    await line.slack.connected(1)
    stop.set()
    await running


@pytest.mark.parametrize(
    "error", ["invalid_auth", "not_allowed_token_type", "missing_scope", "token_revoked", "account_inactive"]
)
async def test_a_token_that_will_never_do_is_refused_with_what_to_do(line: Line, error: str) -> None:
    line.slack.faults.next("apps.connections.open", SlackError(error))
    with pytest.raises(Refused) as caught:
        await line.service(2).run(asyncio.Event())
    said = " ".join((caught.value.sentence, *caught.value.hints))
    assert "SLACK_APP_TOKEN" in said
    assert "connections:write" in said
    assert line.slack.app_token not in said


async def test_the_bots_own_token_opens_no_connection(line: Line) -> None:
    client = web_client(line.slack)
    service = SocketMode(line.inbound.app, client, clock=line.clock, journal=line.journal)
    with pytest.raises(Refused, match="another kind"):
        await service.run(asyncio.Event())
    line.slack.expect_complaint("not_allowed_token_type")


async def test_what_is_under_way_when_it_stops_is_acknowledged(line: Line) -> None:
    line.conversation.held = asyncio.Event()
    async with line.held() as stop:
        typing = asyncio.create_task(line.slack.socket().command(line.person, line.channel, "/rollout", "next"))
        await until(lambda: line.conversation.handled)
        stop.set()
        # Nothing more is read; then the loop turns until nothing is left to do but to wait for the command.
        await until(lambda: "slack socket" not in {task.get_name() for task in asyncio.all_tasks()})
        turns = itertools.count()
        await until(lambda: next(turns) > MANY)
        open_still = line.slack.connections
        line.conversation.held.set()
        assert open_still
        assert (await typing).text == "noted: /rollout next"
    await line.slack.until(lambda: not line.slack.connections)


async def test_what_was_recorded_when_its_connection_was_cut_is_heard_once_more(line: Line) -> None:
    line.conversation.held = asyncio.Event()
    async with line.held(connections=2):
        first, second = line.slack.connections
        way = line.slack.socket(first, guard=SHORT)
        typing = asyncio.create_task(way.command(line.person, line.channel, "/rollout", "next"))
        await until(lambda: line.conversation.handled)
        first.drop()
        line.conversation.held.set()
        answer = await typing
        assert not answer.acknowledged
        line.slack.expect_complaint("not acknowledged within")
        assert (await line.slack.socket(second).repeat(answer)).acknowledged
    one, other = line.conversation.handled
    assert one.origin.request_id == other.origin.request_id


async def test_it_stops_while_it_waits_to_try_again(line: Line) -> None:
    line.slack.faults.always("apps.connections.open", ServerError())
    stop = asyncio.Event()
    running = asyncio.create_task(line.service().run(stop))
    await until(lambda: line.clock.awaited)
    stop.set()
    await running
    assert line.journal.events() == ["slack.disconnected"]


async def test_the_log_knows_it_by_name(line: Line) -> None:
    assert line.service().name == "slack"
