"""Threads on the Discord server of our own, driven by the unmodified client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import discord
import pytest

from tests.fakes.discord.plain_bot import Meeting, meeting


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


async def text_channel(met: Meeting) -> discord.TextChannel:
    channel = await met.bot.fetch_channel(met.channel.id)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def test_a_thread_started_from_a_message_bears_its_id(met: Meeting) -> None:
    card = await (await text_channel(met)).send("the card")
    thread = await card.create_thread(name="checkout", auto_archive_duration=1440)
    await thread.send("what happened")
    (seen,) = met.channel.messages
    assert (thread.id, seen.thread and seen.thread.name) == (card.id, "checkout")
    assert [message.text for thread in met.channel.threads for message in thread.messages] == ["what happened"]
    assert [message.text for message in met.channel.messages] == ["the card"]


async def test_a_message_has_one_thread(met: Meeting) -> None:
    card = await (await text_channel(met)).send("the card")
    await card.create_thread(name="checkout")
    with pytest.raises(discord.HTTPException) as refusal:
        await card.create_thread(name="checkout")
    assert refusal.value.code == 160004


async def test_a_thread_without_a_message_is_public_or_private(met: Meeting) -> None:
    channel = await text_channel(met)
    public = await channel.create_thread(name="open", type=discord.ChannelType.public_thread)
    private = await channel.create_thread(name="closed")
    await private.add_user(discord.Object(met.person.id))
    stranger = met.guild.member("stranger")
    listed = {thread.name: thread for thread in met.channel.threads}
    assert [public.is_private(), private.is_private()] == [False, True]
    assert [bool(listed["closed"].permissions_of(person)) for person in (met.person, stranger)] == [True, False]
    assert bool(listed["open"].permissions_of(stranger))


async def test_nobody_speaks_in_a_thread_for_its_time_and_it_is_archived(met: Meeting) -> None:
    thread = await (await text_channel(met)).create_thread(name="quiet", auto_archive_duration=60)
    said = await thread.send("hello")
    met.clock.advance(timedelta(minutes=60))
    assert met.channel.threads[0].archived
    with pytest.raises(discord.HTTPException) as refusal:
        await said.edit(content="goodbye")
    assert refusal.value.code == 50083
    await thread.send("speaking opens it again")
    assert not met.channel.threads[0].archived
    await said.edit(content="goodbye")


async def test_a_locked_thread_takes_messages_from_moderators_only(met: Meeting) -> None:
    thread = await (await text_channel(met)).create_thread(name="done", type=discord.ChannelType.public_thread)
    await thread.edit(archived=True, locked=True)
    await thread.send("a moderator speaks")
    met.channel.deny(met.server.bot, "MANAGE_THREADS")
    with pytest.raises(discord.HTTPException) as refusal:
        await thread.send("anybody speaks")
    assert refusal.value.code == 160005
    with pytest.raises(discord.Forbidden):
        await thread.edit(locked=False)


async def test_an_archived_thread_is_changed_only_by_opening_it(met: Meeting) -> None:
    thread = await (await text_channel(met)).create_thread(name="done")
    await thread.edit(archived=True)
    with pytest.raises(discord.HTTPException) as refusal:
        await thread.edit(name="other")
    assert refusal.value.code == 50083
    await thread.edit(archived=False, name="other")
    assert met.channel.threads[0].name == "other"


async def test_archived_threads_are_listed(met: Meeting) -> None:
    channel = await text_channel(met)
    done = await channel.create_thread(name="done", type=discord.ChannelType.public_thread)
    running = await channel.create_thread(name="running", type=discord.ChannelType.public_thread)
    await done.edit(archived=True)
    assert [thread.name async for thread in channel.archived_threads()] == ["done"]
    guild = await met.bot.fetch_guild(met.guild.id)
    assert [thread.name for thread in await guild.active_threads()] == ["running"]
    await running.delete()
    assert await guild.active_threads() == []


async def test_threads_need_their_permissions(met: Meeting) -> None:
    channel = await text_channel(met)
    card = await channel.send("the card")
    thread = await card.create_thread(name="checkout")
    met.channel.deny(met.server.bot, "SEND_MESSAGES_IN_THREADS", "CREATE_PRIVATE_THREADS")
    with pytest.raises(discord.Forbidden):
        await thread.send("hello")
    with pytest.raises(discord.Forbidden):
        await channel.create_thread(name="closed")


async def test_a_guild_holds_so_many_active_threads(met: Meeting) -> None:
    met.guild.most_active_threads = 1
    channel = await text_channel(met)
    await channel.create_thread(name="one")
    with pytest.raises(discord.HTTPException) as refusal:
        await channel.create_thread(name="two")
    assert refusal.value.code == 160006


async def test_a_thread_over_a_limit_is_refused(met: Meeting) -> None:
    channel = await text_channel(met)
    with pytest.raises(discord.HTTPException):
        await channel.create_thread(name="x" * 101)
    met.server.forgive("name: Must be 100 or fewer")
    with pytest.raises(discord.HTTPException):
        await channel.create_thread(name="odd", auto_archive_duration=61)  # type: ignore[arg-type]  # It is the mistake.
    met.server.forgive("auto_archive_duration")
