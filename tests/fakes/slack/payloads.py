"""What people do, written down as Slack writes it: slash commands, presses, submitted modals, events."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.interactions import Deed, Interactions
from tests.fakes.slack.messages import Message
from tests.fakes.slack.texts import nodes
from tests.fakes.slack.views import View, filled_in, option_of
from tests.fakes.slack.workspace import Channel, Person, Workspace

PRESSED = {"button", "workflow_button"}
CHOSEN = {"static_select", "overflow", "radio_buttons"}


@dataclass(frozen=True, slots=True)
class Payloads:
    """Writes down what people of one workspace, `team`, do; it may be another than that where the app is installed."""

    workspace: Workspace
    interactions: Interactions
    team: str
    enterprise_id: str | None = None

    def command(self, person: Person, channel: Channel, command: str, text: str, *, as_is: bool = False) -> Deed:
        """Write down a slash command. Names and signs in the text are escaped as Slack does, unless it is sent as is."""
        if not channel.direct:
            channel.invite(person)
        self.workspace.scopes_used.add("commands")
        if "commands" not in self.workspace.installation.scopes:
            self.workspace.complaints.add(f"{command}: the token has no commands, so Slack offers none")
        deed = Deed("slash_commands", person, {}, channel)
        deed.payload |= {
            "token": "deprecated",
            "team_id": self.team,
            "team_domain": "workspace",
            "channel_id": channel.id,
            "channel_name": "privategroup" if channel.private else channel.name,
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text if as_is else self._escaped(text),
            "api_app_id": self.workspace.installation.app_id,
            "is_enterprise_install": "false",
            "response_url": self.interactions.give_response_url(deed),
            "trigger_id": self.interactions.give_trigger(deed),
        }
        if self.enterprise_id:
            deed.payload |= {"enterprise_id": self.enterprise_id, "enterprise_name": "enterprise"}
        return deed

    def _escaped(self, text: str) -> str:
        """Turn `@name` and `#name` of people and channels there are into ids, and escape signs."""
        people = {f"@{one.name}": f"<@{one.id}|{one.name}>" for one in self.workspace.people.values()}
        channels = {f"#{one.name}": one.mention for one in self.workspace.channels.values() if not one.direct}
        known = people | channels
        written = re.compile(r"(<[@#][A-Z0-9]+(?:\|[^<>]*)?>|[@#][\w.-]*[\w-])")
        parts = written.split(text)
        return "".join(
            part if part.startswith("<") and place % 2 else known.get(part, html.escape(part, quote=False))
            for place, part in enumerate(parts)
        )

    def press(self, person: Person, where: Message | View, label: str) -> Deed:
        """Write down that somebody pressed the button with this label, on a message or a view as it stands in `where`."""
        found = [
            (block, node)
            for block in where.blocks
            for node in nodes(block)
            if node.get("type") in PRESSED and node["text"]["text"] == label
        ]
        assert found, f"no button says {label!r}; there are {where.buttons} on {where}"
        assert len(found) == 1, f"{len(found)} buttons say {label!r} on {where}"
        block, button = found[0]
        shown = ("type", "action_id", "text", "value", "style")
        action: dict[str, Any] = {name: button[name] for name in shown if name in button}
        return self._action(person, where, {**action, "block_id": block["block_id"]})

    def choose(self, person: Person, where: Message | View, option: str) -> Deed:
        """Write down that somebody chose an option of a menu, found by its label."""
        found = []
        for block in where.blocks:
            for node in nodes(block):
                labels = [one["text"]["text"] for one in node.get("options", [])] if node.get("type") in CHOSEN else []
                if option in labels:
                    found.append((block, node))
        assert len(found) == 1, f"{len(found)} menus offer {option!r} on {where}"
        block, menu = found[0]
        chosen = {"type": menu["type"], "action_id": menu.get("action_id"), "selected_option": option_of(menu, option)}
        return self._action(person, where, {**chosen, "block_id": block["block_id"]})

    def _action(self, person: Person, where: Message | View, action: dict[str, Any]) -> Deed:
        deed = self._interaction(person, "block_actions", where)
        deed.payload["actions"] = [action | {"action_ts": self.workspace.new_ts()}]
        if isinstance(where, View):
            deed.payload |= {"view": where.wire(), "container": {"type": "view", "view_id": where.id}}
            return deed
        deed.channel, deed.origin = where.channel, self._as_it_stands_now(where)
        deed.payload |= {
            "channel": {"id": where.channel.id, "name": where.channel.name},
            "container": {
                "type": "message",
                "message_ts": where.ts,
                "channel_id": where.channel.id,
                "is_ephemeral": where.only_for is not None,
            },
            "state": {"values": {}},
            "response_url": self.interactions.give_response_url(deed),
        }
        if where.only_for is None:
            deed.payload["message"] = where.wire()
        return deed

    def _as_it_stands_now(self, shown: Message) -> Message:
        """Find the message of which somebody has an older picture on the screen."""
        there = shown.channel.posts.get(shown.ts)
        return there or next((post for post in self.workspace.ephemerals if post.ts == shown.ts), shown)

    def submit(self, person: Person, view: View, values: Mapping[str, object]) -> Deed:
        """Write down that somebody filled in a modal and submitted it."""
        assert view.open, f"{view} was closed"
        deed = self._interaction(person, "view_submission", view)
        deed.payload |= {"view": view.wire(filled_in(view, values)), "response_urls": []}
        return deed

    def close(self, person: Person, view: View) -> Deed:
        """Write down that somebody closed a modal."""
        deed = self._interaction(person, "view_closed", view)
        del deed.payload["trigger_id"]
        deed.payload |= {"view": view.wire(), "is_cleared": False}
        return deed

    def suggest(self, person: Person, where: View | Message, action_id: str, typed: str) -> Deed:
        """Write down that somebody types into a menu whose options the app suggests."""
        blocks = [block for block in where.blocks if any(node.get("action_id") == action_id for node in nodes(block))]
        assert len(blocks) == 1, f"{len(blocks)} menus have the action_id {action_id!r} on {where}"
        deed = self._interaction(person, "block_suggestion", where)
        deed.payload |= {"action_id": action_id, "block_id": blocks[0]["block_id"], "value": typed}
        if isinstance(where, View):
            deed.payload |= {"view": where.wire(), "container": {"type": "view", "view_id": where.id}}
        return deed

    def _interaction(self, person: Person, kind: str, where: Message | View) -> Deed:
        deed = Deed("interactive", person, {"type": kind}, origin=where)
        deed.payload |= {
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": self.team},
            "team": {"id": self.team, "domain": "workspace"},
            "enterprise": {"id": self.enterprise_id, "name": "enterprise"} if self.enterprise_id else None,
            "is_enterprise_install": False,
            "api_app_id": self.workspace.installation.app_id,
            "token": "deprecated",
            "trigger_id": self.interactions.give_trigger(deed),
        }
        return deed

    def event(self, person: Person, event: dict[str, Any]) -> Deed:
        """Write down an event of the Events API; `event` is its inner part without `user` and `event_ts`."""
        payload = {
            "token": "deprecated",
            "type": "event_callback",
            "team_id": self.team,
            "api_app_id": self.workspace.installation.app_id,
            "event": {"user": person.id, "event_ts": self.workspace.new_ts(), **event},
            "event_id": self.workspace.new_id("Ev"),
            "event_time": int(self.workspace.clock.now().timestamp()),
            "authorizations": [
                {
                    "enterprise_id": self.enterprise_id,
                    "team_id": self.team,
                    "user_id": self.workspace.bot.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                },
            ],
            "is_ext_shared_channel": False,
        }
        if self.enterprise_id:
            payload["enterprise_id"] = self.enterprise_id
        return Deed("events_api", person, payload)

    def home_opened(self, person: Person) -> Deed:
        """Write down that somebody opened the app's Home tab."""
        channel = self.workspace.direct_messages(person)
        event: dict[str, Any] = {"type": "app_home_opened", "channel": channel.id, "tab": "home"}
        if (home := self.workspace.homes.get(person.id)) is not None:
            event["view"] = home.wire()
        return self.event(person, event)
