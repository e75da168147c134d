"""What Slack's errors mean for a message on its way: lost for now, perhaps arrived, or never to arrive as it is."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat.slack.tokens import BOT_TOKEN, error_of, refusal_of
from bot.domain.errors import Refused, RollcallError, Unavailable, Uncertain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.errors import SlackApiError

TOO_MANY, SERVER_ERROR = 429, 500

WAIT_WITHOUT_A_WORD = timedelta(seconds=30)
"""For a refusal for now that does not say for how long."""

UNCERTAIN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "unreadable"})
"""Of these Slack says that some aspect of the call may have succeeded; an answer that cannot be read may be anything."""

_INVITE = "in that channel, type /invite @rollcall"
_RESTRICTED = "ask an administrator of the workspace, or name another channel"
_TOO_BIG = "the message is in the audit log; look at it with /audit search"

REFUSALS = {
    "not_in_channel": ("The bot is not in Slack's {channel}.", _INVITE),
    "channel_not_found": ("Slack has no {channel} that the bot can see.", f"check its name; {_INVITE}"),
    "is_archived": ("Slack's {channel} is archived.", "unarchive it, or name another channel in the plan"),
    "user_not_found": ("Slack does not know {channel}.", "check the person's Slack id in the team file"),
    "user_disabled": ("{channel} is switched off in Slack.", "take the person out of the team file"),
    "cannot_dm_bot": ("{channel} is a bot, and cannot be written to.", "check the person's Slack id in the team file"),
    "messages_tab_disabled": ("The app takes no direct messages.", "switch the Messages tab on in the app's settings"),
    "restricted_action": ("A policy of the workspace keeps the bot out of {channel}.", _RESTRICTED),
    "restricted_action_read_only_channel": ("Only some may post in Slack's {channel}.", _RESTRICTED),
    "restricted_action_thread_only_channel": ("Slack's {channel} takes replies in threads only.", _RESTRICTED),
    "restricted_action_non_threadable_channel": ("Slack's {channel} takes no threads.", _RESTRICTED),
    "restricted_action_thread_locked": ("The thread in {channel} is locked.", _RESTRICTED),
    "msg_too_long": ("Slack does not take a message that long.", _TOO_BIG),
    "msg_blocks_too_long": ("Slack does not take a message that long.", _TOO_BIG),
    "no_text": ("Slack does not take an empty message.", _TOO_BIG),
    "invalid_blocks": ("Slack does not take the message as it is drawn.", _TOO_BIG),
    "invalid_blocks_format": ("Slack does not take the message as it is drawn.", _TOO_BIG),
    "metadata_too_large": ("Slack does not take the message's key.", _TOO_BIG),
}
"""Each error with a sentence, and what to do about it; `{channel}` is the channel as people know it."""


def translate(problem: SlackApiError, channel: str) -> RollcallError:
    """Return what an error of the Web API means for something that was sent to a channel."""
    response = problem.response
    status, error = getattr(response, "status_code", 0), error_of(problem)
    if status == TOO_MANY or error in {"ratelimited", "rate_limited", "message_limit_exceeded"}:
        return Unavailable("Slack asks for fewer messages.", after=_retry_after(problem))
    if error == "channel_not_found" and channel.startswith("@"):
        error = "user_not_found"
    if error in REFUSALS:
        sentence, hint = REFUSALS[error]
        return Refused(sentence.format(channel=channel), hint)
    if status >= SERVER_ERROR or error in UNCERTAIN:
        return Uncertain(f"Slack had trouble of its own ({error}).")
    token = refusal_of(error, BOT_TOKEN)
    if token is not None:
        # A token is put right by somebody: what waits is sent then.
        return Unavailable(token.sentence, *token.hints)
    return Refused(f"Slack refuses it: {error}.", "rollcall doctor")


def _retry_after(problem: SlackApiError) -> timedelta:
    headers = getattr(problem.response, "headers", None) or {}
    text = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    return timedelta(seconds=int(text)) if text.isdecimal() else WAIT_WITHOUT_A_WORD


@asynccontextmanager
async def translated(channel: str) -> AsyncIterator[None]:
    """Turn every error of the client into one of ours. What never left may be sent again; what may have arrived may not."""
    from aiohttp import ClientConnectorError, ClientError
    from slack_sdk.errors import SlackApiError, SlackClientError

    try:
        yield
    except SlackApiError as problem:
        raise translate(problem, channel) from None
    except ClientConnectorError:
        raise Unavailable("Slack cannot be reached.") from None
    # slack_sdk trips over an answer that is no JSON and does not say so (AttributeError).
    except (ClientError, SlackClientError, TimeoutError, OSError, AttributeError) as problem:
        raise Uncertain(f"Slack's answer was lost ({type(problem).__name__}).") from None
