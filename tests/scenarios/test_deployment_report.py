"""What is told of a rollout in one piece, for whoever answers for it later."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from inline_snapshot import external_file

from bot.announcements.report_data import as_data
from bot.announcements.report_text import escaped, markdown
from bot.domain.message import Verbatim
from bot.domain.report import Met, Report, Result
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import HOUR, MINUTE, World, world_over

# Written anew by: pytest tests/scenarios/test_deployment_report.py --inline-snapshot=create,fix
GOLDEN = "../golden/reports"

PLAN = """
plan: checkout
title: The new | checkout
version: 2.4.0
environment: production
flags: {checkout: {unit: user}}
channel: {local: releases}
phases:
  - name: Prepare
    checklist:
      - Database backed up
      - {text: Load test done, evidence: true}
      - The app store has approved it
  - name: Everyone
    soak: 1h
    approvals: [qa]
    gates: [satisfaction > 90%]
    guardrails: [error_rate > 5%]
    steps: [{set: 10%}, {set: 100%}]
rollback:
  - {name: Switch it off, set: off, takes: instant}
targets:
  - {when: day 1, kind: user, condition: satisfaction > 95%}
  - {when: day 1, kind: technical, condition: error_rate < 1%}
  - {when: day 1, kind: technical, condition: problems < 3}
  - {when: week 1, kind: user, condition: support_tickets < 10/day}
  - {when: week 1, kind: business, text: Orders reach their target}
"""


@pytest_asyncio.fixture
async def at_ten(url: str) -> AsyncIterator[World]:
    """Return a world in which the rollout stands at 10 % and somebody has reported a problem."""
    async with world_over(url, plans=WrittenPlans(checkout=PLAN)) as world:
        await world.done("/rollout start checkout because the release is signed off")
        await world.done("/checklist tick 1.1")
        await world.done('/checklist tick 1.2 --evidence "https://example.org/load_test_7?a=1|2"')
        await world.done("/checklist skip 1.3 because there is *no* app store here")
        await world.done("/rollout 10%")
        await world.passes(10 * MINUTE)
        await world.done("/rollout problem the `total` is <b>wrong</b> | on phones", by="ben")
        yield world


async def to_the_end(world: World) -> None:
    await world.done("/rollout metric error_rate 0.4%")
    await world.done("/rollout metric satisfaction 93%")
    await world.passes(HOUR)
    await world.done("/rollout 100%")
    await world.done("/rollout metric error_rate 0.6%")
    await world.done("/rollout metric satisfaction 94%")
    await world.passes(HOUR)
    await world.done("/rollout approve", by="ben")
    await world.done("/rollout next")


async def report_of(world: World) -> Report:
    return await world.bot.operations.reports.of(1)


def apart_from_digest(text: str, report: Report) -> str:
    """Leave out what has its own tests: the digest of the plan."""
    return text.replace(report.digest, "DIGEST").replace(report.digest[:12], "DIGEST")


async def test_the_report_of_a_completed_rollout(at_ten: World) -> None:
    await to_the_end(at_ten)
    report = await report_of(at_ten)
    assert apart_from_digest(markdown(report), report) == external_file(f"{GOLDEN}/completed.md", format=".txt")


async def test_the_report_as_json(at_ten: World) -> None:
    await to_the_end(at_ten)
    report = await report_of(at_ten)
    assert json.loads(apart_from_digest(json.dumps(as_data(report)), report)) == external_file(
        f"{GOLDEN}/completed.json", format=".json"
    )


async def test_the_report_of_a_rollout_that_a_guardrail_took_back(at_ten: World) -> None:
    await at_ten.done("/rollout metric error_rate 7%", by="ben")
    await at_ten.passes(MINUTE)
    report = await report_of(at_ten)
    assert apart_from_digest(markdown(report), report) == external_file(f"{GOLDEN}/rolled_back.md", format=".txt")


async def test_a_complete_rollout_with_shortcomings_is_a_partial_success(at_ten: World) -> None:
    await to_the_end(at_ten)
    report = await report_of(at_ten)
    assert report.result is Result.PARTIAL
    assert report.why == "1 checklist item skipped; 1 target missed"
    assert [it.result for it in report.targets] == [
        Met.MISSED,
        Met.MET,
        Met.MET,
        Met.NOT_MEASURED,
        Met.NOT_MEASURED,
    ]


async def test_a_figure_that_only_a_target_reads_can_be_reported(at_ten: World) -> None:
    await at_ten.done("/rollout metric support_tickets 12/day")
    (found,) = [it for it in (await report_of(at_ten)).targets if "support_tickets" in it.target]
    assert found.result is Met.MISSED
    assert found.says == "support_tickets 12/day < 10/day"


async def test_an_override_is_told_with_its_reason(at_ten: World) -> None:
    await at_ten.done("/rollout override the queue was seen to be empty")
    (found,) = (await report_of(at_ten)).overrides
    assert (found.by, found.reason) == ("ana", "the queue was seen to be empty")


async def test_a_gate_that_failed_is_told_with_its_measurement(at_ten: World) -> None:
    await at_ten.done("/rollout metric satisfaction 80%")
    await at_ten.passes(MINUTE)
    (found,) = (await report_of(at_ten)).tripped
    assert (found.by, found.action) == ("rollcall", "pause")
    assert found.reason == "the gate failed once: satisfaction 80% > 90%"


async def test_what_was_rejected_is_told_with_its_reason(at_ten: World) -> None:
    await at_ten.done("/rollout reject because the text is not final", by="ben")
    (found,) = (await report_of(at_ten)).approvals
    assert (found.by, found.approved, found.reason) == ("ben", False, "the text is not final")


async def test_problems_of_long_ago_still_count(at_ten: World) -> None:
    await at_ten.passes(70 * HOUR)
    await at_ten.done("/rollout metric error_rate 0.2%")
    for _ in range(2):
        await at_ten.done("/rollout problem it is slow", by="ben")
    report = await report_of(at_ten)
    assert len(report.problems) == 3
    (found,) = [it for it in report.targets if "problems" in it.target]
    assert found.result is Met.MISSED


async def test_a_problem_that_was_resolved_says_by_whom_and_why(at_ten: World) -> None:
    await at_ten.done("/rollout problem it is slow", by="ben")
    assert [it.resolution for it in (await report_of(at_ten)).problems] == ["", ""]
    await at_ten.done("/rollout resolved 1 because the sum is right again")
    found = (await report_of(at_ten)).problems
    assert [it.resolution for it in found] == ["resolved by ana: the sum is right again", ""]


async def test_a_report_is_made_while_the_rollout_is_under_way(at_ten: World) -> None:
    reply = await at_ten.typed("/rollout report")
    assert "under way, 10 minutes so far" in reply.message.summary
    (text,) = [block.text for block in reply.message.blocks if isinstance(block, Verbatim)]
    assert "- **Ended:** not yet" in text


async def test_there_is_no_report_of_what_never_was(at_ten: World) -> None:
    assert "#7" in await at_ten.refused("/rollout report --rollout 7")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a | b", "a \\| b"),
        ("`rm`", "\\`rm\\`"),
        ("two\n# lines", "two # lines"),
        ("error_rate and _this_", "error_rate and \\_this\\_"),
        ("<img src=x>", "\\<img src=x>"),
        ("[a](b)", "\\[a\\](b)"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_what_people_wrote_is_shown_as_they_wrote_it(typed: str, shown: str) -> None:
    assert escaped(typed) == shown
