"""Schedules and escalation policies of the team file: what they say, and what people read when they are wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from inline_snapshot import snapshot

from bot.domain.alert import HookRules
from bot.domain.errors import BadTeam
from bot.domain.escalation import Level, Policy, Severity, SeverityRule, Target, TargetKind
from bot.domain.plan import ChannelName
from bot.domain.rotation import Rotation, Turn
from bot.domain.team import Team
from bot.files.team_file import read_team

MINUTE = timedelta(minutes=1)

GOOD = """\
people: {engineer: {slack: U0ENGINEER}, lead: {slack: U0LEAD}, chief: {email: chief@example.org}}
channels: {releases: {slack: C0RELEASES, local: releases}}
environments: {production: {channels: releases}}
schedules:
  payments:
    zone: America/Anchorage
    channels: releases
    layers:
      - {name: primary, people: [engineer, lead], turns: daily, length: 2, starts: 2026-03-02T09:00}
      - {name: database}
escalation:
  payments:
    channels: releases
    levels:
      - reach: {on_call: payments}
      - {after: 15m, reach: lead}
      - {after: 1h, reach: [chief, {channel: releases}, {email: b@example.org}, {pagerduty: p}, {webhook: w}]}
    repeat: {every: 10m, times: 3}
    acknowledged_for: 45m
  short: {levels: [{reach: [{on_call: payments, layer: database}]}], repeat: 20m}
severities: {low: {levels: 1}, high: {at_once: true}}
pagerduty: {services: {p: "${P_KEY}"}}
webhooks: {w: {url: "https://w.example.org/in", secret: "${W_SECRET}"}}
"""


def read(text: str) -> Team:
    return read_team(text, "rollcall.yaml", lambda name: f"the value of {name}", lambda name: (name, b""))


def told(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    with pytest.raises(BadTeam) as refusal:
        read(GOOD.replace(old, new))
    return "\n".join(str(problem) for problem in refusal.value.problems)


def test_a_schedule_is_what_the_file_says() -> None:
    payments = read(GOOD).schedules["payments"]
    primary, database = payments.rotations
    assert isinstance(primary, Rotation)
    assert isinstance(database, Rotation)
    assert (primary.participants, primary.turn, primary.length) == (("engineer", "lead"), Turn.DAILY, 2)
    assert primary.begins(0).isoformat() == "2026-03-02T18:00:00+00:00"
    assert (database.participants, database.turn, database.zone) == ((), Turn.WEEKLY, "America/Anchorage")
    assert payments.channels == (ChannelName("slack", "C0RELEASES"), ChannelName("local", "releases"))


def test_a_policy_is_what_the_file_says() -> None:
    team = read(GOOD)
    releases = team.channels["releases"]
    rules = {
        Severity.CRITICAL: SeverityRule(at_once=True),
        Severity.LOW: SeverityRule(levels=1),
        Severity.HIGH: SeverityRule(at_once=True),
    }
    assert team.escalation["payments"] == Policy(
        "payments",
        (
            Level(0 * MINUTE, (Target(TargetKind.SCHEDULE, "payments", "primary"),)),
            Level(15 * MINUTE, (Target(TargetKind.PERSON, "lead"),)),
            Level(
                60 * MINUTE,
                (
                    Target(TargetKind.PERSON, "chief"),
                    Target(TargetKind.CHANNEL, "releases", channels=releases),
                    Target(TargetKind.EMAIL, "b@example.org"),
                    Target(TargetKind.PAGERDUTY, "p"),
                    Target(TargetKind.WEBHOOK, "w"),
                ),
            ),
        ),
        releases,
        10 * MINUTE,
        3,
        45 * MINUTE,
        tuple(rules.items()),
    )
    assert (team.escalation["short"].every, team.escalation["short"].times) == (20 * MINUTE, 8)


def test_a_person_whom_nobody_listed() -> None:
    assert told("reach: lead", "reach: laed") == snapshot("""\
rollcall.yaml:16:29: found "laed", expected a name that stands under `people`
   16 |       - {after: 15m, reach: laed}
      |                             ^
      Did you mean `lead`?\
""")


def test_a_layer_that_the_schedule_does_not_have() -> None:
    assert told("layer: database", "layer: databse") == snapshot("""\
rollcall.yaml:20:56: found "databse", expected a layer of `payments`
   20 |   short: {levels: [{reach: [{on_call: payments, layer: databse}]}], repeat: 20m}
      |                                                        ^
      Did you mean `database`?\
""")


def test_a_schedule_that_is_not_there() -> None:
    assert told("reach: {on_call: payments}", "reach: {on_call: searching}") == snapshot("""\
rollcall.yaml:15:16: found "searching", expected a name that stands under `schedules`
   15 |       - reach: {on_call: searching}
      |                ^
      Known here: payments.\
