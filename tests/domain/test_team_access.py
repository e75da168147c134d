"""Who may do what, where: every permission for every role in both environments, from the right channel and another."""

from __future__ import annotations

from itertools import product

import pytest

from bot.domain.access import GRANTS, Permission
from bot.domain.actor import Actor, system_actor
from bot.domain.errors import NotAllowed
from bot.domain.plan import Approval, ChannelName
from bot.domain.team import API, NO_TEAM, Environment, Identity, Person, Team
from bot.domain.team_access import may, people_who_may, permissions_in, roles_that_may

RELEASES = ChannelName("slack", "C0RELEASES")
TEAM = Team(
    file="rollcall.yaml",
    people=(
        Person("engineer", frozenset({"operator"}), (Identity("slack", "U0ENGINEER"),)),
        Person("release-manager", frozenset({"releaser"}), (Identity("slack", "U0RELEASER"),)),
        Person("boss", frozenset({"owner"}), (Identity("slack", "U0BOSS"),)),
    ),
    roles={"releaser": frozenset({Permission.CHANGE, Permission.OVERRIDE}), "qa": frozenset()},
    environments={
        "staging": Environment("staging"),
        "production": Environment("production", channels=(RELEASES, ChannelName("discord", "releases"))),
    },
)
ROLES = (*GRANTS, "releaser", "qa", "unheard-of")
ENVIRONMENTS = ("staging", "production")


def actor(*roles: str, platform: str = "slack", channel: str = "C0RELEASES", person: str = "U0NOBODY") -> Actor:
    return Actor(person, platform, person, channel, "r1", frozenset(roles))


# What each role may do at all; in production what moves it (change, override) takes the right channel as well.
EXPECTED = {
    "viewer": {"view", "report"},
    "tester": {"view", "report", "confirm"},
    "operator": {"view", "report", "confirm", "change"},
    "lead": {"view", "report", "confirm", "change", "override"},
    "owner": {"view", "report", "confirm", "change", "override", "administer"},
    "releaser": {"view", "report", "change", "override"},
    "qa": {"view", "report"},
    "unheard-of": {"view", "report"},
}
TABLE = list(product(Permission, ROLES, ENVIRONMENTS, (True, False), (True, False)))


@pytest.mark.parametrize(("permission", "role", "environment", "right_channel", "goes_up"), TABLE)
def test_a_role_may_do_what_it_grants_and_moves_production_from_its_channels_alone(
    permission: Permission, role: str, environment: str, right_channel: bool, goes_up: bool
) -> None:
    someone = actor(role, channel="C0RELEASES" if right_channel else "C0RANDOM")
    moves_production = environment == "production" and permission in {Permission.CHANGE, Permission.OVERRIDE}
    expected = permission in EXPECTED[role] and (right_channel or not moves_production)
    decision = may(TEAM, someone, permission, environment, goes_up=goes_up)
    assert decision.allowed is expected
    if not expected:
        assert decision.sentence.endswith(".")
        assert decision.hints
        with pytest.raises(NotAllowed) as refusal:
            decision.require()
        assert refusal.value.sentence == decision.sentence


def test_the_table_covers_every_built_in_role() -> None:
    assert set(GRANTS) < set(EXPECTED)
    assert len(TABLE) == len(Permission) * len(EXPECTED) * 8


def test_somebody_without_any_role_may_read_and_report_and_nothing_else() -> None:
    allowed = {it for it in Permission if may(TEAM, actor(), it, "production").allowed}
    assert allowed == {Permission.VIEW, Permission.REPORT}


def test_a_refusal_says_which_roles_and_who() -> None:
    decision = may(TEAM, actor("viewer"), Permission.CHANGE, "production")
    assert decision.sentence == (
        "Only people with the role operator, lead, owner or releaser may change production; your role is viewer."
    )
    assert decision.hints == (
        "ask engineer, release-manager or boss",
        "have your Slack id U0NOBODY added to the team file",
    )


def test_a_listed_person_is_told_about_the_role_and_not_about_the_identity() -> None:
    team = Team("rollcall.yaml", people=(Person("reader", frozenset(), (Identity("slack", "U0READER"),)),))
    decision = may(team, actor(person="U0READER"), Permission.ADMINISTER)
    assert decision.sentence == "Only people with the role owner may administer Rollcall; you have no role."
    assert decision.hints == ("have your role changed in the team file",)


