"""The providers of the team file: what each becomes, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.errors import BadTeam
from bot.domain.percent import Percent
from bot.domain.provider import (
    DotenvFile,
    FlagsmithServer,
    LaunchDarklyProject,
    Provider,
    RestApi,
    UnleashServer,
    VercelProject,
    holds_of,
)
from bot.domain.team import Team
from bot.files.team_file import read_team

AROUND = "channels: {releases: {local: releases}}\nenvironments: {production: {channels: releases}}\n"
SECRETS = {"TOKEN": "s3cr3t-token", "HOOK": "https://hooks.example.org/s3cr3t-hook"}


def read(providers: str) -> Team:
    return read_team(f"{AROUND}providers: {providers}\n", "rollcall.yaml", SECRETS.get, lambda name: (name, b""))


def only(text: str) -> Provider:
    return read(f"{{it: {text}}}").providers["it"]


def refused(text: str) -> str:
    with pytest.raises(BadTeam) as problem:
        read(f"{{it: {text}}}")
    told = "\n".join(f"{it.found}, expected {it.expected}" for it in problem.value.problems)
    assert "s3cr3t" not in told
    return told


def test_a_file_without_providers_has_none() -> None:
    team = read_team(AROUND, "rollcall.yaml", SECRETS.get, lambda name: (name, b""))
    assert team.providers == {}
    assert holds_of(team.providers, "builtin") is not None
    assert holds_of(team.providers, "unleash") is None


def test_unleash() -> None:
    found = only(
        '{unleash: {address: "https://u.example.org", token: "${TOKEN}"}, environments: {production: prod},'
        " names: {checkout: shop.checkout}, timeout: 5s, drift_every: 30s}"
    )
    assert isinstance(found.system, UnleashServer)
    assert (found.system.token.value, found.system.project) == ("s3cr3t-token", "default")
    assert (found.environment("production"), found.environment("other")) == ("prod", "other")
    assert (found.flag("checkout"), found.flag("other")) == ("shop.checkout", "other")
    assert (found.timeout, found.drift_every) == (timedelta(seconds=5), timedelta(seconds=30))
    assert found.holds.environments == ("production",)
    assert "s3cr3t" not in repr(found)


def test_every_kind_says_what_it_can_hold() -> None:
    dark = only('{launchdarkly: {project: shop, token: "${TOKEN}"}}')
    assert isinstance(dark.system, LaunchDarklyProject)
    assert (dark.holds.finest, dark.holds.users, dark.holds.tiers) == (Percent(1), True, False)
    smith = only('{flagsmith: {token: "${TOKEN}"}}')
    assert isinstance(smith.system, FlagsmithServer)
    assert smith.holds.finest is None
    site = only('{vercel: {project: shop, token: "${TOKEN}", hook: "${HOOK}"}}')
    assert isinstance(site.system, VercelProject)
    assert (site.holds.finest, site.system.hook.value) == (None, SECRETS["HOOK"])
    file = only("{dotenv: {file: /etc/bot.env, reload: [systemctl, restart, bot], percent: _PERCENT}}")
    assert isinstance(file.system, DotenvFile)
    assert (file.holds.finest, file.system.reload) == (Percent(1), ("systemctl", "restart", "bot"))
    own = only(
        "{rest: {read: {url: 'https://f.example.org/{flag}', on: on, percent: share},"
        " write: {url: 'https://f.example.org/{flag}', body: '{percent}'},"
        " headers: {Authorization: 'Bearer ${TOKEN}'}, finest: 5%}}"
    )
    assert isinstance(own.system, RestApi)
    assert (own.holds.finest, own.system.secrets[0].value) == (Percent(5000), "s3cr3t-token")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "no kind, expected one of unleash"),
        ("{dotenv: {file: a, reload: [x]}, flagsmith: {token: '${TOKEN}'}}", "flagsmith and dotenv together"),
        ("{unleash: {address: u.example.org, token: '${TOKEN}'}}", "an address such as"),
        ("{unleash: {address: 'https://u.example.org', token: s3cr3t-token}}", "a secret that is written out"),
        ("{unleash: {address: 'https://u.example.org', token: '${OTHER}'}}", "${OTHER}, which is not set"),
        ("{vercel: {project: shop, token: '${TOKEN}', hook: 'https://x/s3cr3t-hook'}}", "a secret that is written out"),
        ("{dotenv: {file: /etc/bot.env, reload: []}}", "an empty list"),
        ("{dotenv: {file: /etc/bot.env, reload: [x], percent: '-%'}}", "capital letters"),
        ("{flagsmith: {token: '${TOKEN}'}, timeout: 1h}", "at most 5m"),
        ("{flagsmith: {token: '${TOKEN}'}, drift_every: 1s}", "10s to 1h"),
        ("{rest: {read: {url: 'https://f/', on: a}, write: {url: 'https://f/', body: '{percent}'}}}", "only read"),
        ("{rest: {read: {url: 'https://f/', on: 'a['}, write: {url: 'https://f/', body: '{on}'}}}", "a path such as"),
        ("{rest: {read: {url: 'https://f/${T}', on: a}, write: {url: 'https://f/', body: '${T}'}}}", "text without it"),
        (
            "{rest: {read: {url: 'https://f/', on: a}, write: {url: 'https://f/', body: x}, headers: {Cookie: s3cr3t}}}",
            "a secret that is written out",
        ),
    ],
)
def test_what_cannot_be_is_refused_without_showing_a_secret(text: str, told: str) -> None:
    assert told in refused(text)


def test_the_name_of_our_own_store_is_taken() -> None:
    with pytest.raises(BadTeam, match="1 problem"):
        read("{builtin: {flagsmith: {token: '${TOKEN}'}}}")
