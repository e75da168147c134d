"""The team: its people with their identities and roles, its channels and audiences, and each environment's policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.access import GRANTS, Permission
from bot.domain.alert import HookRules
from bot.domain.announcement import Verbosity
from bot.domain.freeze import first_instant
from bot.domain.measure import Measure
from bot.domain.metric import KeptQuery, Metric
from bot.domain.pager import PAGERDUTY, PAGERDUTY_CHANGES, WEBHOOK
from bot.domain.plan import Approval, ChannelName, ChecklistItem, Limit
from bot.domain.status_page import STATUS_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.escalation import Policy
    from bot.domain.freeze import FreezeWindow
    from bot.domain.metric import Secret
    from bot.domain.oncall import Schedule
    from bot.domain.pager import PagerDutyService, Webhook
    from bot.domain.provider import Provider
    from bot.domain.status_page import StatusPage

LOCAL = "local"
"""The platform of the terminal: whoever types there can change the database file as well, and owns it."""

CHATS = ("slack", "discord", LOCAL)
"""Where people talk and can be reached."""

API = "api"
"""The platform of programs, whose identities are the names of their tokens."""

EMAIL = "email"
PRODUCTION = "production"
OWNER = frozenset({"owner"})
PLATFORM_NAMES = {
    "slack": "Slack",
    "discord": "Discord",
    LOCAL: "the local chat",
    API: "the API",
    EMAIL: "e-mail",
    PAGERDUTY: "PagerDuty",
    PAGERDUTY_CHANGES: "PagerDuty's change events",
    WEBHOOK: "the webhook",
    STATUS_PAGE: "the status page",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is on one platform: `slack`, `discord`, `local` or `email`."""

    platform: str
    name: str

    def means(self, other: Identity) -> bool:
        """Say whether both are the same; names of the local chat and addresses have no case, ids are exact."""
        if self.platform != other.platform:
            return False
        if self.platform in {LOCAL, EMAIL}:
            return self.name.casefold() == other.name.casefold()
        return self.name == other.name


@dataclass(frozen=True, slots=True)
class Person:
    """A human by one name, whatever the platform; the name itself is an identity in the local chat."""

    name: str
    roles: frozenset[str] = frozenset()
    identities: tuple[Identity, ...] = ()

    def on(self, platform: str) -> tuple[str, ...]:
        """Return the person's ids on a platform, the first of which is the one to write to."""
        return tuple(identity.name for identity in self.identities if identity.platform == platform)

    def has(self, wanted: Identity) -> bool:
        """Say whether an identity is this person's."""
        return any(identity.means(wanted) for identity in (*self.identities, Identity(LOCAL, self.name)))


@dataclass(frozen=True, slots=True)
class Environment:
    """The policy of one environment.

    `change` and `override` narrow who may do so to some of the roles that grant it at all; empty means all of them.
    `channels` are where it may be changed; empty means everywhere. `tokens` names the programs that may go up here. `exempt` are roles whose own changes need none of
    the `approvals`. `down_anywhere` opens the way back in every channel, a direct message included.
    `approvals`, `prerequisites`, `limits` and the windows of `never` stand in the way of going up alone.
    """

    name: str
    change: frozenset[str] = frozenset()
    override: frozenset[str] = frozenset()
    exempt: frozenset[str] = frozenset()
    channels: tuple[ChannelName, ...] = ()
    tokens: frozenset[str] = frozenset()
    down_anywhere: bool = False
    approvals: tuple[Approval, ...] = ()
    prerequisites: tuple[ChecklistItem, ...] = ()
    limits: tuple[Limit, ...] = ()
    never: tuple[FreezeWindow, ...] = ()
    alone: bool = False
    confirm: bool = False

    def approvals_for(self, roles: Iterable[str]) -> tuple[Approval, ...]:
        """Return the approvals that the policy asks for when somebody with these roles goes up."""
        return () if self.exempt & set(roles) else self.approvals

    def narrowed(self, permission: Permission) -> frozenset[str]:
        """Return the roles to which a permission is narrowed here; empty where it is not."""
        return {Permission.CHANGE: self.change, Permission.OVERRIDE: self.override}.get(permission, frozenset())


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an announcement reaches."""

    name: str
    channels: tuple[ChannelName, ...] = ()
    emails: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    status_page: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How a channel wants to be spoken to: how much, and in which time of the day not at all.

    `quiet` is from and to in the zone; the same time twice means never.
    """

    verbosity: Verbosity = Verbosity.EVERYTHING
    quiet: tuple[time, time] = (time(0), time(0))

    def heard_from(self, at: datetime, zone: str) -> datetime:
        """Return the first moment from `at` on that is not within the quiet hours."""
        start, end = self.quiet
        local = at.astimezone(ZoneInfo(zone))
        now = local.time().replace(tzinfo=None)
        inside = start <= now < end if start < end else start != end and (now >= start or now < end)
        if not inside:
            return at
        day = local.date() if now < end else local.date() + timedelta(days=1)
        return first_instant(day, end, ZoneInfo(zone)).astimezone(UTC)


