"""Looks over how Slack is set up: tokens, scopes, clocks and channels. Nothing is changed and nothing is posted."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bot.chat.slack.client import open_client
from bot.chat.slack.failures import translated
from bot.chat.slack.manifest import SCOPES
from bot.chat.slack.tokens import APP_TOKEN, error_of, refusal_of
from bot.domain.checkup import Finding, doubtful, failed, good
from bot.domain.errors import RollcallError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.chat.slack.channel_names import ChannelNames
    from bot.domain.plan import ChannelName
    from bot.ports import Clock

WHAT = "Slack"
SKEW_NOTICED, SKEW_TOO_LARGE = 30, 240
"""Seconds between our clock and Slack's; a signature older than five minutes is refused."""


async def look(
    client: AsyncWebClient,
    names: ChannelNames,
    channels: Sequence[ChannelName],
    clock: Clock,
    *,
    app_token: str,
    signing_secret: bool,
    teams: frozenset[str],
) -> list[Finding]:
    """Return what was found, beginning with what everything else rests on."""
    try:
        async with translated("the workspace"):
            who = await client.auth_test()
    except RollcallError as problem:
        return [failed(WHAT, problem.sentence, problem.hints[0] if problem.hints else "")]
    findings = [_team(who, teams), _scopes(who), _clock(who, clock)]
    findings.append(await _way_in(app_token, str(client.base_url), signing_secret=signing_secret))
    return findings + await _channels(client, names, channels)


def _team(who: AsyncSlackResponse, teams: frozenset[str]) -> Finding:
    team, name = str(who.get("team_id")), str(who.get("team"))
    if teams and team not in teams:
        hint = f"SLACK_TEAMS={','.join(sorted({*teams, team}))}"
        return failed(
            f"{WHAT} workspace", f"the bot is installed in {name} ({team}), which is not on the allow list", hint
        )
    return good(f"{WHAT} workspace", f"installed in {name} ({team}) as {who.get('user')}")


def _scopes(who: AsyncSlackResponse) -> Finding:
    granted = {word.strip() for word in _header(who.headers, "x-oauth-scopes").split(",") if word.strip()}
    lacking = sorted(set(SCOPES) - granted)
    more = sorted(granted - set(SCOPES))
    if lacking:
        hint = "add them under OAuth & Permissions, and install the app again"
        return failed(f"{WHAT} scopes", f"the bot's token lacks {', '.join(lacking)}", hint)
    if more:
        return doubtful(f"{WHAT} scopes", f"the bot's token has more than it needs: {', '.join(more)}")
    return good(f"{WHAT} scopes", "the bot's token has what it needs, and nothing more")


def _clock(who: AsyncSlackResponse, clock: Clock) -> Finding:
    try:
        theirs = parsedate_to_datetime(_header(who.headers, "date"))
    except (TypeError, ValueError):
        return doubtful(f"{WHAT} clock", "Slack did not say what time it is")
    skew = abs((clock.now() - theirs).total_seconds())
    if skew > SKEW_TOO_LARGE:
        return failed(f"{WHAT} clock", f"this machine's clock is {skew:.0f} s off", "let it keep time by NTP")
    if skew > SKEW_NOTICED:
        return doubtful(f"{WHAT} clock", f"this machine's clock is {skew:.0f} s off", "let it keep time by NTP")
    return good(f"{WHAT} clock", "agrees with Slack's")


async def _way_in(app_token: str, api_url: str, *, signing_secret: bool) -> Finding:
    """Open a Socket Mode address, which nobody connects to, or look whether signatures can be checked."""
    what = f"{WHAT} way in"
    if not app_token:
        if signing_secret:
            return good(what, "signed HTTP at /slack/events")
        return failed(what, "there is neither an app token nor a signing secret", "set SLACK_APP_TOKEN")
    from slack_sdk.errors import SlackApiError

    try:
        async with translated("the workspace"):
            try:
                await open_client(app_token, api_url).apps_connections_open(app_token=app_token)
            except SlackApiError as problem:
                raise refusal_of(error_of(problem), APP_TOKEN) or problem from None
    except RollcallError as problem:
        return failed(what, problem.sentence, problem.hints[0] if problem.hints else "")
    return good(what, "Socket Mode")


async def _channels(client: AsyncWebClient, names: ChannelNames, channels: Sequence[ChannelName]) -> list[Finding]:
    if not channels:
        return []
    try:
        known = await names.names()
    except RollcallError as problem:
        return [failed(f"{WHAT} channels", problem.sentence, problem.hints[0] if problem.hints else "")]
    ids = {number: name for name, number in known.items()}
    return [await _channel(client, ids, known.get(it.channel, it.channel)) for it in channels]


async def _channel(client: AsyncWebClient, ids: Mapping[str, str], there: str) -> Finding:
    name = f"#{ids.get(there, there)}"
    try:
        async with translated(name):
            found = (await client.conversations_info(channel=there)).get("channel") or {}
    except RollcallError as problem:
        return failed(f"{WHAT} {name}", problem.sentence, problem.hints[0] if problem.hints else "")
    if found.get("is_archived"):
        return failed(f"{WHAT} {name}", "it is archived", "unarchive it, or name another channel")
    if not found.get("is_member"):
        return failed(f"{WHAT} {name}", "the bot is not in it", "type /invite @rollcall there")
    return good(f"{WHAT} {name}", "the bot is in it")


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((str(value) for key, value in headers.items() if key.lower() == name), "")