""")


def test_two_targets_in_one() -> None:
    assert told("{webhook: w}", "{webhook: w, person: lead}") == snapshot("""\
rollcall.yaml:17:97: found person and webhook together, expected one of person, on_call, channel, email, pagerduty, webhook
   17 | …h: [chief, {channel: releases}, {email: b@example.org}, {pagerduty: p}, {webhook: w, person: lead}]}
      |                                                                          ^\
""")


def test_levels_out_of_order() -> None:
    assert told("after: 1h", "after: 15m") == snapshot("""\
rollcall.yaml:17:9: found a level that is not due after the one before it, expected a longer time in `after`
   17 |       - {after: 15m, reach: [chief, {channel: releases}, {email: b@example.org}, {pagerduty: p}, {we…
      |         ^\
""")


def test_a_moment_that_is_none() -> None:
    assert told("2026-03-02T09:00", "2026-02-30T09:00") == snapshot("""\
rollcall.yaml:9:84: found "2026-02-30T09:00", expected a date and a time of day on the wall clock, such as 2026-03-02 09:00
    9 |       - {name: primary, people: [engineer, lead], turns: daily, length: 2, starts: 2026-02-30T09:00}
      |                                                                                    ^\
""")


def test_two_layers_of_one_name() -> None:
    assert told("- {name: database}", "- {name: primary}") == snapshot("""\
rollcall.yaml:10:16: found a second layer `primary`, expected a name that no other layer has
   10 |       - {name: primary}
      |                ^
rollcall.yaml:20:56: found "database", expected a layer of `payments`
   20 |   short: {levels: [{reach: [{on_call: payments, layer: database}]}], repeat: 20m}
      |                                                        ^
      Known here: primary.\
""")


def test_somebody_in_a_rotation_whom_nobody_listed() -> None:
    assert told("people: [engineer, lead]", "people: [engineer, dora]") == snapshot("""\
rollcall.yaml:9:44: found "dora", expected a name that stands under `people`
    9 |       - {name: primary, people: [engineer, dora], turns: daily, length: 2, starts: 2026-03-02T09:00}
      |                                            ^
      Known here: chief, engineer, lead.\
""")


def test_a_slower_way_for_critical_pages() -> None:
    assert told("low: {levels: 1}", "critical: {levels: 1}") == snapshot("""\
rollcall.yaml:21:24: found a slower way for critical pages, expected `{at_once: true}`, or nothing
   21 | severities: {critical: {levels: 1}, high: {at_once: true}}
      |                        ^
      A critical page reaches every level at once.\
""")


def test_a_layer_beside_something_else_than_a_schedule() -> None:
    assert told("{pagerduty: p}", "{pagerduty: p, layer: primary}") == snapshot("""\
rollcall.yaml:17:96: found a layer without a schedule, expected `on_call` beside it
   17 | … [chief, {channel: releases}, {email: b@example.org}, {pagerduty: p, layer: primary}, {webhook: w}]}
      |                                                                       ^\
""")


HOOKS = "hooks: {policy: short, severities: {Ticket: low, sev1: critical}}\nseverities:"


def test_what_alerts_of_other_systems_mean_is_what_the_file_says() -> None:
    assert read(GOOD).hooks == HookRules()
    rules = read(GOOD.replace("severities:", HOOKS)).hooks
    assert (rules.policy, rules.severity(["ticket"]), rules.severity(["SEV1"])) == (
        "short",
        Severity.LOW,
        Severity.CRITICAL,
    )


def test_alerts_go_by_a_policy_of_the_file_and_severities_are_ours() -> None:
    wrong = HOOKS.replace("short", "shrt")
    assert told("severities:", wrong) == snapshot("""\
rollcall.yaml:21:17: found "shrt", expected a name that stands under `escalation`
   21 | hooks: {policy: shrt, severities: {Ticket: low, sev1: critical}}
      |                 ^
      Did you mean `short`?\
""")
    assert told("severities:", HOOKS.replace("low", "lowest")) == snapshot("""\
rollcall.yaml:21:45: found "lowest", expected `critical`, `high`, `medium` or `low`
   21 | hooks: {policy: short, severities: {Ticket: lowest, sev1: critical}}
      |                                             ^\
""")


def test_a_person_may_have_an_id_in_pagerduty() -> None:
    team = read(GOOD.replace("lead: {slack: U0LEAD}", "lead: {slack: U0LEAD, pagerduty: PLH1HKV}"))
    assert team.people[1].on("pagerduty") == ("PLH1HKV",)
    assert told("lead: {slack: U0LEAD}", "lead: {pagerduty: plh1}") == snapshot("""\
rollcall.yaml:1:59: found "plh1", expected a PagerDuty user id such as PLH1HKV
    1 | people: {engineer: {slack: U0ENGINEER}, lead: {pagerduty: plh1}, chief: {email: chief@example.org}}
      |                                                           ^
      It ends the address of the profile.\
""")
