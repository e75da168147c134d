"""Who may do what, where: the team's roles and an environment's policy, judged for one person in one channel.

Reading and reporting are open to everybody; whatever else is denied unless a role grants it, and in an environment only
to the roles and from the channels that its policy names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.access import EVERYBODY, Permission
from bot.domain.access_view import Place
from bot.domain.actor import SYSTEM_NAME
from bot.domain.errors import NotAllowed, NotFound
from bot.domain.nearest import meant
from bot.domain.plan import ChannelName
from bot.domain.team import API, LOCAL, PRODUCTION, bare_channel, describe_channels, listed, person_of, platform_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.actor import Actor
    from bot.domain.team import Person, Team

NAMED_AT_MOST = 5
"""So many people are named in a hint; the rest are found by a command."""

IN_AN_ENVIRONMENT = frozenset({Permission.CHANGE, Permission.OVERRIDE})
"""What an environment's policy (its roles and channels) is asked about."""

IN_PLACES = (Permission.CHANGE, Permission.OVERRIDE)
"""The same, in the order in which people are told."""

_ACTS = {
    Permission.VIEW: "look at",
    Permission.REPORT: "report problems with",
    Permission.CONFIRM: "confirm things for",
    Permission.CHANGE: "change",
    Permission.OVERRIDE: "override what stands in the way in",
    Permission.ADMINISTER: "administer",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed; if not, a sentence that says why, and hints at who may do it or where."""

    allowed: bool
    sentence: str = ""
    hints: tuple[str, ...] = ()

    def require(self) -> None:
        """Do nothing where it is allowed. Raises NotAllowed."""
        if not self.allowed:
            raise NotAllowed(self.sentence, *self.hints)


ALLOWED = Decision(allowed=True)


def permissions_in(team: Team, roles: Iterable[str]) -> frozenset[Permission]:
    """Return what a set of roles allows at all; a role that nobody declared grants nothing."""
    return EVERYBODY.union(*(team.grants.get(role, frozenset()) for role in roles))


def roles_that_may(team: Team, permission: Permission, environment: str | None = None) -> tuple[str, ...]:
    """Return the roles that have a permission (in an environment), in the order in which they are declared."""
    narrowed = team.environment(environment).narrowed(permission) if environment else frozenset()
    granting = (role for role, granted in team.grants.items() if permission in granted)
    return tuple(role for role in granting if not narrowed or role in narrowed)


def people_who_may(team: Team, permission: Permission, environment: str | None = None) -> tuple[Person, ...]:
    """Return the listed people who have a permission (in an environment)."""
    if permission in EVERYBODY:
        return team.people
    roles = set(roles_that_may(team, permission, environment))
    return tuple(person for person in team.people if roles & person.roles)


def person_named(team: Team, platform: str, named: str) -> Person:
    """Return a listed person by the name, or by the identity on a platform (`@U123`). Raises NotFound with near names."""
    bare = named.removeprefix("@")
    for person in team.people:
        if person.name.casefold() == bare.casefold() or bare in person.on(platform):
            return person
    names = [person.name for person in team.people]
    raise NotFound(f"The team file lists nobody named {bare}.", meant(bare, names) if names else "/access who")


def where_changed(team: Team, environment: str) -> str:
    """Return the channels from which an environment is changed, for a sentence."""
    channels = team.environment(environment).channels
    if channels:
        return describe_channels(channels, team.channels)
    return "no channel" if team.file and environment == PRODUCTION else "every channel"


def place_of(team: Team, actor: Actor, environment: str) -> Place:
    """Return what somebody may do in an environment at all, and what from where they are now."""
    permissions = tuple(it for it in IN_PLACES if set(roles_that_may(team, it, environment)) & actor.roles)
    up = may(team, actor, Permission.CHANGE, environment)
    return Place(
        environment,
        permissions,
        where_changed(team, environment),
        up.allowed,
        may(team, actor, Permission.CHANGE, environment, goes_up=False).allowed,
        up.sentence,
    )


def may(
    team: Team, actor: Actor, permission: Permission, environment: str | None = None, *, goes_up: bool = True
) -> Decision:
    """Decide whether somebody may do something, in an environment where it is about one.

    Freezes, limits and approvals are no part of it: they stand in the way of going up and of nobody in particular.
    Going down asks for the same role as going up; from the terminal it is open whatever the channel, so that there is
    a way back when a chat platform does not answer.
    """
    if permission in EVERYBODY or actor.person == actor.platform == SYSTEM_NAME:
        return ALLOWED
    if actor.platform == API and environment is not None:
        return _token_may(team, actor, permission, environment, goes_up=goes_up)
    if not actor.roles & set(roles_that_may(team, permission, environment)):
        return _not_for(team, actor, permission, environment)
    if environment is None or permission not in IN_AN_ENVIRONMENT:
        return ALLOWED
    if not goes_up and (actor.platform == LOCAL or team.environment(environment).down_anywhere):
        return ALLOWED
    return _in_channel(team, actor, environment, goes_up=goes_up)


def _token_may(team: Team, actor: Actor, permission: Permission, environment: str, *, goes_up: bool) -> Decision:
    """Decide for a program: its scope says what it may do at all, and the policy names those that may go up.

    Down is open to whatever may write. `change` narrows people's roles; a program is meant by its name or not at all,
    except where the policy narrows nothing.
    """
    if permission not in permissions_in(team, actor.roles):
        return Decision(allowed=False, sentence=f"The token {actor.person} may not {_ACTS[permission]} {environment}.")
    policy = team.environments.get(environment)
    if not team.file or not goes_up or (policy is not None and actor.person in policy.tokens):
        return ALLOWED
    if policy is not None and environment != PRODUCTION and not (policy.channels or policy.narrowed(permission)):
        return ALLOWED
    sentence = f"The team file does not let the token {actor.person} take flags up in {environment}."
    return Decision(allowed=False, sentence=sentence, hints=(f"name it under `tokens` of {environment}",))


def may_in_all(team: Team, actor: Actor, permission: Permission, environments: Iterable[str]) -> Decision:
    """Decide whether somebody has a permission in each of some environments, whatever the channel.

    What is about several environments at once is said in one channel, which cannot be that of all of them.
    """
    for environment in environments:
        if not actor.roles & set(roles_that_may(team, permission, environment)):
            return _not_for(team, actor, permission, environment)
    return ALLOWED


def _in_channel(team: Team, actor: Actor, environment: str, *, goes_up: bool) -> Decision:
    if not team.file:
        return ALLOWED
    if environment not in team.environments:
        # Where nothing is known there is no policy to break, so that only what makes it safer is let through.
        if not goes_up:
            return ALLOWED
        known = ", ".join(team.environments)
        sentence = f"The team file has no environment named {environment}, so nothing is changed there."
        return Decision(allowed=False, sentence=sentence, hints=(f"there are: {known}; add {environment} beside them",))
    policy = team.environments[environment]
    here = ChannelName(actor.platform, bare_channel(actor.channel))
    if not policy.channels and environment != PRODUCTION:
        return ALLOWED
    if here in policy.channels:
        return ALLOWED
    if not policy.channels:
        sentence = f"The team file names no channel for {environment}, so it is changed nowhere."
        return Decision(allowed=False, sentence=sentence, hints=("name its `channels` in the team file",))
    where = describe_channels(policy.channels, team.channels)
    sentence = f"{environment} is changed in {where} only, and not here."
    return Decision(allowed=False, sentence=sentence, hints=(f"say it again in {where}",))


def _not_for(team: Team, actor: Actor, permission: Permission, environment: str | None) -> Decision:
    roles = roles_that_may(team, permission, environment)
    act = f"{_ACTS[permission]} {environment or ('Rollcall' if permission is Permission.ADMINISTER else 'something')}"
    having = f"your role is {listed(sorted(actor.roles), 'and')}" if actor.roles else "you have no role"
    sentence = (
        f"Only people with the role {listed(roles, 'or')} may {act}; {having}."
        if roles
        else f"No role allows anybody to {act}."
    )
    return Decision(allowed=False, sentence=sentence, hints=tuple(_ways_on(team, actor, permission, environment)))


def _ways_on(team: Team, actor: Actor, permission: Permission, environment: str | None) -> Iterable[str]:
    able = [person.name for person in people_who_may(team, permission, environment)]
    if able:
        more = ["others"] if len(able) > NAMED_AT_MOST else []
        yield f"ask {listed([*able[:NAMED_AT_MOST], *more], 'or')}"
    if not team.file:
        yield "write a team file that gives you a role; until then only the terminal may do this"
    elif person_of(team, actor.platform, actor.platform_id) is None:
        yield f"have your {platform_name(actor.platform)} id {actor.platform_id} added to the team file"
    else:
        yield "have your role changed in the team file"
