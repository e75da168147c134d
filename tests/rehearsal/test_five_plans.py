"""Each of the five plans is rehearsed to its end, and once more with a metric that breaks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.flag import OFF
from bot.domain.rehearsal import Ending, Kind
from tests.rehearsal.plans_for_tests import NAMES, rehearsed, rehearsed_well, told

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

BROKEN_AT = {
    "action-plan-customization": ("Beta", "error_rate"),
    "alaska-pay": ("Gradual rollout: 50%", "error_rate"),
    # These two have only two steps that change flags.
    "fan-privacy-calls": ("Enable calls", "error_rate"),
    "organization-customers": ("Deploy to production", "failed_migrations"),
    "verification-flow": ("Gradual rollout: 50%", "verification_failure_rate"),
}
"""The third step that changes flags, and the metric whose guardrail rolls back there."""


@pytest.mark.parametrize("name", NAMES)
async def test_a_plan_ends_well_when_all_figures_are_good(name: str) -> None:
    found = await rehearsed_well(name)
    assert (found.ending, found.reason) == (Ending.COMPLETED, "")
    assert found.step == len(found.plan.steps) - 1
    assert found.count(Kind.REFUSED) == 0
    assert any("→ 100%" in line for line in told(found, Kind.FLAG))
    questions = [step.question for step in found.plan.steps if step.question]
    assert set(questions) <= {it.what for it in found.happenings if it.kind is Kind.QUESTION}


@pytest.mark.parametrize("name", NAMES)
async def test_a_plan_goes_back_to_level_1_when_a_metric_breaks_at_its_third_change(name: str) -> None:
    found = await rehearsed(name, break_at=3)
    step, metric = BROKEN_AT[name]
    assert (found.ending, found.level) == (Ending.ROLLED_BACK, 1)
    assert found.plan.steps[found.step].name == step
    assert metric in found.reason
    assert found.reason.startswith("guardrail ")
    held = {
        (it.who, it.what.partition(":")[0]): it.what.rpartition(" → ")[2]
        for it in found.happenings
        if it.kind is Kind.FLAG
    }
    # What the document's first way back says: everything is switched off.
    assert set(held.values()) == {str(OFF)}
    assert any("goes back to level 1 by itself" in line and metric in line for line in told(found, Kind.MESSAGE))


async def test_the_afternoon_of_fan_privacy_takes_as_long_as_its_document_says() -> None:
    assert (await rehearsed_well("fan-privacy-calls")).took == timedelta(minutes=175)


async def test_the_same_rehearsal_is_the_same_every_time() -> None:
    assert await rehearsed("verification-flow") == await rehearsed_well("verification-flow")
