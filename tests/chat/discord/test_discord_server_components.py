"""Buttons and menus on the Discord server of our own, driven by the unmodified client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord
import pytest

from tests.fakes.discord.interactions import Response
from tests.fakes.discord.plain_bot import Meeting, meeting
from tests.fakes.discord.posts import Message
from tests.fakes.discord.typed import NotPossible

Interaction = discord.Interaction[Any]


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


class Card(discord.ui.View):
    """Buttons and menus, as a card has them; the presses that arrived are in `pressed`."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.pressed: list[tuple[str, object]] = []

    @discord.ui.button(label="Pause", custom_id="pause:1")
    async def pause(self, interaction: Interaction, button: discord.ui.Button[Any]) -> None:
        self.pressed.append(("pause", interaction.user.name))
        button.disabled = True
        await interaction.response.edit_message(content="paused", view=self)

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: Interaction, _button: discord.ui.Button[Any]) -> None:
        await interaction.response.defer()
        assert interaction.message is not None
        await interaction.message.edit(content="edited later")
        await interaction.followup.send("only for you", ephemeral=True)

    @discord.ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, interaction: Interaction, _button: discord.ui.Button[Any]) -> None: ...

    @discord.ui.select(
        custom_id="step",
        options=[discord.SelectOption(label=f"{step}%", value=step) for step in ("5", "25", "100")],
        max_values=2,
    )
    async def step(self, interaction: Interaction, menu: discord.ui.Select[Any]) -> None:
        self.pressed.append(("step", menu.values))
        await interaction.response.send_message("chosen", ephemeral=True)

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
    async def who(self, interaction: Interaction, menu: discord.ui.UserSelect[Any]) -> None:
        self.pressed.append(("who", [user.name for user in menu.values]))
        await interaction.response.send_message("chosen", ephemeral=True)


async def posted(met: Meeting) -> tuple[Card, Message]:
    card = Card()
    await met.here.send("running", view=card)
    return card, met.channel.messages[-1]


async def test_a_press_edits_the_card(met: Meeting) -> None:
    card, message = await posted(met)
    assert message.buttons == ["Pause", "Later"]
    press = await met.server.press(met.person, message, "Pause")
    assert (press.response, press.message, message.text) == (Response.UPDATE, message, "paused")
    assert (card.pressed, message.buttons) == ([("pause", "release-engineer")], ["Later"])


async def test_a_button_is_found_by_its_custom_id(met: Meeting) -> None:
    _, message = await posted(met)
    assert (await met.server.press(met.person, message, "pause:1")).response is Response.UPDATE


async def test_a_deferred_press_edits_later_and_follows_up(met: Meeting) -> None:
    _, message = await posted(met)
    press = await met.server.press(met.person, message, "Later")
    await met.server.until(lambda: press.followups, "follow-up")
    assert (press.response, message.text) == (Response.DEFERRED_UPDATE, "edited later")
    assert [one.text for one in met.channel.seen_by(met.person)] == ["edited later", "only for you"]


@pytest.mark.parametrize("button", ["Off", "Resume"])
async def test_only_what_is_there_can_be_pressed(met: Meeting, button: str) -> None:
    _, message = await posted(met)
    with pytest.raises(NotPossible):
        await met.server.press(met.person, message, button)


async def test_only_who_sees_a_message_presses_its_buttons(met: Meeting) -> None:
    _, message = await posted(met)
    met.channel.deny(met.person, "VIEW_CHANNEL")
    with pytest.raises(NotPossible, match="does not see"):
        await met.server.press(met.person, message, "Pause")


async def test_somebody_chooses_from_menus(met: Meeting) -> None:
    card, message = await posted(met)
    await met.server.choose(met.person, message, "step", ["25%", "100"])
    await met.server.choose(met.person, message, "who", [met.person])
    assert card.pressed == [("step", ["25", "100"]), ("who", ["release-engineer"])]
    for wrong in (["50"], [], ["5", "25", "100"]):
        with pytest.raises(NotPossible):
            await met.server.choose(met.person, message, "step", wrong)
    with pytest.raises(NotPossible):
        await met.server.choose(met.person, message, "who", ["release-engineer"])


class Laid(discord.ui.LayoutView):
    """A card of components whose button stands beside a text, and one that survives every restart."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(discord.ui.TextDisplay("checkout at 25%"))
        self.add_item(discord.ui.Section("Go on?", accessory=Step(25)))


class Step(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"step:(?P<to>[0-9]+)"):
    """A button that carries in its custom_id what it does."""

    def __init__(self, to: int) -> None:
        super().__init__(discord.ui.Button(label="Go on", custom_id=f"step:{to}"))
        self.to = to

    @classmethod
    async def from_custom_id(cls, _interaction: Interaction, _item: Any, match: Any) -> Step:
        return cls(int(match["to"]))

    async def callback(self, interaction: Interaction) -> None:
        done = discord.ui.LayoutView()
        done.add_item(discord.ui.TextDisplay(f"checkout went on from {self.to}%"))
        await interaction.response.edit_message(view=done)


async def test_a_button_in_a_layout_carries_its_state(met: Meeting) -> None:
    met.bot.add_dynamic_items(Step)
    await met.here.send(view=Laid())
    (message,) = met.channel.messages
    met.bot._connection._view_store._views.clear()
    press = await met.server.press(met.person, message, "Go on")
    assert (press.response, message.text, message.buttons) == (Response.UPDATE, "checkout went on from 25%", [])


async def test_a_question_to_one_person_is_answered_by_that_person(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.send_message("sure?", view=Card(), ephemeral=True)

    asked = await met.does(handler)
    assert asked.message is not None
    with pytest.raises(NotPossible, match="does not see"):
        await met.server.press(met.guild.member("stranger"), asked.message, "Pause")
    assert (await met.server.press(met.person, asked.message, "Pause")).text == "paused"
    assert asked.message.is_ephemeral


async def test_a_button_is_pressed_in_direct_messages(met: Meeting) -> None:
    await (await met.bot.fetch_user(met.person.id)).send("a page", view=Card())
    (message,) = met.server.direct(met.person).messages
    await met.server.press(met.person, message, "Pause")
    assert message.text == "paused"


async def test_the_same_interaction_comes_twice(met: Meeting) -> None:
    card, message = await posted(met)
    press = await met.server.press(met.person, message, "Pause")
    met.server.repeat(press)
    await met.server.until(lambda: press.refused, "second answer")
    assert card.pressed == [("pause", "release-engineer")] * 2
    assert press.refused == [40060]


async def test_nobody_hears_a_person_while_the_bot_is_away(met: Meeting) -> None:
    _, message = await posted(met)
    await met.bot.close()
    await met.server.disconnected()
    assert (await met.server.press(met.person, message, "Pause")).failed


async def test_a_button_survives_a_restart(met: Meeting) -> None:
    _, message = await posted(met)
    met.bot._connection._view_store._views.clear()
    waiting = asyncio.ensure_future(met.server.press(met.person, message, "Pause"))
    await met.server.until(lambda: met.server.world.interactions, "press")
    met.clock.advance(timedelta(seconds=4))
    assert (await waiting).failed
    fresh = Card()
    met.bot.add_view(fresh)
    await met.server.press(met.person, message, "Pause")
    assert fresh.pressed == [("pause", "release-engineer")]
