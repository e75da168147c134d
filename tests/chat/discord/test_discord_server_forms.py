"""Forms on the Discord server of our own, driven by the unmodified client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from tests.fakes.discord.interactions import Response
from tests.fakes.discord.plain_bot import Meeting, meeting
from tests.fakes.discord.typed import NotPossible

Interaction = discord.Interaction[Any]


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


class Reason(discord.ui.Modal, title="Why?"):
    """A form with a text and a menu."""

    reason: discord.ui.Label[Any] = discord.ui.Label(
        text="Reason", component=discord.ui.TextInput(custom_id="reason", min_length=3, max_length=20)
    )
    note: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Note", custom_id="note", required=False)
    blame: discord.ui.Label[Any] = discord.ui.Label(
        text="Blame", component=discord.ui.Select(custom_id="blame", options=[discord.SelectOption(label="Nobody")])
    )

    async def on_submit(self, interaction: Interaction) -> None:
        chosen = self.blame.component.values  # type: ignore[attr-defined]  # It is a menu.
        said = f"{self.reason.component.value}, {self.note.value!r}, {chosen}"  # type: ignore[attr-defined]  # A text.
        await interaction.response.send_message(said, ephemeral=True)


async def test_a_form_that_was_opened_from_a_card_edits_it(met: Meeting) -> None:
    class Rename(discord.ui.Modal, title="Rename"):
        name: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Name")

        async def on_submit(self, interaction: Interaction) -> None:
            await interaction.response.edit_message(content=self.name.value)

    class Named(discord.ui.View):
        @discord.ui.button(label="Rename")
        async def rename(self, interaction: Interaction, _button: discord.ui.Button[Any]) -> None:
            await interaction.response.send_modal(Rename())

    await met.here.send("a name", view=Named())
    (message,) = met.channel.messages
    press = await met.server.press(met.person, message, "Rename")
    assert press.modal is not None
    sent = await met.server.submit(met.person, press.modal, {"Name": "another name"})
    assert (sent.response, message.text) == (Response.UPDATE, "another name")


class Asking(discord.ui.View):
    """A card that asks for a reason."""

    @discord.ui.button(label="Why", custom_id="why")
    async def why(self, interaction: Interaction, _button: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(Reason())


async def test_a_form_is_filled_in(met: Meeting) -> None:
    await met.here.send("running", view=Asking())
    (message,) = met.channel.messages
    press = await met.server.press(met.person, message, "Why")
    assert press.modal is not None
    assert (press.modal.title, press.modal.fields) == (
        "Why?",
        {"reason": "Reason", "note": "Note", "blame": "Blame"},
    )
    for wrong in ({}, {"reason": "no"}, {"Reason": "slow", "Blame": "somebody"}, {"Reason": "slow", "mood": "bad"}):
        with pytest.raises(NotPossible):
            await met.server.submit(met.person, press.modal, wrong)
    sent = await met.server.submit(met.person, press.modal, {"Reason": "slow", "blame": "Nobody"})
    assert (sent.text, sent.ephemeral) == ("slow, '', ['Nobody']", True)
    with pytest.raises(NotPossible, match="does not stand before"):
        await met.server.submit(met.person, press.modal, {"Reason": "slow", "blame": "Nobody"})


class Odd(discord.ui.Modal, title="Odd"):
    """A form in the older way, with a text in a row, for a body of which a part is replaced."""

    def __init__(self, **wrong: Any) -> None:
        super().__init__()
        self.wrong = wrong

    def to_dict(self) -> dict[str, Any]:
        whole = {"custom_id": self.custom_id, "title": "Odd", "components": [{"type": 10, "content": "Read this"}]}
        return whole | self.wrong


LABEL: dict[str, Any] = {"type": 18, "label": "L", "component": {"type": 4, "custom_id": "a", "style": 1}}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": "x" * 46}, "data.title: Must be 45"),
        ({"custom_id": "x" * 101}, "data.custom_id: Must be 100"),
        ({"components": []}, "data.components: Must be between 1 and 5"),
        ({"components": [LABEL] * 6}, "data.components: Must be between 1 and 5"),
        ({"components": [LABEL, LABEL]}, "Each custom_id must be unique"),
        ({"components": [LABEL | {"label": "x" * 46}]}, "components.0.label: Must be 45"),
        ({"components": [LABEL | {"component": {"type": 2}}]}, "A label holds one component"),
        ({"components": [{"type": 1, "components": []}]}, "A row of a modal holds one text input"),
        ({"components": [{"type": 2}]}, "not of type 2"),
        ({"components": [LABEL | {"component": LABEL["component"] | {"max_length": 4001}}]}, "max_length"),
        (
            {"components": [LABEL | {"component": LABEL["component"] | {"value": "x" * 9, "max_length": 8}}]},
            "value: Must",
        ),
    ],
)
async def test_a_form_over_a_limit_is_refused(met: Meeting, wrong: dict[str, Any], said: str) -> None:
    async def handler(interaction: Interaction) -> None:
        with pytest.raises(discord.HTTPException):
            await interaction.response.send_modal(Odd(**wrong))
        await interaction.response.send_message("done")

    assert (await met.does(handler)).text == "done"
    assert said in "\n".join(met.server.forgive("50035"))


async def test_a_form_is_no_answer_to_a_form(met: Meeting) -> None:
    class Endless(Odd):
        async def on_submit(self, interaction: Interaction) -> None:
            with pytest.raises(discord.HTTPException):
                await interaction.response.send_modal(Odd())
            await interaction.response.send_message("done")

    async def handler(interaction: Interaction) -> None:
        await interaction.response.send_modal(Endless())

    opened = await met.does(handler)
    assert opened.modal is not None
    assert (await met.server.submit(met.person, opened.modal, {})).text == "done"
    met.server.forgive("A MODAL is answered with one of")
