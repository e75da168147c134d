"""People and their identities: one human is one person, whatever the platform."""

from __future__ import annotations

import pytest

from bot.domain.plan import ChannelName
from bot.domain.team import (
    NO_TEAM,
    OWNER,
    Environment,
    Identity,
    Person,
    Team,
    describe_channels,
    known_as,
    linked,
    person_of,
)

ENGINEER = Person(
    "engineer",
    frozenset({"operator", "qa"}),
    (
        Identity("slack", "U0ENGINEER"),
        Identity("discord", "80351110224678912"),
        Identity("email", "Engineer@example.org"),
        Identity("local", "eng"),
    ),
)
TEAM = Team("rollcall.yaml", people=(ENGINEER, Person("reader")))


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("slack", "U0ENGINEER"),
        ("discord", "80351110224678912"),
        ("email", "engineer@EXAMPLE.org"),
        ("local", "eng"),
        ("local", "Engineer"),
    ],
)
def test_every_identity_of_a_person_is_the_same_person(platform: str, name: str) -> None:
    assert person_of(TEAM, platform, name) is ENGINEER
    assert known_as(TEAM, platform, name) == ("engineer", ENGINEER.roles)


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("slack", "u0engineer"),
        ("slack", "engineer"),
        ("slack", "80351110224678912"),
        ("discord", "eng"),
        ("sms", "eng"),
    ],
)
def test_an_identity_counts_on_its_own_platform_and_as_it_is_written(platform: str, name: str) -> None:
    assert person_of(TEAM, platform, name) is None
    assert known_as(TEAM, platform, name) == (name, frozenset())


def test_somebody_at_the_terminal_whom_nobody_listed_is_an_owner() -> None:
    assert known_as(TEAM, "local", "somebody") == ("somebody", OWNER)
    assert known_as(NO_TEAM, "local", "engineer") == ("engineer", OWNER)


def test_who_uses_a_listed_name_at_the_terminal_has_that_persons_roles() -> None:
    assert known_as(TEAM, "local", "READER") == ("reader", frozenset())


def test_a_person_is_written_to_at_the_first_id_of_a_platform() -> None:
    assert ENGINEER.on("email") == ("Engineer@example.org",)
    assert ENGINEER.on("sms") == ()


def test_an_identity_that_was_linked_in_chat_is_the_person_too() -> None:
    team = linked(TEAM, {Identity("discord", "41771983423143937"): "reader", Identity("slack", "U0GONE"): "gone"})
    assert known_as(team, "discord", "41771983423143937")[0] == "reader"
    assert person_of(team, "slack", "U0GONE") is None


def test_a_link_takes_no_identity_from_the_person_to_whom_the_file_gives_it() -> None:
    team = linked(TEAM, {Identity("slack", "U0ENGINEER"): "reader"})
    assert known_as(team, "slack", "U0ENGINEER")[0] == "engineer"
    assert team.people == TEAM.people


def test_an_environment_that_is_not_declared_has_no_policy() -> None:
    assert TEAM.environment("staging") == Environment("staging")


def test_problems_are_counted_without_being_declared() -> None:
    assert "problems" in NO_TEAM.metrics


def test_channels_are_told_with_their_platforms() -> None:
    channels = [ChannelName("slack", "a"), ChannelName("discord", "b"), ChannelName("irc", "c")]
    assert describe_channels(channels, {}) == "#a (Slack), #b (Discord) or #c (irc)"
    assert describe_channels(channels, {"ops": tuple(channels[:2])}) == "ops (Slack and Discord) or #c (irc)"
    assert describe_channels((), {}) == ""
