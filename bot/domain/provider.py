"""The systems that hold a team's flags, as the team file declares them: what each is, and what it can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.holding import EVERYTHING, Holds
from bot.domain.metric import Secret
from bot.domain.percent import FINEST, Percent

BUILTIN = "builtin"
"""The embedded store, which is there without being declared."""

WHOLE = Percent(1000)


@dataclass(frozen=True, slots=True)
class UnleashServer:
    """An Unleash server. `address` is its base URL, `token` one of the admin kind."""

    address: str
    token: Secret
    project: str = "default"

    @property
    def holds(self) -> Holds:
        """Whole percentages: its clients count in hundredths (`normalised % 100 + 1 <= rollout`)."""
        return Holds(finest=WHOLE, tiers=False, users=False)


@dataclass(frozen=True, slots=True)
class LaunchDarklyProject:
    """A project of LaunchDarkly; `token` is an access token that may write."""

    token: Secret
    project: str
    address: str = "https://app.launchdarkly.com"
    context: str = "user"

    @property
    def holds(self) -> Holds:
        """Thousandths of a percent (weights of 100,000), and named users."""
        return Holds(finest=FINEST, tiers=False)


@dataclass(frozen=True, slots=True)
class FlagsmithServer:
    """A Flagsmith server, whose environments are named by their client-side keys."""

    token: Secret
    address: str = "https://api.flagsmith.com"

    @property
    def holds(self) -> Holds:
        """On and off: shares are segments there, which belong to the whole project."""
        return Holds(finest=None, tiers=False, users=False)


@dataclass(frozen=True, slots=True)
class VercelProject:
    """Variables of a project at Vercel; each change is applied by the deploy hook. The hook's address is a secret."""

    token: Secret
    project: str
    hook: Secret
    team: str = ""
    address: str = "https://api.vercel.com"
    percent: str = ""

    @property
    def holds(self) -> Holds:
        """On and off, and percentages where a second variable is named for them."""
        return _of_variables(self.percent)


@dataclass(frozen=True, slots=True)
class DotenvFile:
    """Variables in a file, read again by what `reload` starts: a program with its arguments, without a shell."""

    file: str
    reload: tuple[str, ...]
    percent: str = ""

    @property
    def holds(self) -> Holds:
        """On and off, and percentages where a second variable is named for them."""
        return _of_variables(self.percent)


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One request to an API; the address and the body may hold `{flag}`, `{environment}`, `{on}` and `{percent}`."""

    url: str
    method: str = "GET"
    body: str = ""


@dataclass(frozen=True, slots=True)
class RestApi:
    """Any API that answers JSON: how it is read (JMESPath to what is on, and to the percentage), and how written."""

    read: RestRequest
    write: RestRequest
    on: str
    percent: str = ""
    finest: Percent = WHOLE
    headers: tuple[tuple[str, str], ...] = ()
    secrets: tuple[Secret, ...] = ()

    @property
    def holds(self) -> Holds:
        """As the team file says."""
        return Holds(finest=self.finest if self.percent else None, tiers=False, users=False)


System = UnleashServer | LaunchDarklyProject | FlagsmithServer | VercelProject | DotenvFile | RestApi


@dataclass(frozen=True, slots=True)
class Provider:
    """A system that holds flags, by the name that plans give it.

    `environments` are its names for ours, `names` its names for our flags; what is not among them has the same name.
    `timeout` is for one request or command, `drift_every` the time between two looks at a flag that a rollout drives.
    """

    name: str
    system: System
    environments: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta = timedelta(seconds=10)
    drift_every: timedelta = timedelta(minutes=1)

    @property
    def holds(self) -> Holds:
        """Return what it can hold; where its environments are named it has no others."""
        able = self.system.holds
        return Holds(able.finest, able.tiers, able.users, tuple(self.environments) or None)

    def environment(self, ours: str) -> str:
        """Return the other system's name of an environment."""
        return self.environments.get(ours, ours)

    def flag(self, ours: str) -> str:
        """Return the other system's name of a flag."""
        return self.names.get(ours, ours)


def _of_variables(percent: str) -> Holds:
    return Holds(finest=FINEST if percent else None, tiers=False, users=False)


def holds_of(providers: Mapping[str, Provider], name: str) -> Holds | None:
    """Return what a provider can hold; None where nobody declared it."""
    if name == BUILTIN:
        return EVERYTHING
    found = providers.get(name)
    return found.holds if found is not None else None
