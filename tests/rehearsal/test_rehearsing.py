"""What a rehearsal shows of small plans: people, figures out of scripts, breaks, and what is stuck."""

from __future__ import annotations

from datetime import timedelta

import pytest
from inline_snapshot import snapshot

from bot.domain.errors import NotUnderstood
from bot.domain.escalation import Level, Policy, Target, TargetKind
from bot.domain.freeze import parse_window
from bot.domain.plan import Approval, ChecklistItem, Limit
from bot.domain.rehearsal import Ending, Kind
from bot.domain.team import Environment, Person, Team
from bot.rehearsal.printed import printed
from tests.rehearsal.plans_for_tests import CHECKOUT, rehearsed, told

CONTRADICTION = CHECKOUT.replace("error_rate < 0.5%,", "error_rate < 0.5%, error_rate > 0.7%,")
DAY = timedelta(days=1)

# Tracing every line of these would take longer than living them, and what they reach is covered by the others.
long = pytest.mark.no_cover


async def test_everything_is_printed_in_order_with_virtual_times() -> None:
    assert printed(await rehearsed(break_at=1)) == snapshot("""\
Rehearsal of The new checkout (checkout, 3 steps, digest 1046a5504919)
Virtual start: 2026-03-02 09:00 UTC. Nothing outside is asked or changed.
Measurements: every 1m, for up to 8m after each change and before each decision; between them nothing changes.
Figures:
  error_rate  0.25%, invented, as if people reported it
  p95         10 (10 before), invented, as if people reported it
Breaks: error_rate becomes 2% at step 2 “Everyone: 10%”, for the guardrail error_rate > 1% for 5m.

T+0          2026-03-02 09:00  typed     operator: /rollout start checkout
T+0          2026-03-02 09:00  message   local #releases: card: #1 The new checkout: running, step 1 of 3 “Prepare”
T+0          2026-03-02 09:00  question  releases: Is the team ready?
T+0          2026-03-02 09:00  typed     approver: /checklist tick all --evidence rehearsed
T+0          2026-03-02 09:00  typed     approver: /rollout approve
T+0          2026-03-02 09:00  typed     approver-2: /rollout approve
T+0          2026-03-02 09:00  typed     operator: /rollout next
T+0          2026-03-02 09:00  flag      checkout in production: off → 10%
T+0          2026-03-02 09:00  message   local #releases: #1 The new checkout: “Everyone: 10%” is in force.
T+2m         2026-03-02 09:02  figure    error_rate breaks: 2% from now on
T+3m         2026-03-02 09:03  message   local #releases: #1 The new checkout is held at “Everyone: 10%”: the gate failed once: error_rate 2% < 0.5%.
T+8m         2026-03-02 09:08  message   local #releases: #1 The new checkout goes back to level 1 by itself: guardrail error_rate > 1% for 5m: error_rate 2% > 1% for 5m.
T+8m         2026-03-02 09:08  flag      checkout in production: 10% → off
T+8m         2026-03-02 09:08  message   local #releases: #1 The new checkout was rolled back to level 1 (guardrail error_rate > 1% for 5m: error_rate 2% > 1% for 5m).

Rolled back to level 1 “Switch it off” at T+8m, at step 2 “Everyone: 10%”: guardrail error_rate > 1% for 5m: error_rate 2% > 1% for 5m.
It took 8 minutes of virtual time: 2 flag changes, 5 messages, 6 card edits, 1 question, 5 commands.\
""")


async def test_people_approve_only_as_the_last_thing_and_as_many_as_are_needed() -> None:
    lines = told(await rehearsed(), Kind.TYPED)
    assert lines[:5] == [
        "operator: /rollout start checkout",
        "approver: /checklist tick all --evidence rehearsed",
        "approver: /rollout approve",
        "approver-2: /rollout approve",
        "operator: /rollout next",
    ]


async def test_figures_of_a_script_decide() -> None:
    found = await rehearsed(script="error_rate:\n  - 0.1%\n  - {at: +1d, value: 3%}\n")
    assert found.ending is Ending.ROLLED_BACK
    assert found.reason == snapshot("guardrail error_rate > 1% for 5m: error_rate 3% > 1% for 5m")
    assert timedelta(days=1) < found.took < timedelta(days=1, minutes=10)


@long
async def test_a_metric_without_data_holds_the_rollout_until_it_has_some() -> None:
    script = "error_rate:\n  - 0.1%\n  - {at: +1d, value: none}\n  - {at: +4d, value: 0.1%}\n"
    found = await rehearsed(script=script)
    assert found.ending is Ending.COMPLETED
    raised = [it.at for it in found.happenings if it.kind is Kind.FLAG]
    assert raised[1] - found.start >= 4 * DAY


async def test_a_gate_that_fails_holds_the_rollout_and_the_rehearsal_says_so() -> None:
    found = await rehearsed(script="error_rate: 0.7%")
    assert (found.ending, found.reason) == snapshot(
        (Ending.STUCK, "held at step 2 “Everyone: 10%”: the gate failed once: error_rate 0.7% < 0.5%")
    )


async def test_a_baseline_out_of_a_script_is_what_was_before_the_start() -> None:
    found = await rehearsed(script="p95:\n  - {at: -1d, value: 200ms}\n  - {at: 0, value: 300ms}\n")
    assert found.ending is Ending.STUCK
    assert "p95" in found.reason


async def test_gates_that_can_never_hold_together_leave_the_plan_stuck() -> None:
    found = await rehearsed(CONTRADICTION)
    assert found.ending is Ending.STUCK
    assert "the gate failed" in found.reason


