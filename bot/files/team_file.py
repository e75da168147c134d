"""The team file in, the team out: everything resolved, or every problem at once."""

from __future__ import annotations

from datetime import time
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from bot.announcements.template import BadTemplate, Template
from bot.domain.access import GRANTS
from bot.domain.actor import SYSTEM_NAME
from bot.domain.announcement import Verbosity
from bot.domain.errors import BadTeam
from bot.domain.problem import Problem
from bot.domain.quotation import quote
from bot.domain.status_page import StatusPage
from bot.domain.team import EMAIL, KEPT_METRICS, LOCAL, Audience, Identity, Manner, Person, Team
from bot.files.findings import did_you_mean
from bot.files.shape import check_document
from bot.files.team_document import TeamDocument
from bot.files.team_escalation import EscalationReader
from bot.files.team_metrics import MetricReader
from bot.files.team_pagers import PagerReader
from bot.files.team_policies import PolicyReader, channels_named, roles_of
from bot.files.team_providers import ProviderReader
from bot.files.words import read_window
from bot.files.yaml_source import BadYaml, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.domain.access import Permission
    from bot.files.findings import Findings
    from bot.files.source import Path
    from bot.files.team_document import PersonDoc

    Secrets = Callable[[str], str | None]
    Calendars = Callable[[str], tuple[str, bytes]]

_DISPENSABLE = frozenset(
    {
        "audiences",
        "escalation",
        "hooks",
        "messages",
        "metrics",
        "pagerduty",
        "prometheus",
        "providers",
        "schedules",
        "severities",
        "status_page",
        "webhooks",
    }
)
_IDENTITIES = ("slack", "discord", EMAIL, LOCAL, "pagerduty")


def load_team(path: FilePath, secret: Secrets) -> Team:
    """Read the team file; calendars stand beside it. Raises `BadTeam`; OSError if the file cannot be read.

    `secret` answers the value of a variable of the environment, or nothing where it is not set.
    """
    return read_team(path.read_bytes(), str(path), secret, lambda name: _beside(path, name))


def read_team(content: str | bytes, file: str, secret: Secrets, calendar: Calendars) -> Team:
    """Read the content of a team file; `calendar` answers the path and the content of an iCal file (or OSError).

    Raises `BadTeam` with every problem that can be told.
    """
    try:
        source = read_yaml(content, file)
    except BadYaml as error:
        raise bad_team(file, error.problems) from None
    if source.value is None:
        raise bad_team(file, (Problem(file, 1, 1, "an empty file", "a team file"),))
    document, findings = check_document(source, TeamDocument, _DISPENSABLE)
    if document is None:
        raise bad_team(file, findings.problems)
    policies = PolicyReader(document, findings, calendar)
    pages = EscalationReader(document, findings, policies.channels)
    pagers = PagerReader(document, findings, secret)
    team = Team(
        file=file,
        zone=document.zone,
        people=_people(document, policies, findings),
        roles=_roles(document, findings),
        environments=policies.environments(),
        channels=policies.channels,
        audiences=_audiences(document, policies, findings),
        messages=_messages(document, findings),
        manners=_manners(document),
        metrics={**KEPT_METRICS, **MetricReader(document, findings, secret).metrics()},
        schedules=pages.schedules(),
        escalation=pages.policies(),
        hooks=pages.hooks(),
        providers=ProviderReader(document, findings, secret).providers(),
        pagerduty=pagers.services(),
        pagerduty_token=pagers.token(),
        webhooks=pagers.webhooks(),
        status_page=_status_page(document),
    )
    problems = (*findings.problems, *policies.elsewhere)
    if problems:
        raise bad_team(file, problems)
    return team


def bad_team(file: str, problems: Iterable[Problem]) -> BadTeam:
    """Return the refusal of a team file."""
    found = tuple(problems)
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    hint = "Correct the lines named here; the file is read again by itself."
    return BadTeam(f"{file} has {count}.", found, hint)


def _beside(path: FilePath, name: str) -> tuple[str, bytes]:
    file = path.parent / name
    return str(file), file.read_bytes()


def _people(document: TeamDocument, policies: PolicyReader, findings: Findings) -> tuple[Person, ...]:
    people: list[Person] = []
    for name, doc in document.people.items():
        path: Path = ("people", name)
        if name.casefold() == SYSTEM_NAME:
            findings.add(path, f"`{name}`", "another name", "This one is the bot's own.", key=True)
        for index, role in enumerate(doc.roles):
            policies.known_role(role, (*path, "roles", index))
        person = Person(name, frozenset(doc.roles), _identities(doc))
        _check_only_owner(person, people, path, findings)
        people.append(person)
    return tuple(people)


def _identities(doc: PersonDoc) -> tuple[Identity, ...]:
    return tuple(Identity(platform, name) for platform in _IDENTITIES for name in getattr(doc, platform))


def _check_only_owner(person: Person, others: list[Person], path: Path, findings: Findings) -> None:
    """Report identities that somebody else has: approvals count people, and nobody may count twice."""
    for platform in _IDENTITIES:
        for index, name in enumerate(person.on(platform)):
            taken = next((other.name for other in others if other.has(Identity(platform, name))), None)
            if taken is not None:
                place: Path = (*path, platform, index)
                findings.add(place, f"the identity of `{taken}`", "one that nobody else has")
    taken = next((other.name for other in others if other.has(Identity(LOCAL, person.name))), None)
    if taken is not None:
        findings.add(path, f"a name by which `{taken}` is known", "a name that nobody else has", key=True)


def _roles(document: TeamDocument, findings: Findings) -> dict[str, frozenset[Permission]]:
    for name in document.roles:
        if name in GRANTS:
            hint = "What a built-in role grants is the same everywhere."
            findings.add(("roles", name), f"the built-in role `{name}`", "a name of its own", hint, key=True)
    return roles_of(document)


def _audiences(document: TeamDocument, policies: PolicyReader, findings: Findings) -> dict[str, Audience]:
    read: dict[str, Audience] = {}
    for name, doc in document.audiences.items():
        path: Path = ("audiences", name)
        channels = channels_named(doc.channels, policies.channels, (*path, "channels"), findings)
        if not (doc.channels or doc.email or doc.webhooks or doc.status_page):
            expected = "`channels`, `email`, `webhooks` or `status_page`"
            findings.add(path, "an audience that nobody is in", expected, key=True)
        for index, hook in enumerate(doc.webhooks):
            if hook not in document.webhooks:
                hint = did_you_mean(hook, document.webhooks)
                findings.add((*path, "webhooks", index), quote(hook), "a name that stands under `webhooks`", hint)
        read[name] = Audience(name, channels, tuple(doc.email), tuple(doc.webhooks), doc.status_page)
    return read


def _status_page(document: TeamDocument) -> StatusPage | None:
    page = document.status_page
    return StatusPage(page.title, page.public) if page is not None else None


def _messages(document: TeamDocument, findings: Findings) -> dict[str, str]:
    """Return the team's texts; whether their facts are known is judged with each plan that says them."""
    for name, text in document.messages.items():
        try:
            Template(text)
        except BadTemplate as problem:
            findings.add(("messages", name), f"a text with a mistake in its line {problem.line}", str(problem))
    return dict(document.messages)


def _manners(document: TeamDocument) -> dict[str, Manner]:
    return {
        name: Manner(Verbosity(doc.verbosity), read_window(doc.quiet) if doc.quiet else (time(0), time(0)))
        for name, doc in document.channels.items()
    }