def test_many_who_may_are_not_all_named() -> None:
    people = tuple(Person(f"lead{number}", frozenset({"lead"})) for number in range(8))
    decision = may(Team("rollcall.yaml", people=people), actor(), Permission.OVERRIDE)
    assert decision.hints[0] == "ask lead0, lead1, lead2, lead3, lead4 or others"


def test_a_refusal_for_the_channel_says_which_channels() -> None:
    decision = may(TEAM, actor("owner", channel="C0RANDOM"), Permission.CHANGE, "production")
    assert decision.sentence == (
        "production is changed in #C0RELEASES (Slack) or #releases (Discord) only, and not here."
    )
    assert decision.hints == ("say it again in #C0RELEASES (Slack) or #releases (Discord)",)


def test_a_channel_is_called_by_the_teams_own_name_for_it() -> None:
    everywhere = (RELEASES, ChannelName("discord", "41771983423143937"), ChannelName("local", "releases"))
    policy = Environment("production", channels=everywhere)
    team = Team("rollcall.yaml", environments={"production": policy}, channels={"releases": everywhere})
    decision = may(team, actor("owner", channel="C0RANDOM"), Permission.CHANGE, "production")
    assert decision.hints == ("say it again in releases (Slack, Discord and the local chat)",)


def test_what_is_allowed_is_not_refused() -> None:
    may(TEAM, actor("owner"), Permission.CHANGE, "production").require()


def test_a_channel_of_the_same_name_on_another_platform_is_another_channel() -> None:
    assert may(TEAM, actor("owner", platform="discord", channel="#releases"), Permission.CHANGE, "production").allowed
    assert not may(TEAM, actor("owner", platform="slack", channel="#releases"), Permission.CHANGE, "production").allowed


def test_production_without_channels_is_changed_nowhere() -> None:
    team = Team("rollcall.yaml", environments={"production": Environment("production")})
    decision = may(team, actor("owner"), Permission.CHANGE, "production")
    assert not decision.allowed
    assert decision.sentence == "The team file names no channel for production, so it is changed nowhere."
    assert decision.hints == ("name its `channels` in the team file",)


def test_an_environment_that_nobody_declared_is_not_changed_upwards() -> None:
    up = may(TEAM, actor("owner"), Permission.CHANGE, "prod")
    assert up.sentence == "The team file has no environment named prod, so nothing is changed there."
    assert up.hints == ("there are: staging, production; add prod beside them",)
    assert may(TEAM, actor("owner"), Permission.CHANGE, "prod", goes_up=False).allowed


def test_the_way_back_is_open_from_the_terminal_whatever_the_channel() -> None:
    someone = actor("operator", platform="local", channel="general")
    assert not may(TEAM, someone, Permission.CHANGE, "production").allowed
    assert may(TEAM, someone, Permission.CHANGE, "production", goes_up=False).allowed


def test_the_way_back_is_open_everywhere_where_the_policy_says_so() -> None:
    policy = Environment("production", channels=(RELEASES,), down_anywhere=True)
    team = Team("rollcall.yaml", environments={"production": policy})
    direct = actor("operator", channel="D0DIRECT")
    assert not may(team, direct, Permission.CHANGE, "production").allowed
    assert may(team, direct, Permission.CHANGE, "production", goes_up=False).allowed
    assert not may(team, actor("tester", channel="D0DIRECT"), Permission.CHANGE, "production", goes_up=False).allowed


def test_a_policy_narrows_who_may_and_never_widens_it() -> None:
    policy = Environment(
        "production", channels=(RELEASES,), change=frozenset({"releaser", "qa"}), override=frozenset({"owner"})
    )
    team = Team(
        "rollcall.yaml", roles=TEAM.roles, environments={"production": policy, "staging": Environment("staging")}
    )
    assert roles_that_may(team, Permission.CHANGE, "production") == ("releaser",)
    assert roles_that_may(team, Permission.CHANGE, "staging") == ("operator", "lead", "owner", "releaser")
    assert roles_that_may(team, Permission.OVERRIDE, "production") == ("owner",)
    assert not may(team, actor("operator"), Permission.CHANGE, "production").allowed
    assert not may(team, actor("qa"), Permission.CHANGE, "production").allowed
    assert may(team, actor("qa", "releaser"), Permission.CHANGE, "production").allowed
    assert may(team, actor("releaser"), Permission.CHANGE, "production", goes_up=False).allowed
    assert not may(team, actor("operator"), Permission.CHANGE, "production", goes_up=False).allowed


