"""Who may do what and who is notified on the Discord server of our own, driven by the unmodified client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from tests.fakes.discord.plain_bot import Meeting, meeting
from tests.fakes.discord.posts import Pings


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


async def code_of_sending(met: Meeting, **what: Any) -> int:
    with pytest.raises(discord.Forbidden) as refusal:
        await met.here.send("hello", **what)
    return refusal.value.code


async def test_a_channel_that_is_hidden_is_not_written_to(met: Meeting) -> None:
    met.channel.deny(met.server.bot, "SEND_MESSAGES")
    assert await code_of_sending(met) == 50013
    met.channel.deny(met.guild.everyone, "VIEW_CHANNEL")
    assert await code_of_sending(met) == 50001
    met.channel.allow(met.server.bot, "VIEW_CHANNEL", "SEND_MESSAGES")
    await met.here.send("hello")


async def test_embeds_need_their_own_permission(met: Meeting) -> None:
    met.channel.deny(met.server.bot, "EMBED_LINKS")
    assert await code_of_sending(met, embed=discord.Embed(title="card")) == 50013
    await met.here.send("hello")


async def test_without_reading_the_history_it_is_empty(met: Meeting) -> None:
    sent = await met.here.send("hello")
    met.channel.deny(met.server.bot, "READ_MESSAGE_HISTORY")
    assert [message async for message in met.here.history()] == []
    with pytest.raises(discord.Forbidden):
        await met.here.fetch_message(sent.id)


async def test_an_unknown_channel_is_unknown(met: Meeting) -> None:
    with pytest.raises(discord.NotFound) as refusal:
        await met.bot.get_partial_messageable(1).send("hello")
    assert refusal.value.code == 10003


async def test_permissions_come_from_roles_and_overwrites(met: Meeting) -> None:
    on_call = met.guild.role("on-call", "MANAGE_MESSAGES")
    sre = met.guild.member("sre", roles=[on_call])
    boss = met.guild.member("boss", permissions=["ADMINISTRATOR"])
    met.channel.deny(met.guild.everyone, "SEND_MESSAGES")
    met.channel.allow(on_call, "SEND_MESSAGES")
    channel = await met.bot.fetch_channel(met.channel.id)
    assert isinstance(channel, discord.TextChannel)
    guild = met.bot.get_guild(met.guild.id)
    assert guild is not None
    for person in (met.person, sre, boss, met.server.bot):
        member = await guild.fetch_member(person.id)
        # What discord.py computes from the same roles and overwrites is the second opinion.
        for name in ("SEND_MESSAGES", "MANAGE_MESSAGES", "VIEW_CHANNEL", "ADMINISTRATOR"):
            mine = name in {held.name for held in met.channel.permissions_of(person)}
            assert mine == getattr(channel.permissions_for(member), name.lower()), (person.name, name)


async def test_somebody_can_be_written_to_directly(met: Meeting) -> None:
    user = await met.bot.fetch_user(met.person.id)
    await user.send("a page for you")
    assert [message.text for message in met.server.direct(met.person).messages] == ["a page for you"]


async def test_somebody_may_forbid_direct_messages(met: Meeting) -> None:
    met.person.takes_direct_messages = False
    user = await met.bot.fetch_user(met.person.id)
    with pytest.raises(discord.Forbidden) as refusal:
        await user.send("a page for you")
    assert refusal.value.code == 50007


async def test_what_is_known_of_guilds_and_people(met: Meeting) -> None:
    (listed,) = [guild async for guild in met.bot.fetch_guilds()]
    guild = await met.bot.fetch_guild(listed.id)
    assert (listed.name, guild.name, len(await guild.fetch_roles())) == ("shop", "shop", len(met.guild.roles))
    assert [channel.name for channel in await guild.fetch_channels()] == ["releases"]
    with pytest.raises(discord.NotFound):
        await guild.fetch_member(1)
    with pytest.raises(discord.NotFound):
        await met.bot.fetch_user(1)
    await listed.leave()
    assert [guild async for guild in met.bot.fetch_guilds()] == []
    with pytest.raises(discord.NotFound):
        await met.bot.fetch_guild(listed.id)


async def test_members_are_listed_for_privileged_applications_only(met: Meeting) -> None:
    guild = await met.bot.fetch_guild(met.guild.id)
    with pytest.raises(discord.Forbidden):
        await met.bot.http.get_members(guild.id, 10, None)
    found = await met.bot.http.request(
        discord.http.Route("GET", "/guilds/{guild_id}/members/search", guild_id=guild.id),
        params={"query": "release", "limit": 5},
    )
    assert [member["user"]["username"] for member in found] == ["release-engineer"]


NONE: dict[str, Any] = {"allowed_mentions": discord.AllowedMentions.none()}


def everything(met: Meeting) -> str:
    role = met.guild.role("sre", mentionable=True)
    return f"@everyone @here {met.person.mention} {role.mention} <@1> <@&1>"


async def test_an_ordinary_message_notifies_whoever_it_mentions(met: Meeting) -> None:
    await met.here.send(everything(met))
    (seen,) = met.channel.messages
    expected = Pings(frozenset({"release-engineer"}), frozenset({"sre"}), frozenset({"@everyone", "@here"}))
    assert (seen.pings, len(seen.pings)) == (expected, 4)
    assert met.server.pings == [expected]


async def test_nobody_is_notified_where_nothing_is_allowed(met: Meeting) -> None:
    await met.here.send(everything(met), **NONE)
    assert met.server.pings == []


async def test_only_those_are_notified_who_are_listed(met: Meeting) -> None:
    sre = met.guild.member("sre")
    allowed = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(met.person.id)])
    await met.here.send(f"{sre.mention} {met.person.mention} @everyone", allowed_mentions=allowed)
    assert met.server.pings == [Pings(frozenset({"release-engineer"}))]


async def test_powers_are_needed_for_everyone_and_for_quiet_roles(met: Meeting) -> None:
    met.channel.deny(met.server.bot, "MENTION_EVERYONE")
    quiet, loud = met.guild.role("quiet"), met.guild.role("loud", mentionable=True)
    await met.here.send(f"@everyone {quiet.mention} {loud.mention}")
    assert met.server.pings == [Pings(roles=frozenset({"loud"}))]


async def test_an_edit_is_parsed_anew_with_the_default(met: Meeting) -> None:
    sent = await met.here.send("@here", **NONE)
    await sent.edit(content="@everyone", **NONE)
    await met.bot.http.request(
        discord.http.Route("PATCH", f"/channels/{met.channel.id}/messages/{sent.id}"), json={"content": "@everyone"}
    )
    assert met.server.pings == [Pings(everyone=frozenset({"@everyone"}))]
    assert met.channel.messages[0].pings.everyone == {"@everyone"}


async def test_text_displays_notify_and_embeds_do_not(met: Meeting) -> None:
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.TextDisplay(met.person.mention))
    await met.here.send(view=view)
    await met.here.send(embed=discord.Embed(description=f"@everyone {met.person.mention}"))
    assert met.server.pings == [Pings(frozenset({"release-engineer"}))]


async def test_a_code_block_protects_nobody(met: Meeting) -> None:
    await met.here.send(f"`{met.person.mention}` \\{met.person.mention}")
    assert met.server.pings == [Pings(frozenset({"release-engineer"}))]


async def test_a_reply_notifies_whom_it_answers_unless_told_not_to(met: Meeting) -> None:
    said = await met.here.fetch_message(met.server.say(met.person, met.channel, "how far?").id)
    await said.reply("25%", mention_author=False)
    assert met.server.pings == []
    await said.reply("25%")
    assert met.server.pings == [Pings(frozenset({"release-engineer"}))]
