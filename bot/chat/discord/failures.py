"""What Discord's errors mean for a message on its way: lost for now, perhaps arrived, or never to arrive as it is."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import Refused, RollcallError, Unavailable, Uncertain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import discord

ANSWERED_WITHIN = 30
"""Seconds for one message, with discord.py's own waiting for a rate limit; the outbox takes a row up again after forty."""

UNAUTHORISED, SERVER_ERROR = 401, 500

_PERMISSIONS = (
    "give the bot View Channel, Send Messages, Send Messages in Threads, Create Public Threads and Attach Files there"
)
_PERSON = "the person has to allow direct messages from members of the server, or name another way"
_TOO_BIG = "the message is in the audit log; look at it with /audit search"

REFUSALS = {
    10003: ("Discord has no {channel} that the bot can see.", f"check the channel's id; {_PERMISSIONS}"),
    10004: ("The bot is not in that Discord server.", "invite the bot; docs/discord.md says how"),
    10013: ("Discord does not know {channel}.", "check the person's Discord id in the team file"),
    50001: ("The bot may not see Discord's {channel}.", _PERMISSIONS),
    50007: ("{channel} takes no direct messages from the bot.", _PERSON),
    50013: ("The bot may not do that in Discord's {channel}.", _PERMISSIONS),
    50006: ("Discord does not take an empty message.", _TOO_BIG),
    50035: ("Discord does not take the message as it is drawn.", _TOO_BIG),
    40005: ("Discord does not take files that large.", _TOO_BIG),
    50083: ("The thread in {channel} is archived.", "open it again, or delete the card so that a new one is posted"),
    160006: ("Discord's server has too many open threads.", "close some threads"),
    200000: ("A rule of the server blocks the message in {channel}.", "let AutoMod leave the bot's role alone"),
    200001: ("A rule of the server blocks the message in {channel}.", "let AutoMod leave the bot's role alone"),
}
"""Each code with a sentence, and what to do about it: docs.discord.com/developers/topics/opcodes-and-status-codes."""

TOO_FAST = {20016, 20022, 20028, 20029, 31001, 31002, 40003}
WAIT_WITHOUT_A_WORD = timedelta(seconds=30)

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, HAS_THREAD, MOST_EDITS = 10003, 10008, 160004, 30046


def translate(problem: discord.HTTPException, channel: str) -> RollcallError:
    """Return what an error of the REST interface means for something that was sent to a channel."""
    if problem.code in REFUSALS:
        sentence, hint = REFUSALS[problem.code]
        return Refused(sentence.format(channel=channel), hint)
    if problem.status == UNAUTHORISED:
        # A token is put right by somebody: what waits is sent then.
        return Unavailable("Discord does not know the bot's token.", "put a new one into DISCORD_TOKEN")
    if problem.code in TOO_FAST:
        return Unavailable("Discord asks for fewer messages.", after=WAIT_WITHOUT_A_WORD)
    if problem.status >= SERVER_ERROR:
        return Uncertain(f"Discord had trouble of its own ({problem.status}).")
    return Refused(f"Discord refuses it: {problem.code} (HTTP {problem.status}).", "rollcall doctor")


@asynccontextmanager
async def translated(channel: str) -> AsyncIterator[None]:
    """Turn every error of the library into one of ours. What never left may be sent again; what may have arrived may not."""
    import aiohttp
    import discord

    try:
        async with asyncio.timeout(ANSWERED_WITHIN):
            yield
    except discord.RateLimited as problem:
        raise Unavailable("Discord asks for fewer messages.", after=timedelta(seconds=problem.retry_after)) from None
    except discord.HTTPException as problem:
        raise translate(problem, channel) from None
    except aiohttp.ClientConnectorError:
        raise Unavailable("Discord cannot be reached.") from None
    except (aiohttp.ClientError, discord.DiscordException, TimeoutError, OSError) as problem:
        raise Uncertain(f"Discord's answer was lost ({type(problem).__name__}).") from None
