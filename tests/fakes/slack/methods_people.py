"""`auth.test`, `api.test`, `users.*`, `bots.info` and `team.info`: who is who."""

from __future__ import annotations

from typing import Any

from tests.fakes.slack.calls import Answer, Caller, method
from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.methods_conversations import page
from tests.fakes.slack.workspace import Person


def authenticate(caller: Caller) -> Answer:
    return {
        "url": "https://workspace.slack.test/",
        "team": "workspace",
        "user": caller.bot.name,
        "team_id": caller.bot.team_id,
        "user_id": caller.bot.id,
        "bot_id": caller.bot.bot_id,
        "is_enterprise_install": False,
    }


def echo(caller: Caller) -> Answer:
    if error := caller.arguments.text("error"):
        raise Refused(error)
    return {"args": dict(caller.arguments.given)}


def facts_of(person: Person, caller: Caller) -> dict[str, Any]:
    """Return what Slack tells of somebody; the address only to those who may read it."""
    profile = {"real_name": person.name, "display_name": person.name}
    if caller.has("users:read.email") and not person.is_bot:
        profile["email"] = person.email
    return {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "real_name": person.name,
        "deleted": person.deactivated,
        "is_bot": person.is_bot,
        "tz": person.time_zone,
        "profile": profile,
    }


def info(caller: Caller) -> Answer:
    person = caller.workspace.people.get(caller.arguments.required("user"))
    if person is None:
        raise Refused("user_not_found")
    return {"user": facts_of(person, caller)}


def list_(caller: Caller) -> Answer:
    found, cursor = page(caller, list(caller.workspace.people.values()), 1000)
    return {"members": [facts_of(one, caller) for one in found], "response_metadata": {"next_cursor": cursor}}


def look_up_by_email(caller: Caller) -> Answer:
    email = caller.arguments.required("email").lower()
    for person in caller.workspace.people.values():
        if person.email.lower() == email and not person.is_bot and not person.deactivated:
            return {"user": facts_of(person, caller)}
    raise Refused("users_not_found")


def bot_info(caller: Caller) -> Answer:
    if caller.arguments.text("bot", caller.bot.bot_id) != caller.bot.bot_id:
        raise Refused("bot_not_found")
    bot = caller.bot
    return {"bot": {"id": bot.bot_id, "name": bot.name, "app_id": bot.app_id, "user_id": bot.id, "deleted": False}}


def team_info(caller: Caller) -> Answer:
    if caller.arguments.text("team", caller.bot.team_id) != caller.bot.team_id:
        raise Refused("team_not_found")
    return {"team": {"id": caller.bot.team_id, "name": "workspace", "domain": "workspace"}}


METHODS = {
    "auth.test": method(authenticate),
    "api.test": method(echo, "error foo", token="none"),
    "users.info": method(info, "user include_locale", "users:read", reads=True),
    "users.list": method(list_, "cursor limit include_locale", "users:read", reads=True),
    "users.lookupByEmail": method(look_up_by_email, "email", "users:read.email", reads=True),
    "bots.info": method(bot_info, "bot", "users:read", reads=True),
    "team.info": method(team_info, "team domain", "team:read", reads=True),
}
