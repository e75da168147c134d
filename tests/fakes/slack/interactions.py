"""What people do that reaches the app: each deed's payload, its trigger for a modal, and its `response_url`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from aiohttp import web

from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.messages import Complain, Message, content_of
from tests.fakes.slack.views import View
from tests.fakes.slack.workspace import Channel, Person, Workspace

TRIGGER_LASTS, RESPONSE_URL_LASTS, MOST_RESPONSES = timedelta(seconds=3), timedelta(minutes=30), 5
RESPONSE_FIELDS = {
    "text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts",
    "unfurl_links", "unfurl_media", "mrkdwn", "parse", "metadata",
}  # fmt: skip

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(slots=True, eq=False)
class Deed:
    """Something a person did, as it is delivered to the app, maybe more than once, and what came of it.

    `opened` are the modals the app opened with its trigger, `said` what it showed by acknowledging or by its
    `response_url`. `origin` is the message or view that a button was pressed on.
    """

    kind: Kind
    person: Person
    payload: dict[str, Any]
    channel: Channel | None = None
    origin: Message | View | None = None
    opened: list[View] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class Trigger:
    deed: Deed
    since: datetime
    exchanged: bool = False


@dataclass(slots=True)
class ResponseUrl:
    deed: Deed
    since: datetime
    uses: int = 0


class Interactions:
    """The triggers and response URLs that were given out."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}
        self._numbers = 0

    def give_trigger(self, deed: Deed) -> str:
        """Return a trigger_id, good once and for three seconds."""
        self._numbers += 1
        trigger_id = f"{self._numbers}.{self.workspace.installation.team_id}.trigger"
        self._triggers[trigger_id] = Trigger(deed, self.workspace.clock.now())
        return trigger_id

    def give_response_url(self, deed: Deed) -> str:
        """Return an address for at most five answers within half an hour."""
        self._numbers += 1
        self._urls[str(self._numbers)] = ResponseUrl(deed, self.workspace.clock.now())
        return f"{self.workspace.base_url}/response/{self._numbers}"

    def exchange(self, trigger_id: str) -> Deed:
        """Return what was done to get a trigger, which is then used up."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id", f"Slack never gave the trigger {trigger_id!r}")
        if trigger.exchanged:
            raise Refused("exchanged_trigger_id")
        if self.workspace.clock.now() - trigger.since > TRIGGER_LASTS:
            raise Refused("expired_trigger_id")
        trigger.exchanged = True
        return trigger.deed

    def respond(self, number: str, body: bytes) -> web.Response:
        """Take what the app posts to a response URL."""
        url = self._urls.get(number)
        try:
            self._use(url)
            assert url is not None
            answered(self.workspace, url.deed, _object(body), self._complain)
        except Refused as refused:
            self._complain(f"{refused.error}: {refused.complaint}")
            return web.json_response({"ok": False, "error": refused.error}, status=404)
        return web.Response(text="ok")

    def _complain(self, complaint: str) -> None:
        self.workspace.complaints.add(f"response_url: {complaint}")

    def _use(self, url: ResponseUrl | None) -> None:
        if url is None:
            raise Refused("no_such_url", "an address Slack never gave")
        url.uses += 1
        if self.workspace.clock.now() - url.since > RESPONSE_URL_LASTS:
            raise Refused("expired_url", "used more than 30 minutes later")
        if url.uses > MOST_RESPONSES:
            raise Refused("used_url", f"used more than {MOST_RESPONSES} times")


def answered(workspace: Workspace, deed: Deed, body: Mapping[str, Any], complain: Complain) -> Message | None:
    """Show what the app answered to a deed: a new message, one instead of that it came from, or none any more."""
    if unknown := sorted(body.keys() - RESPONSE_FIELDS):
        complain(f"a response has no {', '.join(unknown)}")
    replaces, deletes = _true(body, "replace_original"), _true(body, "delete_original")
    if (replaces or deletes) and not isinstance(deed.origin, Message):
        raise Refused("invalid_arguments", "nothing stands there that could be replaced or deleted")
    if deletes:
        assert isinstance(deed.origin, Message)
        workspace.delete(deed.origin)
        return None
    content = content_of(body, complain, workspace.channel_names())
    kind = body.get("response_type", "ephemeral")
    if kind not in {"ephemeral", "in_channel"}:
        raise Refused("invalid_arguments", f"no response_type is {kind!r}")
    if replaces:
        assert isinstance(deed.origin, Message)
        if deed.origin.only_for is not None and kind == "in_channel":
            raise Refused("invalid_arguments", "what one person sees cannot become a message for all")
        workspace.edit(deed.origin, content)
        return deed.origin
    if deed.channel is None:
        raise Refused("invalid_arguments", "there is no channel to answer in")
    only_for = deed.person if kind == "ephemeral" else None
    thread_ts = body.get("thread_ts")
    said = workspace.post(deed.channel, workspace.bot, content, only_for=only_for, thread_ts=thread_ts)
    deed.said.append(said)
    return said


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Refused("invalid_payload", f"a body that is no JSON object: {body!r:.200}")
    return said


def _true(body: Mapping[str, Any], name: str) -> bool:
    return str(body.get(name, "")).lower() == "true"
