"""Keeps the names of Slack's channels, so that plans and the team file may use what people see."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat.slack.failures import translated
from bot.domain.errors import RollcallError

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.chat.directory import Directory
    from bot.ports import Clock, Journal

AGAIN, AGAIN_AFTER_TROUBLE = timedelta(hours=1), timedelta(minutes=1)
"""Names are read again after so long, and at once when Slack says that one changed."""

PAGE, PAGES = 1000, 20
PLATFORM = "slack"


class ChannelNames:
    """A service that fills the directory; `look` makes it read again."""

    name = "slack channels"

    def __init__(self, client: AsyncWebClient, directory: Directory, clock: Clock, journal: Journal) -> None:
        self._client, self._directory, self._clock, self._journal = client, directory, clock, journal
        self._wake = asyncio.Event()
        self._ailing = False

    def look(self) -> None:
        """Read the names again soon."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Read the names now, and whenever they may have changed, until told to stop."""
        stopping = asyncio.create_task(self._until(stop), name="slack channels stop")
        try:
            while not stop.is_set():
                self._wake.clear()
                pause = AGAIN if await self._read() else AGAIN_AFTER_TROUBLE
                await self._clock.wait(self._wake, self._clock.now() + pause)
        finally:
            stopping.cancel()

    async def _until(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _read(self) -> bool:
        """Read all names; say whether that worked. Trouble is told once, when it begins."""
        try:
            self._directory.learn(PLATFORM, await self.names())
        except RollcallError as problem:
            if not self._ailing:
                self._journal.warning("slack.channels.unread", problem=problem.sentence)
            self._ailing = True
            return False
        self._ailing = False
        return True

    async def names(self) -> dict[str, str]:
        """Return the id of every channel that the bot can see, by its name. Raises as `ChatPlatform` does."""
        found: dict[str, str] = {}
        cursor = ""
        for _ in range(PAGES):
            async with translated("channels"):
                page = await self._client.conversations_list(
                    types="public_channel,private_channel",
                    exclude_archived=True,
                    limit=PAGE,
                    **({"cursor": cursor} if cursor else {}),
                )
            found |= {str(it["name"]): str(it["id"]) for it in page.get("channels") or ()}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return found
