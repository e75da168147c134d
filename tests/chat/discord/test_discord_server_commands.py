"""Slash commands on the Discord server of our own: registering them, typing them, completing them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.fakes.discord.interactions import Choice
from tests.fakes.discord.places import ChannelType
from tests.fakes.discord.plain_bot import Meeting, meeting
from tests.fakes.discord.posts import Upload
from tests.fakes.discord.typed import NotPossible

Interaction = discord.Interaction[Any]


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


@app_commands.command(description="Move a rollout")
@app_commands.describe(what="a percentage, or what to do", environment="where")
@app_commands.choices(environment=[app_commands.Choice(name="Production", value="production")])
async def rollout(
    interaction: Interaction, what: app_commands.Range[str, 1, 20], environment: app_commands.Choice[str] | None = None
) -> None:
    where = environment.value if environment else "nowhere"
    await interaction.response.send_message(f"{what} in {where}", ephemeral=True)


@rollout.autocomplete("what")
async def steps(_interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{step}%", value=step) for step in ("5", "25", "100") if current in step]


@app_commands.command(description="Take everything that can be taken")
async def everything(
    interaction: Interaction,
    person: discord.Member,
    role: discord.Role,
    channel: discord.TextChannel,
    anybody: discord.Member | discord.Role,
    count: app_commands.Range[int, 1, 10],
    share: float,
    sure: bool,
    file: discord.Attachment,
) -> None:
    read = (await file.read()).decode()
    names = f"{person.name} {role.name} {channel.name} {anybody.name} {count} {share} {sure} {read}"
    # Somebody's permissions come with every interaction, resolved for the channel.
    may = person.resolved_permissions is not None and person.resolved_permissions.send_messages
    await interaction.response.send_message(f"{names} {may}")


class Flag(app_commands.Group):
    """Flags."""

    prerequisite = app_commands.Group(name="prerequisite", description="What has to be on before")

    @app_commands.command(description="Set a flag")
    async def set(self, interaction: Interaction, key: str) -> None:
        await interaction.response.send_message(f"set {key}")

    @prerequisite.command(description="Add one")
    async def add(self, interaction: Interaction, key: str) -> None:
        await interaction.response.send_message(f"added {key}")


async def synced(met: Meeting, *commands: Any) -> None:
    for command in commands:
        met.bot.tree.add_command(command)
    await met.bot.tree.sync()


async def test_a_registered_command_is_typed_and_answered(met: Meeting) -> None:
    await synced(met, rollout)
    seen = await met.server.command(met.person, met.channel, "/rollout", {"what": "25%"})
    assert (seen.text, seen.ephemeral, seen.failed) == ("25% in nowhere", True, False)
    assert met.channel.messages == []
    assert [message.text for message in met.channel.seen_by(met.person)] == ["25% in nowhere"]


async def test_a_choice_is_picked_by_its_name_or_its_value(met: Meeting) -> None:
    await synced(met, rollout)
    for picked in ("Production", "production"):
        seen = await met.server.command(met.person, met.channel, "/rollout", {"what": "x", "environment": picked})
        assert seen.text == "x in production"


async def test_every_type_of_option_arrives(met: Meeting) -> None:
    await synced(met, everything)
    sre, role = met.guild.member("sre"), met.guild.role("on-call")
    values = {
        "person": sre,
        "role": role,
        "channel": met.channel,
        "anybody": met.person,
        "count": 3,
        "share": 0.25,
        "sure": True,
        "file": Upload("report.csv", b"a,b"),
    }
    seen = await met.server.command(met.person, met.channel, "/everything", values)
    assert met.bot.errors == []
    assert seen.text == "sre on-call releases release-engineer 3 0.25 True a,b True"
    other = await met.server.command(met.person, met.channel, "/everything", values | {"anybody": role})
    assert "releases on-call 3" in other.text


async def test_sub_commands_and_groups_are_typed_in_a_line(met: Meeting) -> None:
    await synced(met, Flag(name="flag"))
    for line, said in (("/flag set", "set checkout"), ("/flag prerequisite add", "added checkout")):
        assert (await met.server.command(met.person, met.channel, line, {"key": "checkout"})).text == said
    for line in ("/flag", "/flag prerequisite", "/flag remove", "/flags set"):
        with pytest.raises(NotPossible):
            await met.server.command(met.person, met.channel, line, {"key": "checkout"})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "what has to be filled in"),
        ({"what": "25%", "where": "x"}, "has no option"),
        ({"what": 25}, "takes a STRING"),
        ({"what": "x" * 21}, "takes from 1 to 20"),
        ({"what": ""}, "takes from 1 to 20"),
        ({"what": "25%", "environment": "staging"}, "offers"),
    ],
)
async def test_the_client_offers_only_what_was_registered(met: Meeting, values: dict[str, Any], said: str) -> None:
    await synced(met, rollout)
    with pytest.raises(NotPossible, match=said):
        await met.server.command(met.person, met.channel, "/rollout", values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("person", "sre"),
        ("role", "on-call"),
        ("count", 0),
        ("count", 11),
        ("count", 2.5),
        ("count", True),
        ("share", "x"),
        ("sure", 1),
        ("file", b"a,b"),
    ],
)
async def test_a_value_of_a_wrong_type_cannot_be_typed(met: Meeting, name: str, value: object) -> None:
    await synced(met, everything)
    role, channel = met.guild.role("on-call"), met.channel
    right = {
        "person": met.person,
        "role": role,
        "channel": channel,
        "anybody": role,
        "count": 3,
        "share": 1,
        "sure": False,
    }
    with pytest.raises(NotPossible, match=name):
        await met.server.command(met.person, channel, "/everything", right | {"file": Upload("a", b"")} | {name: value})


async def test_a_channel_of_a_wrong_kind_cannot_be_chosen(met: Meeting) -> None:
    await synced(met, everything)
    voice = met.guild.channel("talk", ChannelType.VOICE)
    with pytest.raises(NotPossible, match="channels of the types"):
        await met.server.command(
            met.person,
            met.channel,
            "/everything",
            {"person": met.person, "role": met.guild.role("r"), "channel": voice},
        )


async def test_hidden_commands_are_not_offered(met: Meeting) -> None:
    @app_commands.command(description="For administrators")
    @app_commands.default_permissions()
    @app_commands.guild_only()
    async def danger(interaction: Interaction) -> None:
        await interaction.response.send_message("done")

    await synced(met, danger)
    boss = met.guild.member("boss", permissions=["ADMINISTRATOR"])
    assert (await met.server.command(boss, met.channel, "/danger")).text == "done"
    with pytest.raises(NotPossible, match="hidden"):
        await met.server.command(met.person, met.channel, "/danger")
    with pytest.raises(NotPossible, match="not offered"):
        await met.server.command(boss, met.server.direct(boss), "/danger")


async def test_a_command_is_typed_in_direct_messages(met: Meeting) -> None:
    await synced(met, rollout)
    seen = await met.server.command(met.person, met.server.direct(met.person), "/rollout", {"what": "5"})
    assert seen.text == "5 in nowhere"


async def test_an_option_is_completed_while_it_is_typed(met: Meeting) -> None:
    await synced(met, rollout)
    offered = await met.server.autocomplete(met.person, met.channel, "/rollout", {"what": "5"}, focused="what")
    assert offered == [Choice("5%", "5"), Choice("25%", "25")]
    with pytest.raises(NotPossible, match="completes no option"):
        await met.server.autocomplete(met.person, met.channel, "/rollout", {"what": "5"}, focused="environment")


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ([("x" * 101, "x")], "choices.0.name"),
        ([("x", "x" * 101)], "choices.0.value"),
        ([(str(one), "x") for one in range(26)], "between 0 and 25"),
        ([("x", 3)], "3 is no value"),
    ],
)
async def test_a_completion_over_a_limit_is_refused(met: Meeting, choices: list[tuple[str, Any]], said: str) -> None:
    @app_commands.command(description="Offer too much")
    async def offer(interaction: Interaction, key: str) -> None: ...

    @offer.autocomplete("key")
    async def keys(_interaction: Interaction, _current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=name, value=value) for name, value in choices]

    await synced(met, offer)
    answering = met.server.autocomplete(met.person, met.channel, "/offer", {}, focused="key")
    with pytest.raises(AssertionError):
        await answering_soon(met, answering)
    met.server.forgive(said)


async def answering_soon(met: Meeting, answering: Any) -> None:
    """Stop waiting for an answer once the server has complained about it."""
    waiting = asyncio.ensure_future(answering)
    await met.server.until(lambda: met.server.complaints, "complaint")
    met.clock.advance(timedelta(seconds=4))
    await waiting
