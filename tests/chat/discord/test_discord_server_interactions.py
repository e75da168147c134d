"""Answers to commands on the Discord server of our own, driven by the unmodified client."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import discord
import pytest

from tests.fakes.discord.interactions import Response
from tests.fakes.discord.plain_bot import Meeting, meeting
from tests.fakes.discord.posts import Pings

Interaction = discord.Interaction[Any]
Handler = Callable[[Interaction], Awaitable[None]]


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


async def test_a_reply_to_everyone_stands_in_the_channel(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        answer = await interaction.response.send_message("done")
        assert answer.message_id == (await interaction.original_response()).id

    seen = await met.does(handler)
    assert (seen.response, seen.text, seen.ephemeral) == (Response.MESSAGE, "done", False)
    assert met.channel.messages == [seen.message]


async def test_a_reply_to_one_person_is_read_by_that_person_alone(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.send_message("done", ephemeral=True)

    seen = await met.does(handler)
    stranger = met.guild.member("stranger")
    assert met.channel.messages == met.channel.seen_by(stranger) == []
    assert met.channel.seen_by(met.person) == [seen.message]
    assert seen.message is not None
    with pytest.raises(discord.NotFound):
        await met.here.fetch_message(seen.message.id)


async def test_a_deferred_reply_is_awaited(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        met.clock.advance(timedelta(minutes=5))
        await interaction.edit_original_response(content="done")
        await interaction.followup.send("and more", ephemeral=True)

    seen = await met.does(handler)
    assert (seen.response, seen.text, seen.ephemeral) == (Response.DEFERRED_MESSAGE, "done", True)
    await met.server.until(lambda: seen.followups, "follow-up")
    assert [message.text for message in met.channel.seen_by(met.person)] == ["done", "and more"]


async def test_the_first_follow_up_of_a_deferral_is_the_reply(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("done")

    seen = await met.does(handler)
    assert (seen.text, seen.ephemeral, seen.followups) == ("done", True, [])


async def test_a_deferral_without_a_reply_is_noticed(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.defer(thinking=True)

    met.server.patience = 0.05
    with pytest.raises(AssertionError, match="no answer to /do"):
        await met.does(handler)


async def test_a_reply_is_edited_and_deleted_by_its_token(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.send_message("first")
        await interaction.edit_original_response(content="second")
        more = await interaction.followup.send("more", wait=True)
        await more.edit(content="even more")
        await (await interaction.original_response()).delete()

    seen = await met.does(handler)
    await met.server.until(lambda: seen.message and seen.message.deleted, "deletion")
    assert [message.text for message in met.channel.messages] == ["even more"]


async def test_a_reply_carries_files(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.send_message("report", file=discord.File(io.BytesIO(b"a,b"), "report.csv"))
        await interaction.followup.send(file=discord.File(io.BytesIO(b"c,d"), "more.csv"))

    seen = await met.does(handler)
    await met.server.until(lambda: seen.followups, "follow-up")
    assert [message.attachments[0].content for message in met.channel.messages] == [b"a,b", b"c,d"]


async def test_a_reply_notifies_people_only_by_default(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.send_message(f"@everyone {met.person.mention}")

    seen = await met.does(handler)
    assert seen.message is not None
    assert seen.message.pings == Pings(frozenset({"release-engineer"}))


async def test_an_answer_after_three_seconds_is_nobodys(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        met.clock.advance(timedelta(seconds=3.1))
        with pytest.raises(discord.NotFound) as refusal:
            await interaction.response.send_message("done")
        assert refusal.value.code == 10062

    seen = await met.does(handler)
    assert (seen.failed, seen.refused, met.bot.errors) == (True, [10062], [])
    with pytest.raises(AssertionError, match="did not respond"):
        assert seen.text


async def test_an_interaction_is_answered_once(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        await interaction.response.send_message("done")
        # discord.py itself would not ask the server a second time.
        interaction.response._response_type = None
        with pytest.raises(discord.HTTPException) as refusal:
            await interaction.response.send_message("done")
        assert refusal.value.code == 40060

    seen = await met.does(handler)
    await met.server.until(lambda: seen.refused, "refusal")
    assert (seen.refused, len(met.channel.messages)) == ([40060], 1)


async def test_a_token_holds_for_fifteen_minutes(met: Meeting) -> None:
    kept: list[Interaction] = []

    async def handler(interaction: Interaction) -> None:
        kept.append(interaction)
        await interaction.response.send_message("done")

    await met.does(handler)
    met.clock.advance(timedelta(minutes=15))
    await kept[0].edit_original_response(content="just in time")
    met.clock.advance(timedelta(seconds=1))
    with pytest.raises(discord.HTTPException) as refusal:
        await kept[0].edit_original_response(content="too late")
    assert (refusal.value.status, refusal.value.code) == (401, 50027)


async def test_nothing_follows_what_was_not_answered(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        with pytest.raises(discord.NotFound) as refusal:
            await interaction.followup.send("done")
        assert refusal.value.code == 10015

    assert (await met.does(handler)).failed
    assert met.bot.errors == []


@pytest.mark.parametrize("kind", [6, 7, 8, 12])
async def test_a_command_is_not_answered_with_any_kind(met: Meeting, kind: int) -> None:
    async def handler(interaction: Interaction) -> None:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        with pytest.raises(discord.HTTPException):
            await interaction.client.http.request(discord.http.Route("POST", path), json={"type": kind, "data": {}})
        await interaction.response.send_message("done")

    assert (await met.does(handler)).text == "done"
    met.server.forgive(f"A COMMAND is answered with one of .* and not with {kind}")


async def test_a_command_is_typed_in_a_thread(met: Meeting) -> None:
    async def handler(interaction: Interaction) -> None:
        assert isinstance(interaction.channel, discord.Thread)
        await interaction.response.send_message("done")

    channel = met.bot.get_channel(met.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await (await channel.send("the card")).create_thread(name="checkout")
    (thread,) = met.channel.threads
    assert (await met.does(handler, thread)).text == "done"
    assert [message.text for message in thread.messages] == ["done"]
