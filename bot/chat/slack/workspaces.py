"""Whose people are heard: the workspaces that are allowed, or else the one that the bot is installed in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.slack.tokens import BOT_TOKEN, error_of, refusal_of
from bot.domain.errors import Unavailable

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

ASKED_WITHIN = 1.5
"""Seconds for asking Slack who the bot is: half of what an acknowledgement may take."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Who the bot is: its workspace, its user and its bot id, as the token says."""

    team: str
    user: str
    bot: str


class Workspaces:
    """The allow list of workspaces; empty `teams` stand for the bot's own, which Slack is asked for once."""

    def __init__(self, client: AsyncWebClient, teams: frozenset[str], asked_within: float = ASKED_WITHIN) -> None:
        self._client = client
        self._teams = teams
        self._asked_within = asked_within
        self._asking: asyncio.Task[Installed] | None = None
        self.known: Installed | None = None
        """What Slack answered; None until it was asked."""

    async def hears(self, teams: frozenset[str]) -> bool:
        """Say whether every workspace that a request names is allowed; one that names none is not.

        Raises Unavailable and Refused as `installed` does.
        """
        allowed = self._teams or {(await self.installed()).team}
        return bool(teams) and teams <= allowed

    async def installed(self) -> Installed:
        """Return who the bot is. Raises Unavailable where Slack does not say, Refused where the token will not do."""
        if self.known is None:
            # Whoever comes while Slack is being asked waits for the same answer, or everybody in turn would wait too long.
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask(), name="slack auth.test")
            self.known = await asyncio.shield(self._asking)
        return self.known

    async def _ask(self) -> Installed:
        from aiohttp import ClientError
        from slack_sdk.errors import SlackApiError, SlackClientError

        try:
            async with asyncio.timeout(self._asked_within):
                said = await self._client.auth_test()
        except SlackApiError as problem:
            raise refusal_of(error_of(problem), BOT_TOKEN) or Unavailable("Slack did not say who the bot is.") from None
        # slack_sdk trips over an answer that is no JSON and does not say so (AttributeError).
        except (ClientError, SlackClientError, OSError, AttributeError):
            raise Unavailable("Slack did not say who the bot is.") from None
        return Installed(str(said.get("team_id", "")), str(said.get("user_id", "")), str(said.get("bot_id", "")))
