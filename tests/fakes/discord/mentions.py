"""Whom a text notifies: docs.discord.com/developers/resources/message, "Allowed Mentions Object"."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.discord.findings import Findings
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.places import Channel, Person
from tests.fakes.discord.posts import Json, Pings

KINDS = {"users", "roles", "everyone"}
ORDINARY: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}
"""What holds for ordinary messages whose body says nothing."""
INTERACTION: Json = {"parse": ["users"], "replied_user": True}
"""What holds for answers to interactions and for webhooks whose body says nothing."""


def check_allowed_mentions(found: Findings, allowed: Any) -> None:
    """Look through `allowed_mentions`: a kind is either parsed or listed, and at most 100 are listed."""
    if allowed is None:
        return
    parse = allowed.get("parse") or []
    for kind in set(parse) - KINDS:
        found.say("allowed_mentions.parse", f"Must be one of {sorted(KINDS)}; it is {kind!r}.")
    for kind in ("users", "roles"):
        listed = allowed.get(kind) or []
        found.items(f"allowed_mentions.{kind}", listed, 100)
        if kind in parse and listed:
            found.say("allowed_mentions", f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.')


def pings_of(text: str, allowed: Json, channel: Channel, author: Person, replied_to: Person | None = None) -> Pings:
    """Return whom a text in a channel notifies.

    Nothing protects a mention but `allowed_mentions` and the author's permissions: that a code block or a backslash
    does is nowhere promised, so that a mention in one counts.
    """
    powerful = Permission.MENTION_EVERYONE in channel.permissions_of(author)
    return Pings(
        people=frozenset(_people(text, allowed, channel, replied_to)),
        roles=frozenset(_roles(text, allowed, channel, powerful=powerful)),
        everyone=frozenset(re.findall(r"@(?:everyone|here)", text))
        if powerful and _parsed(allowed, "everyone")
        else frozenset(),
    )


def _parsed(allowed: Json, kind: str) -> bool:
    return kind in (allowed.get("parse") or [])


def _named(allowed: Json, kind: str, one: int) -> bool:
    return _parsed(allowed, kind) or one in {int(listed) for listed in allowed.get(kind) or []}


def _people(text: str, allowed: Json, channel: Channel, replied_to: Person | None) -> set[str]:
    known = channel.world.people
    mentioned = {int(found) for found in re.findall(r"<@!?(\d+)>", text)}
    named = {known[one].name for one in mentioned if one in known and _named(allowed, "users", one)}
    if replied_to is not None and allowed.get("replied_user"):
        named.add(replied_to.name)
    return named


def _roles(text: str, allowed: Json, channel: Channel, *, powerful: bool) -> set[str]:
    if channel.guild is None:
        return set()
    mentioned = {int(found) for found in re.findall(r"<@&(\d+)>", text)}
    roles = [role for role in channel.guild.roles[1:] if role.id in mentioned and (role.mentionable or powerful)]
    return {role.name for role in roles if _named(allowed, "roles", role.id)}