async def test_a_gate_that_can_never_be_true_is_refused_at_the_start() -> None:
    found = await rehearsed(CHECKOUT.replace("error_rate < 0.5%", "problems < 0"))
    assert found.ending is Ending.STUCK
    assert "can never be true" in found.reason
    assert found.took == timedelta(0)


async def test_a_named_metric_breaks_instead_of_the_first() -> None:
    text = CHECKOUT.replace("guardrails: [", "guardrails: [problems >= 2 within 1h, ")
    found = await rehearsed(text, break_at=2, metric="problems")
    assert found.ending is Ending.ROLLED_BACK
    assert sum("/rollout problem" in line for line in told(found, Kind.TYPED)) == 2
    assert "problems 2 >= 2 within 1h" in found.reason


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"break_at": 0}, "There is no step 0 that changes flags"),
        ({"break_at": 1, "metric": "weather"}, "can be broken by “weather”; its guardrails read error_rate"),
    ],
)
async def test_what_cannot_break_is_refused(wish: dict[str, object], says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        await rehearsed(**wish)  # type: ignore[arg-type]  # The cases are written out above.


async def test_a_step_without_a_guardrail_that_rolls_back_cannot_break() -> None:
    text = CHECKOUT.replace("[error_rate > 1% for 5m]", "[{if: error_rate > 1%, then: hold}]")
    with pytest.raises(NotUnderstood, match="rolls back by itself"):
        await rehearsed(text, break_at=1)


async def test_a_guardrail_that_holds_leaves_it_held() -> None:
    text = CHECKOUT.replace("[error_rate > 1% for 5m]", "[{if: error_rate > 1%, then: hold}]")
    found = await rehearsed(text, break_at=1, metric="error_rate")
    assert found.ending is Ending.STUCK
    assert found.reason.startswith("held at step 2 “Everyone: 10%”: guardrail error_rate > 1%")


@long
async def test_the_policies_of_the_team_file_are_in_force() -> None:
    policy = Environment(
        "production",
        approvals=(Approval("product", 2),),
        prerequisites=(ChecklistItem("p1", "There is a backup"),),
        limits=(Limit("person", 1, timedelta(days=3)),),
        never=(parse_window("mon-tue", "UTC"),),
        confirm=True,
    )
    team = Team(file="rollcall.yaml", environments={"production": policy})
    found = await rehearsed(team=team)
    assert found.ending is Ending.COMPLETED
    flags = [it.at for it in found.happenings if it.kind is Kind.FLAG]
    assert all(at.weekday() not in {0, 1} for at in flags)
    assert flags[1] - flags[0] >= 3 * DAY
    assert "approver-2: /rollout approve" in told(found, Kind.TYPED)
    assert any("changes production" in line for line in told(found, Kind.QUESTION))


async def test_a_plan_that_goes_by_itself_needs_nobody_to_press_next() -> None:
    text = CHECKOUT.replace("    soak: 2d", "    soak: 2d\n    advance: auto")
    found = await rehearsed(text)
    assert found.ending is Ending.COMPLETED
    assert sum("/rollout next" in line for line in told(found, Kind.TYPED)) == 1


async def test_an_environment_that_the_team_file_does_not_know_leaves_it_stuck_at_the_start() -> None:
    found = await rehearsed(team=Team(file="rollcall.yaml", environments={"staging": Environment("staging")}))
    assert found.ending is Ending.STUCK
    assert "production" in found.reason


@long
async def test_a_long_window_is_measured_less_often_and_the_head_says_so() -> None:
    found = await rehearsed(CHECKOUT.replace("error_rate < 0.5%", "error_rate < 0.5% for 1d"))
    assert found.ending is Ending.COMPLETED
    assert found.measured.startswith("every 48m")


@long
async def test_the_head_says_that_a_wandering_figure_is_not_seen_all_the_time() -> None:
    found = await rehearsed(script="error_rate: 0.1% to 0.4%")
    assert found.ending is Ending.COMPLETED
    assert found.measured.endswith("what the script lets wander between them is not seen")


async def test_a_baseline_that_nobody_knows_leaves_the_plan_stuck_before_it_changes_anything() -> None:
    found = await rehearsed(script="p95: none")
    assert found.ending is Ending.STUCK
    assert "the value before the rollout is not known for p95" in found.reason
    assert told(found, Kind.FLAG) == []


@long
async def test_a_metric_that_cannot_be_asked_for_a_while_is_said_once_and_once_more_when_it_is_back() -> None:
    script = "error_rate:\n  - 0.1%\n  - {at: +1d, error: The server is away.}\n  - {at: +25h, value: 0.1%}\n"
    found = await rehearsed(script=script)
    assert found.ending is Ending.COMPLETED
    outage = [it for it in found.happenings if it.kind is Kind.MESSAGE and DAY <= it.at - found.start < 2 * DAY]
    assert len(outage) == 2


async def test_a_page_is_shown_as_it_reaches_its_first_level() -> None:
    level = Level(timedelta(0), (Target(TargetKind.PERSON, "payments-engineer"),))
    team = Team(people=(Person("payments-engineer"),), escalation={"payments": Policy("payments", (level,))})
    text = CHECKOUT.replace("environment: production\n", "environment: production\nescalation: payments\n", 1)
    found = await rehearsed(text, break_at=1, team=team)
    paged = [it for it in told(found, Kind.MESSAGE) if it.startswith("local @")]
    assert len(paged) == 1
    assert paged[0].startswith(
        "local @payments-engineer: payments-engineer, you are paged: Page 1 (medium): #1 The new"
    )
    assert "A page is shown as its first level is reached" in printed(found)