ANY_MANNER = Manner()


NO_RULES = HookRules()

KEPT_METRICS: Mapping[str, Metric] = {
    "problems": Metric("problems", KeptQuery("problems"), Measure.PLAIN, "Problems that people reported.")
}
"""Metrics that are there without being declared."""


@dataclass(frozen=True, slots=True)
class Team:
    """Everything that the team file says. `file` is its path; empty where there is none.

    Without a team file the people at the terminal are owners, nobody else has a role, and no environment has a policy.
    """

    file: str = ""
    zone: str = "UTC"
    people: tuple[Person, ...] = ()
    roles: Mapping[str, frozenset[Permission]] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    channels: Mapping[str, tuple[ChannelName, ...]] = field(default_factory=dict)
    audiences: Mapping[str, Audience] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=lambda: dict(KEPT_METRICS))
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    escalation: Mapping[str, Policy] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    manners: Mapping[str, Manner] = field(default_factory=dict)
    hooks: HookRules = NO_RULES
    pagerduty: Mapping[str, PagerDutyService] = field(default_factory=dict)
    pagerduty_token: Secret | None = None
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    status_page: StatusPage | None = None

    def manner_of(self, channel: ChannelName) -> Manner:
        """Return how a channel wants to be spoken to, under whichever of its names the team file says so."""
        return next((it for name, it in self.manners.items() if channel in self.channels.get(name, ())), ANY_MANNER)

    @property
    def lacks(self) -> str:
        """Return how a sentence begins about something that the team file would have to declare: `… policy “payments”.`"""
        return "The team file has no" if self.file else "There is no team file, and so no"

    @property
    def grants(self) -> Mapping[str, frozenset[Permission]]:
        """Return what every role grants, those of the team file after the built-in ones."""
        return {**GRANTS, **self.roles}

    def environment(self, name: str) -> Environment:
        """Return an environment's policy; one that is not declared has none."""
        return self.environments.get(name) or Environment(name)


NO_TEAM = Team()


def person_of(team: Team, platform: str, platform_id: str) -> Person | None:
    """Return the person with an identity, or None for somebody whom the team file does not know."""
    wanted = Identity(platform, platform_id)
    return next((person for person in team.people if person.has(wanted)), None)


def known_as(team: Team, platform: str, platform_id: str) -> tuple[str, frozenset[str]]:
    """Return the name and the roles of whoever acts on a platform.

    In the local chat, who is not in the team file is an owner; who uses a listed person's name has that person's roles.
    Elsewhere somebody unknown has the platform's id for a name and no role.
    """
    person = person_of(team, platform, platform_id)
    if person is not None:
        return person.name, person.roles
    return platform_id, OWNER if platform == LOCAL else frozenset()


def linked(team: Team, links: Mapping[Identity, str]) -> Team:
    """Return the team with identities that people tied to their names in chat; the file's own ones win."""
    people = []
    for person in team.people:
        more = (it for it, name in links.items() if name == person.name and not person_of(team, it.platform, it.name))
        people.append(replace(person, identities=(*person.identities, *more)))
    return replace(team, people=tuple(people))


def bare_channel(name: str) -> str:
    """Return a channel's name or id without the sign that people write before it."""
    return name.strip().removeprefix("#")


def describe_channels(channels: Iterable[ChannelName], names: Mapping[str, tuple[ChannelName, ...]]) -> str:
    """Return channels for a sentence, each by the team's name for it: `releases (Slack and Discord) or #ops (Slack)`."""
    platforms: dict[str, dict[str, None]] = {}
    for channel in channels:
        named = next((name for name, known in names.items() if channel in known), f"#{channel.channel}")
        platforms.setdefault(named, {})[platform_name(channel.platform)] = None
    return listed([f"{name} ({listed(where, 'and')})" for name, where in platforms.items()], "or")


def platform_name(name: str) -> str:
    """Return a platform for a sentence."""
    return PLATFORM_NAMES.get(name, name)


def listed(words: Iterable[str], joint: str) -> str:
    """Return words for a sentence: `a, b or c`."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} {joint} {last}" if first else last


def chats_of(platforms: Iterable[str]) -> tuple[str, ...]:
    """Return the platforms on which people talk: an e-mail address or an audience of a rehearsal answers nobody."""
    return tuple(it for it in platforms if it in CHATS)
