"""Answers that leave after the acknowledgement: bounded in time, and tried in every way there is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bot.chat.slack.payloads import metadata
from bot.chat.slack.render import render
from bot.chat.slack.spans import plain_object
from bot.chat.slack.tokens import error_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.chat.slack.payloads import Place
    from bot.domain.message import Message
    from bot.ports import Journal

ANSWERED_WITHIN = 5.0
"""Seconds for one call that carries an answer."""

OPENED_WITHIN = 2.5
"""Seconds for opening a dialog: a trigger lasts three, and some of them have passed."""

TAKEN = frozenset({"exchanged_trigger_id", "trigger_exchanged"})
"""Slack's words where a trigger has opened its dialog already: the press was delivered twice."""

_OK = 200


def shown(message: Message, *, public: bool = False) -> dict[str, Any]:
    """Return a message as an acknowledgement or a `response_url` takes it.

    Nobody could be told where Slack refused a table of its own here, so there is none.
    """
    drawn = render(message, native_tables=False)
    return {
        "response_type": "in_channel" if public else "ephemeral",
        "text": drawn.text,
        "blocks": drawn.blocks,
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def answer_view(message: Message, place: Place) -> dict[str, Any]:
    """Return a dialog that shows a message; its buttons answer to the place where it was opened from."""
    return {
        "type": "modal",
        "title": plain_object("Rollcall"),
        "close": plain_object("Close"),
        "blocks": render(message, native_tables=False).blocks,
        "private_metadata": metadata(place),
    }


def answer_instead(message: Message, place: Place) -> dict[str, Any]:
    """Return the acknowledgement that shows a message in the dialog that was filled in."""
    return {"response_action": "update", "view": answer_view(message, place)}


class Answers:
    """Sends answers for one person, and opens dialogs. Nothing is raised where Slack does not take them."""

    def __init__(
        self,
        client: AsyncWebClient,
        journal: Journal,
        answered_within: float = ANSWERED_WITHIN,
        opened_within: float = OPENED_WITHIN,
    ) -> None:
        self._client = client
        self._journal = journal
        self._answered_within = answered_within
        self._opened_within = opened_within

    async def tell(self, place: Place, message: Message, request: str, *, public: bool = False) -> None:
        """Answer whoever did something, in the first way that works; `public` lets the whole channel see it."""
        troubles = []
        for way in self._ways(place, message, public=public):
            trouble = await _trouble(way, self._answered_within)
            if not trouble:
                return
            troubles.append(trouble)
        # What was done is on record and on the card; only the words to this one person are gone.
        self._journal.warning("slack.answer_lost", request=request, troubles=troubles)

    async def open(self, trigger: str, view: dict[str, Any]) -> str:
        """Open a dialog; return what was in the way, in Slack's word or the name of an error, empty where it is open."""
        return await _trouble(self._client.views_open(trigger_id=trigger, view=view), self._opened_within)

    async def publish(self, user: str, view: dict[str, Any]) -> str:
        """Show somebody a Home tab; return what was in the way, as `open` does."""
        return await _trouble(self._client.views_publish(user_id=user, view=view), self._answered_within)

    def _ways(self, place: Place, message: Message, *, public: bool) -> Iterator[Awaitable[object]]:
        if place.dialog:
            yield self._client.views_update(view_id=place.dialog, view=answer_view(message, place))
        if place.response_url:
            yield self._respond(place, shown(message, public=public))
        if place.is_personal and place.trigger and not place.dialog:
            yield self._client.views_open(trigger_id=place.trigger, view=answer_view(message, place))
        if not place.is_personal:
            yield self._beside(place, message)
        if place.user:
            yield self._directly(place, message)

    async def _respond(self, place: Place, body: dict[str, Any]) -> None:
        from slack_sdk.webhook.async_client import AsyncWebhookClient

        client = self._client
        hook = AsyncWebhookClient(
            place.response_url, ssl=client.ssl, proxy=client.proxy, logger=client.logger, retry_handlers=[]
        )
        thread = {"thread_ts": place.thread} if place.thread else {}
        answer = await hook.send_dict({**body, **thread, "replace_original": False})
        if answer.status_code != _OK:
            raise _NotTaken(f"status {answer.status_code}")

    async def _beside(self, place: Place, message: Message) -> None:
        await self._client.chat_postEphemeral(
            channel=place.channel, user=place.user, thread_ts=place.thread or None, **_words(message)
        )

    async def _directly(self, place: Place, message: Message) -> None:
        await self._client.chat_postMessage(
            channel=place.user, unfurl_links=False, unfurl_media=False, **_words(message)
        )


def _words(message: Message) -> dict[str, Any]:
    drawn = render(message, native_tables=False)
    return {"text": drawn.text, "blocks": drawn.blocks, "parse": "none"}


class _NotTaken(Exception):
    """A `response_url` answered something else than 200."""


async def _trouble(call: Awaitable[object], within: float) -> str:
    """Wait for a call; return what went wrong in a word that holds no address and no token, empty where nothing did."""
    from slack_sdk.errors import SlackApiError

    try:
        async with asyncio.timeout(within):
            await call
    except _NotTaken as problem:
        return str(problem)
    except SlackApiError as problem:
        return error_of(problem)
    except Exception as problem:  # noqa: BLE001  # Whatever it is, the next way is to be tried.
        return type(problem).__name__
    return ""
