"""A channel may be named by what people see or by its id."""

from __future__ import annotations

from bot.chat.directory import Directory
from bot.domain.plan import ChannelName
from bot.domain.team import Audience, Environment, Team
from bot.domain.team_channels import named, with_ids

RELEASES = ChannelName("slack", "C1")


def known() -> Directory:
    directory = Directory()
    directory.learn("slack", {"releases": "C1", "general": "C2"})
    return directory


def test_a_name_becomes_the_id_on_its_own_platform() -> None:
    directory = known()
    assert directory.resolve(ChannelName("slack", "#releases")) == RELEASES
    assert directory.resolve(ChannelName("slack", "C1")) == RELEASES
    assert directory.resolve(ChannelName("discord", "releases")) == ChannelName("discord", "releases")


def test_an_id_has_the_name_that_people_know() -> None:
    assert known().name_of(RELEASES) == "releases"
    assert known().name_of(ChannelName("slack", "C9")) == "C9"


def test_only_news_make_a_new_revision() -> None:
    directory = known()
    before = directory.revision
    directory.learn("slack", {"releases": "C1", "general": "C2"})
    assert directory.revision == before
    directory.learn("slack", {"shipping": "C1"})
    assert directory.revision == before + 1
    assert directory.resolve(ChannelName("slack", "releases")) == ChannelName("slack", "releases")


def test_the_whole_team_file_may_use_names() -> None:
    here = (ChannelName("slack", "#releases"),)
    team = Team(
        channels={"ship": here},
        audiences={"users": Audience("users", here)},
        environments={"production": Environment("production", channels=here)},
    )
    resolved = with_ids(team, known().resolve)
    assert resolved.channels["ship"] == (RELEASES,)
    assert resolved.audiences["users"].channels == (RELEASES,)
    assert resolved.environments["production"].channels == (RELEASES,)


def test_the_team_may_have_a_name_of_its_own_for_a_channel() -> None:
    team = Team(channels={"ship": (RELEASES, ChannelName("discord", "7"))})
    assert named(team, ChannelName("slack", "#ship")) == RELEASES
    assert named(team, ChannelName("local", "ship")) == ChannelName("local", "ship")
