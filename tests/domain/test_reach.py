"""How targets are reached: on which platforms, through whom, and why not."""

from __future__ import annotations

import pytest

from bot.domain.escalation import Target, TargetKind
from bot.domain.metric import Secret
from bot.domain.oncall import Schedule
from bot.domain.page import Way, WayKind
from bot.domain.pager import PagerDutyService, Webhook
from bot.domain.plan import ChannelName
from bot.domain.reach import Reach
from bot.domain.roster import Roster
from bot.domain.rotation import Rotation
from bot.domain.team import Identity, Person, Team
from tests.domain.pages_for_tests import START, person

ANA = Person("ana", identities=(Identity("slack", "U1"), Identity("discord", "D1"), Identity("email", "a@example.org")))
BOB = Person("bob", identities=(Identity("local", "bobby"),))
CLEO = Person("cleo")
LAYERS = (
    Rotation("primary", ("ana",), START),
    Rotation("empty", (), START),
    Rotation("gone", ("ana-before-her-wedding",), START),
)
SEARCH = Schedule("search", rotations=(Roster("PI7DH85"),))
KEY = Secret("KEY", "k" * 32)
TEAM = Team(
    file="x",
    people=(ANA, BOB, CLEO),
    schedules={"payments": Schedule("payments", rotations=LAYERS), "search": SEARCH},
    pagerduty={"p": PagerDutyService("p", KEY)},
    webhooks={"w": Webhook("w", "https://w.example.org", KEY)},
)
BOTH = ("local", "slack", "discord")


def reach(platforms: tuple[str, ...] = BOTH, *pagers: TargetKind) -> Reach:
    return Reach(TEAM, (), platforms, START, frozenset(pagers))


def direct(platform: str, to: str, name: str) -> Way:
    return Way(WayKind.DIRECT, to, platform, name)


def test_a_person_is_reached_on_every_connected_platform() -> None:
    assert reach().person("ana").ways == (direct("slack", "U1", "ana"), direct("discord", "D1", "ana"))
    assert reach(("local", "discord")).person("ana").ways == (direct("discord", "D1", "ana"),)


def test_a_person_has_e_mail_as_well_where_it_is_connected() -> None:
    assert reach(BOTH, TargetKind.EMAIL).person("ana").ways[-1] == Way(WayKind.EMAIL, "a@example.org", person="ana")


def test_the_local_chat_reaches_whoever_is_known_there_and_everybody_where_there_is_no_other() -> None:
    assert reach().person("bob").ways == (direct("local", "bobby", "bob"),)
    assert reach(("local",)).person("cleo").ways == (direct("local", "cleo", "cleo"),)
    assert reach().person("cleo").ways == ()


def on_call(layer: str, schedule: str = "payments") -> Target:
    return Target(TargetKind.SCHEDULE, schedule, layer)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (person("cleo"), "cleo is not known on Slack or Discord"),
        (person("dora"), "the team file does not list dora"),
        (on_call("empty"), "nobody is on call for payments/empty"),
        (on_call("gone"), "the team file does not list ana-before-her-wedding"),
        (on_call("tertiary"), "nobody is on call for payments/tertiary"),
        (on_call("primary", "sales"), "the team file has no schedule sales"),
        (on_call("primary", "search"), "PagerDuty has not said yet who is on call for search"),
        (Target(TargetKind.CHANNEL, "ops", channels=(ChannelName("teams", "x"),)), "#ops is on no platform"),
        (Target(TargetKind.EMAIL, "a@example.org"), "a@example.org cannot be reached: e-mail is not connected"),
        (Target(TargetKind.PAGERDUTY, "p"), "PagerDuty (p) cannot be reached: PagerDuty is not connected"),
        (Target(TargetKind.WEBHOOK, "w"), "the webhook w cannot be reached: webhooks are not connected"),
    ],
)
def test_what_cannot_be_reached_says_why(target: Target, why: str) -> None:
    contact = reach().contact(target)
    assert contact.ways == ()
    assert contact.missing.startswith(why)


def test_whoever_is_on_call_is_reached_like_a_person() -> None:
    assert reach().contact(on_call("primary")) == reach().person("ana")


def test_channels_and_pagers_are_reached_where_they_are_connected() -> None:
    releases = Target(TargetKind.CHANNEL, "releases", channels=(ChannelName("slack", "C1"), ChannelName("teams", "x")))
    assert reach().contact(releases).ways == (Way(WayKind.CHANNEL, "C1", "slack"),)
    both = reach(BOTH, TargetKind.PAGERDUTY, TargetKind.WEBHOOK)
    assert both.contact(Target(TargetKind.PAGERDUTY, "p")).ways == (Way(WayKind.PAGERDUTY, "p"),)
    assert both.contact(Target(TargetKind.WEBHOOK, "w")).ways == (Way(WayKind.WEBHOOK, "w"),)


@pytest.mark.parametrize("kind", [TargetKind.PAGERDUTY, TargetKind.WEBHOOK])
def test_what_the_team_file_no_longer_declares_cannot_be_reached(kind: TargetKind) -> None:
    contact = reach(BOTH, kind).contact(Target(kind, "gone"))
    assert contact.ways == ()
    assert contact.missing.endswith("the team file does not declare it")
