"""What a plan file becomes: everything that is left to a phase, to the plan or to a short form is written out."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from textwrap import dedent

import pytest

from bot.domain.errors import BadPlan
from bot.domain.flag import SWITCH_OFF, SWITCH_ON, FlagChange, FlagSetting
from bot.domain.percent import FULL, ZERO, Percent
from bot.domain.plan import (
    Advance,
    Approval,
    Breach,
    Guardrail,
    Irreversible,
    Phase,
    Plan,
    Start,
    Step,
    label_of,
)
from bot.files.plan_file import read_plan

HEAD = "plan: checkout\ntitle: A new checkout\nflags: {checkout: {}}\nrollback: [{name: Off, set: off}]\n"
TWO_FLAGS = "plan: checkout\ntitle: A new checkout\nflags: {basket: {}, checkout: {}}\n"


def read(body: str, head: str = HEAD) -> Plan:
    return read_plan(head + dedent(body), "plans/checkout.yaml")


def only_step(body: str, head: str = HEAD) -> Step:
    (step,) = read(body, head).steps
    return step


@pytest.mark.parametrize(
    ("written", "change"),
    [
        ("25%", FlagChange(percent=Percent(25_000))),
        ("0.001%", FlagChange(percent=Percent(1))),
        ("25", FlagChange(percent=Percent(25_000))),
        ("on", SWITCH_ON),
        ("true", SWITCH_ON),
        ("off", SWITCH_OFF),
        ("{on: true}", FlagChange(on=True)),
        ("{on: true, percent: 0, users: [u1, 2]}", FlagChange(on=True, percent=ZERO, users=("u1", "2"))),
        ("{percent: 10%, tiers: [pro, pro]}", FlagChange(percent=Percent(10_000), tiers=("pro",))),
        ("{percent: 100%, tiers: all}", FlagChange(percent=FULL, tiers=())),
        ("{users: [team, u9]}", FlagChange(users=("u1", "u2", "u9"))),
        ("beta", FlagChange(on=True, percent=Percent(10_000), tiers=("pro",))),
        ("{preset: beta, percent: 20%}", FlagChange(on=True, percent=Percent(20_000), tiers=("pro",))),
        ("{checkout: 5%}", FlagChange(percent=Percent(5_000))),
        ("{checkout: {percent: 5%}}", FlagChange(percent=Percent(5_000))),
    ],
)
def test_a_change_can_be_written_short_or_long(written: str, change: FlagChange) -> None:
    more = "groups: {team: [u1, u2]}\npresets: {beta: {on: true, percent: 10%, tiers: pro}}\n"
    step = only_step(f"phases: [{{name: A, set: {written}}}]\n", HEAD + more)
    assert [item.change for item in step.sets] == [change]


def test_tiers_and_users_may_stand_beside_a_short_change() -> None:
    step = only_step("phases: [{name: A, set: 10%, tiers: [pro], users: u1}]\n")
    assert step.sets[0].change == FlagChange(percent=Percent(10_000), tiers=("pro",), users=("u1",))


def test_a_step_can_change_several_flags() -> None:
    plan = read("phases: [{name: A, steps: [{set: {basket: 5%, checkout: on}}]}]\n", TWO_FLAGS)
    assert [item.flag for item in plan.steps[0].sets] == ["basket", "checkout"]
    assert plan.steps[0].name == "A: basket 5%, checkout 100%"


def test_a_phase_without_steps_is_one_step_of_its_name() -> None:
    plan = read("phases: [{name: Everybody, set: 100%, note: All of them.}]\n")
    assert plan.phases == (Phase("Everybody", plan.steps, "All of them.", 1),)
    assert (plan.steps[0].name, plan.steps[0].phase) == ("Everybody", 0)


@pytest.mark.parametrize(
    ("step", "label"),
    [
        ("{set: 25%}", "25%"),
        ("{set: 50%, tiers: [pro, enterprise]}", "50% of pro and enterprise"),
        ("{set: {on: true, percent: 0, users: [u1, u2]}}", "2 named users"),
        ("{set: {percent: 10%, users: u1}}", "10% and 1 named user"),
        ("{set: {on: true}}", "on"),
        ("{set: off}", "off"),
        ("{set: {tiers: all}}", "every tier"),
        ("{set: {tiers: [pro]}}", "tiers pro"),
        ("{soak: 90m}", "hold for 1h30m"),
        ("{do: [deploy_web]}", "deploy_web"),
        ("{checklist: [Look at it]}", "checks"),
    ],
)
def test_a_step_without_a_name_is_named_after_what_it_does(step: str, label: str) -> None:
    plan = read(f"phases: [{{name: Slowly, steps: [{step}]}}]\n")
    assert plan.steps[0].name == f"Slowly: {label}"
    assert label_of(plan, plan.steps[0]) == label


def test_equal_steps_of_a_phase_are_told_apart_and_names_of_their_own_stay() -> None:
    plan = read("phases: [{name: A, steps: [{set: 5%}, {set: 5%}, {name: Breathe, soak: 1h}]}]\n")
    assert [step.name for step in plan.steps] == ["A: 5%", "A: 5% (2)", "Breathe"]


def test_a_phase_hands_its_soak_way_to_advance_and_environment_to_its_steps() -> None:
    plan = read(
        """
        advance: manual
        phases:
          - name: A
            environment: staging
            soak: 2h
            advance: auto
            risk: high
            steps:
              - {set: 5%}
              - {set: 10%, soak: instant, advance: manual, risk: low}
        """
    )
    first, second = plan.steps
    assert (first.environment, first.soak, first.advance, first.risk) == (
        "staging",
        timedelta(hours=2),
        Advance.AUTO,
        "high",
    )
    assert (second.soak, second.advance, second.risk) == (timedelta(0), Advance.MANUAL, "low")


def test_gates_and_guardrails_reach_the_steps_they_are_for() -> None:
    plan = read(
        """
        gates: [plan_gate < 1]
        guardrails: [plan_rail > 1]
        phases:
          - {name: Before, soak: 1h}
          - name: During
            gates: [phase_gate < 1]
            guardrails: [{if: phase_rail > 1, then: back one step, interval: 5m}]
            steps:
              - {set: 5%, gates: [{condition: step_gate < 1, min_samples: 3, max_failures: 2}]}
              - {set: 10%}
          - {name: After, soak: 1h}
          - {name: Elsewhere, soak: 1h, environment: staging}
        """
    )
    assert [[gate.condition for gate in step.gates] for step in plan.steps] == [
        [],
        ["step_gate < 1", "phase_gate < 1", "plan_gate < 1"],
        ["phase_gate < 1", "plan_gate < 1"],
        ["plan_gate < 1"],
        [],
    ]
    assert plan.steps[1].gates[0].min_samples == 3
    assert plan.steps[1].guardrails == (
        Guardrail("phase_rail > 1", Breach.BACK, timedelta(minutes=5)),
        Guardrail("plan_rail > 1"),
    )


def test_what_a_phase_asks_is_asked_at_its_last_step_and_what_it_asks_before_at_the_step_ahead() -> None:
    plan = read(
        """
        prerequisites: [Ready]
        phases:
          - name: A
            checklist: [Done]
            approvals: [qa]
            question: Go on?
            steps: [{set: 5%, checklist: [Looked at]}, {set: 10%, checklist: [{text: Read, owner: ops, note: Slowly, evidence: true}]}]
          - name: B
            enter: {checklist: [Asked], gates: [x < 1], approvals: [{role: lead, count: 2}], question: Sure?}
            set: 100%
            checklist: [Told]
        """
    )
    start, first, second, last = plan.steps
    assert (plan.phases[0].number, start.name, [item.key for item in start.checklist]) == (
        0,
        "Before the start",
        ["0.1"],
    )
    assert [(item.key, item.text) for item in first.checklist] == [("1.1", "Looked at")]
    assert [item.key for item in second.checklist] == ["1.2", "1.3", "2.1"]
    assert second.checklist[0].evidence
    assert second.approvals == (Approval("qa"), Approval("lead", 2))
    assert second.question == "Go on? Sure?"
    assert [gate.condition for gate in second.gates] == ["x < 1"]
    assert [item.key for item in last.checklist] == ["2.2"]
    assert [step.phase for step in plan.steps] == [0, 1, 1, 2]


def test_what_the_first_phase_asks_before_makes_a_phase_before_the_start() -> None:
    plan = read("phases: [{name: A, set: 5%, enter: {checklist: [Ready]}, checklist: [Done]}]\n")
    assert [phase.name for phase in plan.phases] == ["Before the start", "A"]
    assert [item.key for item in plan.steps[0].checklist] == ["1.1"]
    assert [item.key for item in plan.steps[1].checklist] == ["1.2"]


def test_days_and_dates_are_for_the_first_step_of_a_phase_and_times_of_day_for_all() -> None:
    plan = read(
        """
        zone: Europe/Berlin
        phases:
          - name: A
            day: 3
            business_days: true
            between: "22:00-24:00"
            steps: [{set: 5%}, {set: 10%, at: "2026-12-01T09:00+01:00", between: "08:00-10:00", zone: UTC}]
          - {name: B, set: 100%}
        """
    )
    before, first, second, third = (step.start for step in plan.steps)
    assert before is None
    assert plan.phases[0].name == "Before the start"
    assert first == Start(timedelta(days=3), None, time(22), time(0), "Europe/Berlin", business_days=True)
    assert second is not None
    assert second.at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (second.offset, second.time_of_day, second.until_time, second.zone) == (None, time(8), time(10), "UTC")
    assert third is None


def test_ways_back_tasks_and_the_rest_are_carried_over() -> None:
    plan = read(
        """
        summary: In short
        version: 1.2.0
        environment: staging
        flags:
          checkout: {unit: server, population: 1200, owner: shop, description: New, provider: dotenv, starts: {on: true, percent: 5%}}
        channel: {slack: ["#a", "#b"], discord: releases}
        phases: [{name: A, set: 10%, irreversible: {what: It is public, instead: Say sorry}, takes: 5m, do: deploy}]
        rollback:
          - {name: Off, set: off, takes: instant}
          - {name: Data, checklist: [Restore], takes: 15m, destroys: orders, call: redeploy}
        communication: [{when: T-24h, to: team, say: soon, facts: {where: shop}, hold: true}]
        escalation: production
        after: [{name: Week, at: +1d, every: 1d, until: +7d, checklist: [Look]}]
        never: fri
        alone: true
        """,
        "plan: checkout\ntitle: A new checkout\n",
    )
    flag = plan.flag("checkout")
    assert (flag.unit, flag.population, flag.provider) == ("server", 1200, "dotenv")
    assert flag.starts == FlagSetting(on=True, percent=Percent(5_000))
    assert [(name.platform, name.channel) for name in plan.channels] == [
        ("slack", "#a"),
        ("slack", "#b"),
        ("discord", "releases"),
    ]
    assert plan.steps[0].irreversible == Irreversible("It is public", "Say sorry")
    assert (plan.steps[0].takes, plan.steps[0].calls) == (timedelta(minutes=5), ("deploy",))
    assert [(level.number, level.takes // timedelta(minutes=1)) for level in plan.rollback] == [(1, 0), (2, 15)]
    assert (plan.rollback[1].checklist[0].key, plan.rollback[1].calls) == ("r2.1", ("redeploy",))
    assert (plan.communication[0].to, plan.communication[0].facts) == (("team",), (("where", "shop"),))
    assert (plan.after[0].checklist[0].key, plan.after[0].every) == ("a1.1", timedelta(days=1))
    assert (plan.never, plan.alone, plan.environment) == (("fri",), True, "staging")


def test_the_digest_is_about_content_and_not_about_how_it_is_written() -> None:
    plan = read("phases: [{name: A, set: 25%, soak: 60m}]\n")
    same = read("# A comment.\nphases:\n  - soak: 1h\n    set: {checkout: {percent: 25}}\n    name: A\n")
    other = read("phases: [{name: A, set: 26%, soak: 60m}]\n")
    assert plan.digest == same.digest
    assert plan == same
    assert other.digest != plan.digest
    assert len(plan.digest) == 64


@pytest.mark.parametrize(
    "when",
    [
        "T-24h", "T+90m", "T", "each step", "each phase", "every 4h", "started", "rolled_back", "completed +7d",
        "phase A", "step A", "12h before phase A", "2026-12-01T09:00+01:00",
    ],
)  # fmt: skip
def test_announcements_have_many_moments(when: str) -> None:
    plan = read(f'phases: [{{name: A, day: 1, set: 5%}}]\ncommunication: [{{when: "{when}", to: team, say: hello}}]\n')
    assert plan.communication[0].when == when


def test_a_plan_without_flags_is_a_plan() -> None:
    plan = read("phases: [{name: A, checklist: [Do it]}]\n", "plan: a\ntitle: A\n")
    assert plan.flags == ()
    with pytest.raises(KeyError):
        plan.flag("none")


def test_a_bad_plan_says_how_many_problems_there_are() -> None:
    with pytest.raises(BadPlan) as refusal:
        read("phases: [{name: A, set: 101%, soak: soon}]\n")
    assert refusal.value.sentence == "plans/checkout.yaml has 2 problems."
    assert refusal.value.code == "bad_plan"