def test_where_no_role_is_left_nobody_may() -> None:
    policy = Environment("production", channels=(RELEASES,), change=frozenset({"qa"}))
    decision = may(
        Team("rollcall.yaml", environments={"production": policy}), actor("owner"), Permission.CHANGE, "production"
    )
    assert decision.sentence == "No role allows anybody to change production."


def test_without_a_team_file_the_terminal_may_everything_and_nobody_else_anything() -> None:
    for permission, environment in product(Permission, (None, *ENVIRONMENTS)):
        assert may(NO_TEAM, actor("owner", platform="local", channel="general"), permission, environment).allowed
        stranger = may(NO_TEAM, actor(), permission, environment)
        assert stranger.allowed is (permission in {Permission.VIEW, Permission.REPORT})
        if not stranger.allowed:
            assert "until then only the terminal may do this" in stranger.hints[0]


def test_the_bot_itself_may_go_on_with_what_people_wished() -> None:
    assert may(TEAM, system_actor("r1"), Permission.CHANGE, "production").allowed
    # The name alone is not enough: it is the bot's on its own platform only.
    assert not may(TEAM, actor(person="rollcall"), Permission.CHANGE, "production").allowed


def test_who_may_is_answered_with_people() -> None:
    assert [it.name for it in people_who_may(TEAM, Permission.CHANGE, "production")] == [
        "engineer",
        "release-manager",
        "boss",
    ]
    assert [it.name for it in people_who_may(TEAM, Permission.ADMINISTER)] == ["boss"]
    assert people_who_may(TEAM, Permission.VIEW) == TEAM.people


def test_roles_add_up_and_unknown_ones_add_nothing() -> None:
    both = permissions_in(TEAM, ["tester", "releaser", "unheard-of"])
    assert both == frozenset(Permission) - {Permission.ADMINISTER}
    assert permissions_in(TEAM, ["unheard-of"]) == {Permission.VIEW, Permission.REPORT}


def test_an_exempt_role_goes_up_without_the_approvals() -> None:
    policy = Environment("production", approvals=(Approval("qa", 2),), exempt=frozenset({"owner"}))
    assert policy.approvals_for({"operator"}) == (Approval("qa", 2),)
    assert policy.approvals_for({"operator", "owner"}) == ()


def program(*roles: str, name: str = "deploy-bot") -> Actor:
    return Actor(name, API, name, "", "request", frozenset(roles))


@pytest.mark.parametrize(
    ("environment", "up"),
    [
        (
            Environment("production", channels=(ChannelName("slack", "releases"),), tokens=frozenset({"deploy-bot"})),
            True,
        ),
        (Environment("production", channels=(ChannelName("slack", "releases"),)), False),
        (Environment("production", change=frozenset({"lead"}), tokens=frozenset({"deploy-bot"})), True),
        (Environment("staging"), True),
        (Environment("staging", change=frozenset({"lead"})), False),
        (Environment("staging", channels=(ChannelName("slack", "releases"),)), False),
    ],
)
def test_a_program_goes_up_where_the_policy_names_its_token_and_down_everywhere(
    environment: Environment, up: bool
) -> None:
    team = Team(file="rollcall.yaml", environments={environment.name: environment})
    assert may(team, program("operator"), Permission.CHANGE, environment.name).allowed is up
    assert may(team, program("operator"), Permission.CHANGE, environment.name, goes_up=False).allowed
    assert not may(team, program(), Permission.CHANGE, environment.name, goes_up=False).allowed


def test_a_program_goes_up_nowhere_that_the_team_file_does_not_know() -> None:
    team = Team(file="rollcall.yaml", environments={"production": Environment("production")})
    assert not may(team, program("owner"), Permission.CHANGE, "elsewhere").allowed
    assert may(Team(), program("operator"), Permission.CHANGE, "elsewhere").allowed
