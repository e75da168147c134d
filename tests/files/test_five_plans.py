"""The five deployment plans: each row of what their documents ask for, as far as a plan file expresses it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.domain.condition import series_of
from bot.domain.condition_syntax import parse_condition
from bot.domain.plan import Breach, settings_at, settings_before
from bot.files.plan_library import PlanDirectory

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.plan import Plan, Step

PLANS = PlanDirectory(Path(__file__).parents[2] / "plans")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def percents(plan: Plan) -> list[str]:
    return [str(item.change.percent) for step in plan.steps for item in step.sets if item.change.percent is not None]


def step(plan: Plan, name: str) -> Step:
    return next(step for step in plan.steps if step.name == name)


def phase_steps(plan: Plan, name: str) -> tuple[Step, ...]:
    return next(phase.steps for phase in plan.phases if phase.name == name)


def gates(steps: tuple[Step, ...]) -> set[str]:
    return {gate.condition for step in steps for gate in step.gates}


def guardrails(plan: Plan) -> dict[str, Breach]:
    return {guardrail.condition: guardrail.then for step in plan.steps for guardrail in step.guardrails}


def texts(steps: tuple[Step, ...]) -> str:
    return "\n".join(item.text for step in steps for item in step.checklist)


def moments(plan: Plan) -> dict[str, set[str]]:
    told: dict[str, set[str]] = {}
    for message in plan.communication:
        told.setdefault(message.when, set()).update(message.to)
    return told


def servers_are_counted_in_five_daily_steps(plan: Plan) -> bool:
    rollout = phase_steps(plan, "Gradual rollout")
    return (
        plan.flags[0].unit == "server"
        and percents(plan) == ["10%", "25%", "50%", "75%", "100%"]
        and all(step.soak == 24 * HOUR for step in rollout)
    )


def phases_begin_on_their_days(plan: Plan) -> bool:
    days = [step.start.offset // DAY for step in plan.steps if step.start and step.start.offset is not None]
    return days == [0, 1, 2, 3, 4, 5, 6, 7, 8, 14] and plan.phases[0].number == 0 and len(plan.steps[0].checklist) == 4


def migration_report_is_evidence(plan: Plan) -> bool:
    report = next(item for item in phase_steps(plan, "Data migration")[-1].checklist if item.evidence)
    return all(word in report.note for word in ("How many", "failures", "validating"))


def three_groups_of_metrics(plan: Plan) -> bool:
    asked = {metric.name for gate in gates(plan.steps) for metric in series_of(parse_condition(gate))}
    return asked >= {
        "verification_failure_rate", "database_error_rate", "api_error_rate",
        "response_time_p95", "database_query_time_p95", "memory_usage",
        "verification_success_rate", "problems",
    }  # fmt: skip


def seeds_0() -> list[tuple[str, str, Callable[[Plan], bool]]]:
    return [
        ("0.1", "verification-flow", servers_are_counted_in_five_daily_steps),
        ("0.2", "verification-flow", lambda plan: plan.flags[0].provider == "dotenv"),
        ("0.3", "verification-flow", phases_begin_on_their_days),
        ("0.4", "verification-flow", migration_report_is_evidence),
        ("0.5", "verification-flow", lambda plan: [bool(level.destroys) for level in plan.rollback] == [False, True]),
        ("0.6", "verification-flow", three_groups_of_metrics),
        ("0.7", "verification-flow", lambda plan: "verification_failure_rate <= baseline" in gates(plan.steps)),
        (
            "0.8",
            "verification-flow",
            lambda plan: (
                "server_admins" in moments(plan)["T-24h"] & moments(plan)["each step"] & moments(plan)["completed"]
            ),
        ),
        (
            "0.9",
            "verification-flow",
            lambda plan: "flag is retired" in plan.after[-1].checklist[-1].text and bool(plan.after[-1].every),
        ),
    ]


def four_flags_in_order_of_risk(plan: Plan) -> bool:
    changed = [item.flag for step in plan.steps for item in step.sets]
    starts = {flag.key: flag.starts.on for flag in plan.flags if flag.starts}
    return (
        changed == ["FEATURE_FAN_MINI_PROFILE", "FEATURE_CALLS"]
        and len(starts) == 4
        and set(starts.values()) == {True, False}
    )


def flags_go_off_by_themselves(plan: Plan) -> bool:
    tripped = guardrails(plan)
    first = plan.rollback[0]
    return (
        tripped["error_rate > 1%"] is tripped["critical_bugs > 0"] is Breach.ROLLBACK
        and {item.flag for item in first.sets} == {flag.key for flag in plan.flags}
        and all(item.change.on is False for item in first.sets)
    )


def timeline_adds_up(plan: Plan) -> bool:
    at, timeline = timedelta(0), []
    for item in plan.steps:
        timeline.append(at // MINUTE)
        at += max(item.takes, item.soak)
    risks = [item.risk for item in plan.steps[1:]]
    return timeline[1:] == [0, 5, 10, 20, 30, 40, 50, 60, 65, 95, 100, 115] and at == 175 * MINUTE and all(risks)


def fan_thresholds(plan: Plan) -> bool:
    return gates(plan.steps) >= {
        "error_rate < 0.1%", "p95 < 500ms", "call_connect_rate > 80%", "call_completion_rate > 90%",
        "database_cpu < 80%", "uptime > 99.9%",
    }  # fmt: skip


def seeds_1() -> list[tuple[str, str, Callable[[Plan], bool]]]:
    name = "fan-privacy-calls"
    return [
        ("1.1", name, four_flags_in_order_of_risk),
        ("1.2", name, lambda plan: [s.soak // MINUTE for s in plan.steps if s.soak] == [5, 10, 30, 60]),
        ("1.3", name, flags_go_off_by_themselves),
        ("1.4", name, fan_thresholds),
        (
            "1.5",
            name,
            lambda plan: (
                [(level.takes // MINUTE, bool(level.destroys)) for level in plan.rollback]
                == [(0, False), (5, False), (15, True)]
            ),
        ),
        ("1.6", name, timeline_adds_up),
        (
            "1.7",
            name,
            lambda plan: (
                {"team", "users"} <= moments(plan)["rolled_back"] & moments(plan)["completed"] & moments(plan)["T-1h"]
            ),
        ),
        (
            "1.8",
            name,
            lambda plan: (
                [(limit.scope, limit.count, limit.per, limit.cooldown) for limit in plan.limits]
                == [("person", 10, MINUTE, MINUTE), ("channel", 5, MINUTE, timedelta(0))]
            ),
        ),
        ("1.10", name, lambda plan: {flag.provider for flag in plan.flags} == {"vercel"}),
        (
            "1.11",
            name,
            lambda plan: {"Calls do not connect", "Permission denied"} <= {book.problem for book in plan.runbooks},
        ),
        ("1.12", name, lambda plan: len([item for item in plan.steps[0].checklist if item.key.startswith("0.")]) == 12),
    ]


def alaska_goes_back(plan: Plan) -> bool:
    tripped = {condition for condition, then in guardrails(plan).items() if then is Breach.ROLLBACK}
    metrics = {metric.name for condition in tripped for metric in series_of(parse_condition(condition))}
    return "error_rate > 5%" in tripped and metrics >= {
        "payment_success_rate", "data_corruption_reports", "uptime_checks_failed", "security_incidents", "critical_bugs",
    }  # fmt: skip


def nothing_goes_out_on_fridays_or_unprepared(plan: Plan) -> bool:
    ready = texts(plan.steps)
    return (
        plan.never == ("fri", "11:00-22:00")
        and plan.alone
        and plan.zone == "America/Anchorage"
        and all(item.start and item.start.time_of_day for item in phase_steps(plan, "Gradual rollout"))
        and all(words in ready for words in ("backed up", "Everybody in the team is available", "going back is ready"))
    )


def alaska_targets(plan: Plan) -> bool:
    wanted = {(target.when, target.condition) for target in plan.targets if target.condition}
    daily = plan.after[0]
    return wanted == {
        ("day 1", "uptime > 99.9%"), ("day 1", "error_rate < 0.1%"), ("day 1", "payment_success_rate > 95%"),
        ("day 1", "page_load_time < 2s"), ("day 1", "api_response_time < 200ms"),
        ("week 1", "support_tickets < 10/day"), ("week 1", "app_store_rating > 4.0"),
    } and (daily.every, daily.until) == (DAY, 7 * DAY)  # fmt: skip


def report_says_everything(plan: Plan) -> bool:
    report = plan.after[-1].checklist[0]
    words = ("version", "by whom", "duration", "status", "metrics", "issues", "lessons", "action items")
    return report.evidence and all(word in report.note for word in words)


def seeds_2() -> list[tuple[str, str, Callable[[Plan], bool]]]:
    name = "alaska-pay"
    return [
        (
            "2.1",
            name,
            lambda plan: (
                {approval.role for approval in step(plan, "Verify on staging").approvals}
                == {"product", "qa", "security", "legal", "executive"}
            ),
        ),
        (
            "2.2",
            name,
            lambda plan: (
                [(str(s.sets[0].change.percent), s.soak) for s in phase_steps(plan, "Gradual rollout")]
                == [("10%", HOUR), ("50%", HOUR), ("100%", HOUR)]
            ),
        ),
        ("2.3", name, alaska_goes_back),
        ("2.5", name, lambda plan: plan.escalation == "payments"),
        ("2.6", name, nothing_goes_out_on_fridays_or_unprepared),
        ("2.7", name, alaska_targets),
        (
            "2.8",
            name,
            lambda plan: {"status_page", "beta_testers", "users"} <= moments(plan)["phase First 24 hours"],
        ),
        (
            "2.9",
            name,
            lambda plan: (
                [s.name for s in plan.steps if s.irreversible and s.irreversible.instead]
                == ["Submit the iOS app", "Submit the Android app"]
            ),
        ),
        ("2.10", name, report_says_everything),
        ("2.11", name, lambda plan: any(book.problem == "An incident" and len(book.do) == 4 for book in plan.runbooks)),
    ]


def production_waits_for_staging(plan: Plan) -> bool:
    environments = [item.environment for item in plan.steps if item.sets]
    return environments == ["staging", "production"] and bool(phase_steps(plan, "Staging")[-1].question)


def seeds_3() -> list[tuple[str, str, Callable[[Plan], bool]]]:
    name = "organization-customers"
    return [
        ("3.1", name, production_waits_for_staging),
        (
            "3.2",
            name,
            lambda plan: (
                "maintenance window is scheduled" in texts(plan.steps)
                and "stakeholders" in moments(plan)["phase Preparation of production"]
                and any(s.start and s.start.time_of_day for s in phase_steps(plan, "Production"))
            ),
        ),
        (
            "3.3",
            name,
            lambda plan: (
                {"organizations_created_per_day > 0", "query_time_mean <= baseline * 1.2"} <= gates(plan.steps)
            ),
        ),
        (
            "3.4",
            name,
            lambda plan: (
                [level.name for level in plan.rollback][1:]
                == ["Application, previous version", "Data, selectively", "Data, from the backup", "Schema"]
            ),
        ),
        (
            "3.5",
            name,
            lambda plan: (
                step(plan, "Continuous watching").soak == 48 * HOUR
                and [(task.at, task.until) for task in plan.after]
                == [(timedelta(0), DAY), (DAY, 7 * DAY), (7 * DAY, 28 * DAY)]
            ),
        ),
        (
            "3.6",
            name,
            lambda plan: [risk.severity for risk in plan.risks] == ["high"] * 3 + ["medium"] * 2 + ["low"] * 2,
        ),
        ("3.7", name, lambda plan: [t.kind for t in plan.targets] == ["technical"] * 5 + ["business"] * 6),
    ]


def starts_disabled_and_follows_the_presets(plan: Plan) -> bool:
    before = settings_before(plan, ())
    seen = [str(settings_at(plan, index, before)[0].setting) for index in range(2, len(plan.steps))]
    return str(before[0].setting) == "off" and seen == [
        "off", "0% and 3 named users", "10% of pro and enterprise and 3 named users",
        "50% of pro and enterprise and 3 named users", "100% and 3 named users",
    ]  # fmt: skip


def alerts_differ_from_the_criteria(plan: Plan) -> bool:
    return set(guardrails(plan)) >= {
        "error_rate > 1% for 5m", "api_response_time_p95 > 1s for 5m", "task_update_p95 > 500ms for 5m",
        "database_query_time > 2s for 5m", "websocket_disconnect_rate > 5% for 5m",
    } and "error_rate < 0.5%" in gates(plan.steps)  # fmt: skip


def seeds_4() -> list[tuple[str, str, Callable[[Plan], bool]]]:
    name = "action-plan-customization"
    return [
        ("4.1", name, starts_disabled_and_follows_the_presets),
        (
            "4.3",
            name,
            lambda plan: (
                [(s.start.offset // DAY if s.start and s.start.offset else 0, s.soak // DAY) for s in plan.steps[3:]]
                == [(1, 3), (4, 7), (11, 7), (18, 2)]
                and step(plan, "Internal testing").sets[0].change.users == ("1", "2", "3")
            ),
        ),
        ("4.4", name, lambda plan: {"engagement > 60%", "task_completion > 40%"} <= gates((step(plan, "Beta"),))),
        (
            "4.5",
            name,
            lambda plan: [str(level.sets[0].change.percent) for level in plan.rollback[1:3]] == ["10%", "5%"],
        ),
        ("4.6", name, alerts_differ_from_the_criteria),
        ("4.7", name, lambda plan: {"plan_load_p95 < 1s", "task_update_p95 < 200ms"} <= gates((step(plan, "Beta"),))),
        (
            "4.8",
            name,
            lambda plan: plan.escalation == "action-plan-support" and "15 minutes" in plan.runbooks[-1].do[0],
        ),
        ("4.9", name, lambda plan: any("caches" in words for book in plan.runbooks for words in book.do)),
        (
            "4.10",
            name,
            lambda plan: (
                [(task.name, len(task.checklist)) for task in plan.after]
                == [("Week 1", 4), ("Week 2", 4), ("Month 1", 4)]
            ),
        ),
    ]


ROWS = [*seeds_0(), *seeds_1(), *seeds_2(), *seeds_3(), *seeds_4()]
ELSEWHERE = {"1.9", "2.4", "4.2"}
"""An API's errors, an on-call rotation and a REST API are no matter of a plan file."""


@pytest.mark.parametrize(("row", "name", "holds"), ROWS, ids=[row for row, _, _ in ROWS])
def test_the_plan_has_what_its_document_asks_for(row: str, name: str, holds: Callable[[Plan], bool]) -> None:
    assert holds(PLANS.load(name))


def test_every_row_is_looked_at_or_belongs_elsewhere() -> None:
    counts = {"0": 9, "1": 12, "2": 11, "3": 7, "4": 10}
    every = {f"{seed}.{number}" for seed, count in counts.items() for number in range(1, count + 1)}
    assert {row for row, _, _ in ROWS} | ELSEWHERE == every
