"""Who somebody is changes with the team file, without a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.people import TeamPeople
from bot.domain.team import NO_TEAM, Identity, Person, Team

if TYPE_CHECKING:
    from bot.ports import People

LISTED = Team(
    "rollcall.yaml", people=(Person("engineer", frozenset({"operator"}), (Identity("slack", "U0ENGINEER"),)),)
)


def test_people_are_those_of_the_team_that_is_in_force_now() -> None:
    teams = [NO_TEAM]
    people: People = TeamPeople(lambda: teams[-1])
    assert people.find("slack", "U0ENGINEER") == ("U0ENGINEER", frozenset())
    assert people.find("local", "engineer") == ("engineer", frozenset({"owner"}))
    teams.append(LISTED)
    assert people.find("slack", "U0ENGINEER") == ("engineer", frozenset({"operator"}))
    assert people.find("local", "engineer") == ("engineer", frozenset({"operator"}))
    assert people.find("local", "somebody") == ("somebody", frozenset({"owner"}))
