"""Closed times: plans and the team file write them in the same words."""

from __future__ import annotations

import pytest

from bot.domain.errors import BadFile
from bot.domain.freeze import parse_windows
from bot.files.plan_file import read_plan
from bot.files.team_file import read_team

PLAN = "plan: a\ntitle: A\nzone: Europe/Berlin\nnever: ['TIME']\nphases: [{name: A, soak: 5m}]\n"
TEAM = """\
zone: Europe/Berlin
channels: {releases: {local: releases}}
environments: {production: {channels: releases, never: ['TIME']}}
"""


def unset(_: str) -> str | None:
    """Answer for an environment in which nothing is set."""
    return None


def no_calendar(name: str) -> tuple[str, bytes]:
    raise FileNotFoundError(name)


@pytest.mark.parametrize(
    "time", ["fri", "sat-sun", "22:00-06:00", "fri 15:00-24:00", "2026-12-24", "2026-12-20..2027-01-03"]
)
def test_a_time_closes_the_same_in_a_plan_and_in_the_team_file(time: str) -> None:
    plan = read_plan(PLAN.replace("TIME", time), "a.yaml")
    team = read_team(TEAM.replace("TIME", time), "rollcall.yaml", unset, no_calendar)
    assert parse_windows(plan.never, plan.zone) == team.environments["production"].never


@pytest.mark.parametrize("time", ["friday", "24:00", "2026-02-30", "mon-sun"])
def test_a_time_that_cannot_be_closed_is_refused_in_the_same_words(time: str) -> None:
    told = []
    with pytest.raises(BadFile) as refusal:
        read_plan(PLAN.replace("TIME", time), "a.yaml")
    told.append([(it.found, it.expected, it.hint) for it in refusal.value.problems])
    with pytest.raises(BadFile) as refusal:
        read_team(TEAM.replace("TIME", time), "rollcall.yaml", unset, no_calendar)
    told.append([(it.found, it.expected, it.hint) for it in refusal.value.problems])
    assert told[0] == told[1]
