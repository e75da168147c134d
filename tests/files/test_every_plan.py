"""What holds for each of the five deployment plans alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.condition import series_of
from bot.domain.condition_syntax import parse_condition
from bot.domain.plan import environments_of
from bot.domain.team import Team
from bot.files.plan_library import PlanDirectory
from bot.files.team_file import load_team
from bot.metric_sources.catalogue import Catalogue
from bot.operations.plans import Plans
from tests.fakes.clock import MovedClock

ROOT = Path(__file__).parents[2]
PLANS = PlanDirectory(ROOT / "plans")
NAMES = ("action-plan-customization", "alaska-pay", "fan-privacy-calls", "organization-customers", "verification-flow")


def test_there_are_the_five_plans() -> None:
    assert PLANS.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_item_of_a_plan_has_a_key_of_its_own(name: str) -> None:
    plan = PLANS.load(name)
    items = [item for step in plan.steps for item in step.checklist]
    items += [item for level in plan.rollback for item in level.checklist]
    items += [item for task in plan.after for item in task.checklist]
    assert len({item.key for item in items}) == len(items)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_of_a_plan_knows_its_phase_and_has_a_name_of_its_own(name: str) -> None:
    plan = PLANS.load(name)
    assert all(item.phase == index for index, phase in enumerate(plan.phases) for item in phase.steps)
    assert len({item.name for item in plan.steps}) == len(plan.steps)


@pytest.mark.parametrize("name", NAMES)
def test_every_plan_has_an_automatic_way_back_for_every_flag(name: str) -> None:
    plan = PLANS.load(name)
    first = plan.rollback[0]
    assert not first.checklist
    assert not first.destroys
    assert {item.flag for item in first.sets} == {flag.key for flag in plan.flags}


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_of_a_plan_is_about_a_metric(name: str) -> None:
    plan = PLANS.load(name)
    conditions = [gate.condition for step in plan.steps for gate in step.gates]
    conditions += [guardrail.condition for step in plan.steps for guardrail in step.guardrails]
    conditions += [target.condition for target in plan.targets if target.condition]
    assert [condition for condition in conditions if not tuple(series_of(parse_condition(condition)))] == []


@pytest.fixture(scope="module")
def example() -> Team:
    return load_team(ROOT / "rollcall.example.yaml", lambda _: None)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_team_file_has_everything_that_a_plan_asks_of_the_team(name: str, example: Team) -> None:
    found = Plans(PLANS, MovedClock(), lambda: example, Catalogue(lambda: example.metrics, {})).fit(PLANS.load(name))
    about_figures = ("reported by people", "counted by Rollcall")
    assert [*found.problems, *(note for note in found.notes if not note.startswith(about_figures))] == []


def test_only_the_organisations_plan_and_the_payment_plan_reach_staging() -> None:
    reached = {name: environments_of(PLANS.load(name)) for name in NAMES}
    assert {name for name, environments in reached.items() if "staging" in environments} == {
        "alaska-pay",
        "organization-customers",
    }
