"""Slack's words about a token that will never do, as sentences that say what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.errors import Refused

APP_TOKEN = "SLACK_APP_TOKEN"  # noqa: S105  # The name of the setting.
BOT_TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105  # The name of the setting.

_WHERE = {
    APP_TOKEN: (
        "copy an app-level token with the scope connections:write; it begins with xapp- and stands under "
        "Basic Information → App-Level Tokens"
    ),
    BOT_TOKEN: "copy the bot user's token; it begins with xoxb- and stands under Install App",
}

_WORDS = {
    "invalid_auth": "Slack does not know the token in {name}.",
    "not_authed": "{name} holds no token.",
    "not_allowed_token_type": "{name} holds a token of another kind.",
    "token_revoked": "The token in {name} was revoked.",
    "token_expired": "The token in {name} has expired.",
    "account_inactive": "The app behind {name} was removed from the workspace, or the workspace is gone.",
    "missing_scope": "The token in {name} lacks a scope.",
    "no_permission": "The token in {name} lacks a scope.",
    "org_login_required": "The workspace behind {name} moved to an organisation, and the token did not.",
    "ekm_access_denied": "An administrator suspended what {name} may do.",
    "access_denied": "An administrator suspended what {name} may do.",
    "team_access_not_granted": "An administrator has not granted {name} access to the workspace.",
}


def refusal_of(error: str, name: str) -> Refused | None:
    """Return why a token is refused; None for an error that says nothing about the token.

    `error` is Slack's word for it, `name` the setting that holds the token.
    """
    words = _WORDS.get(error)
    return None if words is None else Refused(words.format(name=name), _WHERE[name], f"Slack says {error}")


def error_of(problem: Exception) -> str:
    """Return Slack's word for an error of its Web API; `unreadable` where the answer was none of Slack's."""
    response = getattr(problem, "response", None)
    # slack_sdk keeps words here where the answer was not JSON, and its own `get` trips over them.
    data = getattr(response, "data", response)
    return str((isinstance(data, Mapping) and data.get("error")) or "unreadable")
