"""The whole way of a wish from Slack into the database, with the real bot behind it: once, however often it is delivered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.plan import ChannelName
from bot.domain.rollout import Status
from bot.domain.team import Environment, Identity, Team
from bot.domain.team import Person as Member
from tests.chat.slack.hostile import hostile_text
from tests.chat.slack.ways_in import bot_in, until
from tests.fakes.clock import MovedClock
from tests.fakes.plan_library import WrittenPlans
from tests.fakes.slack import Answer, Channel, Message, Person, SlackError, SlackServer, Way
from tests.scenarios.world import CHECKOUT, World, world_over


@dataclass
class Office:
    """Somebody who may change things in Slack, and a bot with a database."""

    slack: SlackServer
    world: World
    way: Way
    channel: Channel
    person: Person

    async def typed(self, text: str, command: str = "/rollout") -> Answer:
        answer = await self.way.command(self.person, self.channel, command, text)
        await self.world.bot.loop.settle()
        return answer

    async def at_10(self) -> Message:
        """Start the rollout, take it to 10 % and return an answer with its card and buttons."""
        for line in ("start checkout", "override it is a test"):
            await self.typed(line)
        assert str(await self.world.held("checkout")) == "10%"
        status = await self.typed("status")
        assert status.reply is not None
        return status.reply

    async def told(self) -> str:
        """Return what the person alone was told last, once everything is out."""
        await self.world.bot.loop.settle()
        return self.slack.ephemerals(self.person)[-1].seen


@pytest.fixture(params=["http", "socket"])
async def office(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    clock = MovedClock()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackServer(clock))
        person, channel = slack.person("release-engineer"), slack.channel("releases")
        channel.invite(person)
        member = Member("release-engineer", frozenset({"owner"}), (Identity("slack", person.id),))
        production = Environment("production", channels=(ChannelName("slack", channel.id),))
        team = Team("rollcall.yaml", people=(member,), environments={"production": production})
        url = f"sqlite+aiosqlite:///{tmp_path}/rollcall.db"
        plans = WrittenPlans(checkout=CHECKOUT)
        world = await stack.enter_async_context(
            world_over(
                url,
                plans=plans,
                clock=clock,
                team=lambda: team,
            )
        )
        _, way, _ = await stack.enter_async_context(bot_in(slack, world.bot.dispatcher, clock, request.param))
        yield Office(slack, world, way, channel, person)


async def test_a_wish_that_is_delivered_again_is_done_once(office: Office) -> None:
    first = await office.typed("start checkout")
    assert "#1" in first.text, first.text
    again = await office.way.repeat(first)
    assert "handled before" in again.text
    assert len(await office.world.audit()) == 1


async def test_a_wish_that_arrives_twice_at_once_is_done_once(office: Office) -> None:
    deed = office.way.payloads.command(office.person, office.channel, "/rollout", "start checkout")
    answers = await asyncio.gather(*(office.way.deliver(deed) for _ in range(4)))
    assert sum("handled before" in answer.text for answer in answers) == 3
    assert len(await office.world.audit()) == 1


async def test_a_button_does_its_thing_once_and_says_so_when_it_is_pressed_again(office: Office) -> None:
    card = await office.at_10()
    done = len(await office.world.audit())
    await office.way.press(office.person, card, "Pause")
    await until(lambda: len(office.slack.ephemerals(office.person)) > 1)
    assert (await office.world.rollout()).status is Status.PAUSED
    await office.way.press(office.person, card, "Pause")
    await until(lambda: len(office.slack.ephemerals(office.person)) > 2)
    assert "#1 is paused already." in await office.told()
    accepted = [entry for entry in await office.world.audit() if entry.outcome == "accepted"]
    assert len(accepted) == done + 1


async def test_a_dialog_takes_a_rollout_back_with_the_reason_that_was_written(office: Office) -> None:
    card = await office.at_10()
    press = await office.way.press(office.person, card, "Roll back")
    await until(lambda: press.deed.opened)
    assert "10%" in press.modal.seen
    assert (await office.world.rollout()).status is Status.RUNNING
    submitted = await office.way.submit(office.person, press.modal, {"Why": "carts are lost & <payload>"})
    assert office.slack.modal_of(office.person) is None
    entry = (await office.world.audit())[-1]
    assert entry.reason == "carts are lost & <payload>"
    # The acknowledgement was lost, and the same dialog comes again.
    press.modal.open = True
    await office.way.repeat(submitted)
    assert len([it for it in await office.world.audit() if it.reason == entry.reason]) == 1


async def test_going_down_needs_no_dialog(office: Office) -> None:
    card = await office.at_10()
    office.slack.faults.always("views.open", SlackError("expired_trigger_id"))
    await office.way.press(office.person, card, "Roll back")
    await until(lambda: "type this line" in office.slack.ephemerals(office.person)[-1].seen)
    told = office.slack.ephemerals(office.person)[-1].seen
    line = told[told.index("/rollout") :]
    answer = await office.typed(line.removeprefix("/rollout "))
    assert answer.acknowledged
    await office.world.bot.loop.settle()
    assert not (await office.world.held("checkout")).on


async def test_hostile_texts_get_an_answer_and_change_nothing(office: Office) -> None:
    chance = random.Random(4)  # noqa: S311  # The same texts every time.
    for _ in range(500):
        answer = await office.typed(hostile_text(chance).encode("utf-8", "replace").decode())
        assert answer.acknowledged
        assert answer.text
        assert "went wrong" not in answer.text
    for message in office.slack.ephemerals(office.person):
        assert message.mentions == ()
        assert message.links == ()
    accepted = [entry for entry in await office.world.audit() if entry.outcome == "accepted"]
    assert accepted == []
