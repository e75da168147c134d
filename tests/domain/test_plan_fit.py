"""What is good to know of a plan beside the team file, where nothing keeps it from being started."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.metric import Metric
from bot.domain.plan import Communication
from bot.domain.plan_fit import Fit, fit
from bot.domain.status_page import StatusPage
from bot.domain.team import KEPT_METRICS, Audience, Team
from tests.domain.plans_for_tests import ramp_plan

AUDIENCES = {"users": Audience("users", status_page=True), "team": Audience("team", emails=("team@example.org",))}


def fitting(team: Team, *to: str) -> Fit:
    """Check a plan that tells these audiences when it is complete."""
    plan = replace(ramp_plan(10), communication=(Communication(when="completed", to=to, say="live"),))
    return fit(plan, team, KEPT_METRICS.__getitem__, accept)


def accept(metric: Metric) -> None:
    del metric


def test_an_audience_with_a_status_page_needs_one_in_the_team_file() -> None:
    lacking = fitting(Team(audiences=AUDIENCES), "team", "users")
    assert lacking.problems == ()
    assert lacking.notes == ("not shown on a status page, because the team file has no `status_page`: users",)
    assert fitting(Team(audiences=AUDIENCES), "team").notes == ()
    assert fitting(Team(audiences=AUDIENCES, status_page=StatusPage("Ours")), "users").notes == ()


def test_an_audience_that_is_not_there_is_told_nothing() -> None:
    said = "told to nobody, because the team file has no such audience: status_page"
    assert fitting(Team(audiences=AUDIENCES), "status_page").notes == (said,)
    assert fitting(Team(), "status_page").notes == ()
