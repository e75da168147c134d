"""The manifest from which Slack makes the app: its commands, what it may do and what it wants to hear of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.chat.slack.events import EVENTS
from bot.chat.slack.http import PATH
from bot.domain.errors import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commands.command import Command, Verb

NAME = "Rollcall"

SCOPES: Mapping[str, str] = {
    "commands": "people type commands",
    "chat:write": "the bot posts and edits cards and announcements, answers people alone, and writes to them directly",
    "files:write": "reports and charts are files",
    "channels:read": "a public channel's name becomes its id, and the bot hears of a new name",
    "groups:read": "the same for private channels that the bot was invited to",
    "channels:history": "after an uncertain send the bot looks whether its message is there before it posts again",
    "groups:history": "the same in private channels that the bot was invited to",
}
"""Why the bot asks for each scope. It has no more: it reads nobody's profile, and joins no channel by itself."""

LONGEST_HINT = 80
"""So many characters of verbs; Slack takes 1,000 in all, of which nobody sees more than a line."""

_GAP = " | "


def manifest(commands: Sequence[Command], prefix: str, *, socket_mode: bool, public_url: str = "") -> dict[str, Any]:
    """Return the app manifest; without Socket Mode, Slack posts to `public_url`. Raises NotUnderstood where that is empty."""
    address = None if socket_mode else _address(public_url)
    return {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": NAME,
            "description": "Rolls features out step by step, announces each step and keeps a record.",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                # Where it were read-only, nobody could type a command to the bot alone.
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [_command(it, prefix, address) for it in commands],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**_at(address, "request_url"), "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **_at(address, "request_url")},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def usage_hint(command: Command) -> str:
    """Return what Slack shows behind a command's name: its verbs in order, the bare one as it is typed."""
    words = [_typed(command, verb) for verb in command.verbs]
    kept = [word for end, word in enumerate(words, 1) if len(_GAP.join(words[:end])) <= LONGEST_HINT]
    return _GAP.join([*kept, *(["…"] if len(kept) < len(words) else []), "help"])


def _typed(command: Command, verb: Verb) -> str:
    if verb.name == command.bare and verb.examples:
        return verb.examples[0].partition(" ")[2]
    needed = (option.usage for option in verb.positional if option.required)
    return " ".join((verb.name, *needed))


def _command(command: Command, prefix: str, address: str | None) -> dict[str, Any]:
    return {
        "command": f"/{prefix}{command.name}",
        **_at(address, "url"),
        "description": f"{command.help[:1].upper()}{command.help[1:]}",
        "usage_hint": usage_hint(command),
        "should_escape": True,
    }


def _at(address: str | None, name: str) -> dict[str, str]:
    return {} if address is None else {name: address}


def _address(public_url: str) -> str:
    if not public_url:
        raise NotUnderstood(
            "Without Socket Mode, Slack has to know where to post.",
            "set ROLLCALL_PUBLIC_URL to the address under which Slack reaches the bot, such as https://rollcall.example.com",
            "or leave it to Socket Mode, which needs no address",
        )
    return f"{public_url.rstrip('/')}{PATH}"
