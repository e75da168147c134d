"""Registering slash commands on the Discord server of our own, driven by the unmodified client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.fakes.discord.plain_bot import Meeting, meeting

Interaction = discord.Interaction[Any]


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


@app_commands.command(description="Move a rollout")
async def rollout(interaction: Interaction, what: str) -> None: ...


@app_commands.command(description="Take everything")
async def everything(interaction: Interaction, what: str) -> None: ...


async def synced(met: Meeting, *commands: Any) -> None:
    for command in commands:
        met.bot.tree.add_command(command)
    await met.bot.tree.sync()


async def test_syncs_are_counted_and_ids_are_kept(met: Meeting) -> None:
    await synced(met, rollout)
    (first,) = met.server.commands()
    await synced(met, everything)
    kept = {command["name"]: command["id"] for command in met.server.commands()}
    assert kept["rollout"] == first["id"]
    guild = discord.Object(met.guild.id)
    met.bot.tree.copy_global_to(guild=guild)
    await met.bot.tree.sync(guild=guild)
    assert [(sync.guild, sync.names) for sync in met.server.syncs] == [
        (None, ("rollout",)),
        (None, ("everything", "rollout")),
        (met.guild.id, ("everything", "rollout")),
    ]
    assert met.server.count("PUT /applications/{id}/commands") == 2


async def test_single_commands_are_changed_and_removed(met: Meeting) -> None:
    await synced(met, rollout, everything)
    for command in await met.bot.tree.fetch_commands():
        if command.name == "rollout":
            await command.edit(description="Move it")
        else:
            await command.delete()
    (left,) = met.server.commands()
    assert left["description"] == "Move it"
    with pytest.raises(discord.NotFound):
        await met.bot.tree.fetch_command(1)


async def test_commands_of_a_guild_that_the_bot_left_are_refused(met: Meeting) -> None:
    with pytest.raises(discord.Forbidden) as refusal:
        await met.bot.tree.sync(guild=discord.Object(1))
    assert refusal.value.code == 50001


def option(**more: Any) -> dict[str, Any]:
    return {"type": 3, "name": "key", "description": "A key"} | more


def command(**more: Any) -> dict[str, Any]:
    return {"type": 1, "name": "flag", "description": "Flags"} | more


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        ([command(name="Flag")], "must be lowercase"),
        ([command(name="a b")], "validation regex"),
        ([command(name="x" * 33)], "0.name: Must be 32"),
        ([command(description="")], "0.description: This field is required"),
        ([command(description="x" * 101)], "0.description: Must be 100"),
        ([command(options=[option(name=str(one)) for one in range(26)])], "0.options: Must be between 0 and 25"),
        ([command(options=[option(), option()])], "Option names must be unique"),
        ([command(options=[option(), option(name="b", required=True)])], "Required options must be placed before"),
        (
            [command(options=[option(choices=[{"name": str(one), "value": "x"} for one in range(26)])])],
            "choices: Must be",
        ),
        ([command(options=[option(choices=[{"name": "x" * 101, "value": "x"}])])], "choices.0.name"),
        (
            [command(options=[option(type=4, choices=[{"name": "x", "value": "x"}])])],
            "no value for an option of type 4",
        ),
        ([command(options=[option(choices=[{"name": "x", "value": "x"}], autocomplete=True)])], "not both"),
        ([command(options=[option(type=6, autocomplete=True)])], "Only texts and numbers"),
        ([command(options=[option(type=1), option(name="b")])], "cannot stand beside"),
        ([command(options=[option(type=2, options=[option()])])], "A group holds sub-commands only"),
        ([command(options=[option(type=1, options=[option(type=1)])])], "A sub-command holds no further ones"),
        ([command(options=[option(type=12)])], "options.0.type"),
        ([command(options=[option(min_value=1)])], "Only numbers have bounds"),
        ([command(options=[option(type=4, min_length=1)])], "Only texts have a length"),
        ([command(), command()], "Application command names must be unique"),
        ([command(name=str(one)) for one in range(101)], "Maximum number of application commands"),
        ([command(type=2)], "0.description: Must be 0"),
    ],
)
async def test_a_command_over_a_limit_is_refused(met: Meeting, commands: list[Any], said: str) -> None:
    with pytest.raises(discord.HTTPException):
        await met.bot.http.bulk_upsert_global_commands(met.server.application_id, commands)
    assert said in "\n".join(met.server.forgive("50035|30032"))
    assert met.server.commands() == []


async def test_a_command_of_too_many_characters_is_refused(met: Meeting) -> None:
    choices = [{"name": f"{one}" + "n" * 90, "value": "v" * 90} for one in range(25)]
    large = command(options=[option(name=name, choices=choices) for name in ("a", "b")])
    with pytest.raises(discord.HTTPException):
        await met.bot.http.bulk_upsert_global_commands(met.server.application_id, [large])
    met.server.forgive(r"exceeds maximum size \(8000\)")


async def test_two_hundred_commands_are_created_a_day(met: Meeting) -> None:
    async def register(first: int, count: int) -> None:
        named: list[Any] = [command(name=str(one)) for one in range(first, first + count)]
        await met.bot.http.bulk_upsert_global_commands(met.server.application_id, named)

    await register(0, 100)
    await register(0, 100)
    await register(100, 100)
    with pytest.raises(discord.HTTPException) as refusal:
        await register(200, 1)
    assert refusal.value.code == 30034
    met.clock.advance(timedelta(days=1))
    await register(200, 1)
