"""Looks over how Discord is set up: token, servers, permissions in channels. Nothing is changed and nothing is posted."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord

from bot.chat.discord.client import Endpoints
from bot.chat.discord.failures import translated
from bot.domain.checkup import Finding, failed, good
from bot.domain.errors import Refused, RollcallError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.chat.discord.config import DiscordConfig
    from bot.domain.plan import ChannelName

WHAT = "Discord"
NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "create_public_threads": "Create Public Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
"""What the bot does in a channel, by discord.py's word and by Discord's own."""

NO_TOKEN = ("Discord does not know the token in DISCORD_TOKEN.", "make a new one under Bot → Reset Token")


async def look(config: DiscordConfig, channels: Sequence[ChannelName]) -> list[Finding]:
    """Return what was found, beginning with what everything else rests on."""
    if not config.guilds:
        hint = "put the server's id into DISCORD_GUILDS; docs/discord.md says where it stands"
        return [failed(f"{WHAT} servers", "no server is on the allow list, so that nobody is heard", hint)]
    try:
        async with _logged_in(config) as client:
            user = client.user
            findings = [good(WHAT, f"the token is {user.name if user else 'nobody'}'s")]
            found: set[str] = set()
            for number in config.guilds:
                findings += await _guild(client, number, channels, found)
            return findings + [_nowhere(it) for it in channels if it.channel not in found]
    except RollcallError as problem:
        return [failed(WHAT, problem.sentence, problem.hints[0] if problem.hints else "")]


@asynccontextmanager
async def _logged_in(config: DiscordConfig) -> AsyncIterator[discord.Client]:
    """Give a client that may ask, beside the one that serves."""
    with Endpoints(config.api_url, config.gateway_url).applied():
        client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=30.0)
        try:
            async with translated("the server"):
                try:
                    await client.login(config.token)
                except discord.LoginFailure:
                    raise Refused(*NO_TOKEN) from None
            yield client
        finally:
            await client.close()


def _nowhere(channel: ChannelName) -> Finding:
    hint = "check its name or id, and that the bot may see it"
    return failed(f"{WHAT} #{channel.channel}", "no server on the allow list has it", hint)


async def _guild(
    client: discord.Client, number: int, channels: Sequence[ChannelName], found: set[str]
) -> list[Finding]:
    try:
        async with translated(f"server {number}"):
            guild = await client.fetch_guild(number)
            known = await guild.fetch_channels()
            me = await guild.fetch_member(client.user.id if client.user else 0)
    except RollcallError as problem:
        return [failed(f"{WHAT} server {number}", problem.sentence, "invite the bot; docs/discord.md says how")]
    findings = [good(f"{WHAT} server {guild.name}", "the bot is in it")]
    by_name = {channel.name: channel for channel in known} | {str(channel.id): channel for channel in known}
    for wanted in channels:
        channel = by_name.get(wanted.channel)
        if channel is not None:
            found.add(wanted.channel)
            findings.append(_channel(channel, me))
    return findings


def _channel(channel: discord.abc.GuildChannel, me: discord.Member) -> Finding:
    granted = channel.permissions_for(me)
    lacking = [said for word, said in NEEDED.items() if not getattr(granted, word)]
    what = f"{WHAT} #{channel.name}"
    if lacking:
        return failed(what, f"the bot lacks {', '.join(lacking)}", "give its role these in the channel's settings")
    return good(what, "the bot may do there what it has to")
