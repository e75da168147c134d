"""What people read when a plan file is wrong: the place, what is there, what should be, and the line with a caret."""

from __future__ import annotations

from textwrap import dedent

import pytest
from inline_snapshot import snapshot

from bot.domain.errors import BadPlan
from bot.domain.problem import Problem
from bot.files.plan_file import read_plan

GOOD = """\
plan: checkout
title: A new checkout
flags: {checkout: {}}
phases:
  - name: Slowly
    steps:
      - {set: 10%, soak: 24h}
      - {set: 50%, soak: 24h}
    gates: [error_rate < 0.5%]
    guardrails: [error_rate > 1% for 5m]
rollback:
  - {name: Switch off, set: off}
communication:
  - {when: each step, to: [team], say: step_reached}
"""


def told(old: str, new: str) -> str:
    assert old in GOOD
    with pytest.raises(BadPlan) as refusal:
        read_plan(GOOD.replace(old, new), "plans/checkout.yaml")
    return "\n".join(str(problem) for problem in refusal.value.problems)


def test_the_plan_without_mistakes_is_read() -> None:
    assert len(read_plan(GOOD, "plans/checkout.yaml").steps) == 2


def test_a_key_that_is_nearly_right() -> None:
    assert told("soak: 24h}\n      - {set: 50%", "sok: 24h}\n      - {set: 50%") == snapshot("""\
plans/checkout.yaml:7:20: found the key `sok`, expected a key that is known here
    7 |       - {set: 10%, sok: 24h}
      |                    ^
      Did you mean `soak`?\
""")


def test_a_key_like_no_other() -> None:
    assert told("say: step_reached", "say: step_reached, colour: red") == snapshot("""\
plans/checkout.yaml:14:54: found the key `colour`, expected a key that is known here
   14 |   - {when: each step, to: [team], say: step_reached, colour: red}
      |                                                      ^
      Known here: facts, hold, say, to, when.\
""")


def test_a_duration_in_words() -> None:
    assert told("10%, soak: 24h", "10%, soak: 24 hours") == snapshot("""\
plans/checkout.yaml:7:26: found "24 hours", expected 90s, 30m, 24h, 7d, 2w or a compound such as 1h30m
    7 |       - {set: 10%, soak: 24 hours}
      |                          ^
      Did you mean "1d"?\
""")


def test_a_percentage_beyond_everybody() -> None:
    assert told("50%", "150%") == snapshot("""\
plans/checkout.yaml:8:15: found "150%", expected 0% to 100%, such as 25%, 12.5% or 0.001%
    8 |       - {set: 150%, soak: 24h}
      |               ^\
""")


def test_a_condition_that_cannot_be_read() -> None:
    assert told("error_rate > 1% for 5m", "error_rate >> 1% for 5m") == snapshot("""\
plans/checkout.yaml:10:30: found "error_rate >> 1% for 5m", expected a condition such as error_rate < 0.5%
   10 |     guardrails: [error_rate >> 1% for 5m]
      |                              ^
      Found ">" where a metric, a number or baseline was expected.\
""")


def test_a_missing_key() -> None:
    assert told("title: A new checkout\n", "") == snapshot("""\
plans/checkout.yaml:1:1: found no `title`, expected `title` in this mapping
    1 | plan: checkout
      | ^\
""")


def test_a_flag_that_the_plan_does_not_drive() -> None:
    assert told("set: off", "set: {chekout: off}") == snapshot("""\
plans/checkout.yaml:12:30: found `chekout`, expected a flag that stands under `flags`
   12 |   - {name: Switch off, set: {chekout: off}}
      |                              ^
      Did you mean `checkout`?\
""")


def test_a_change_that_could_mean_several_flags() -> None:
    assert told("{checkout: {}}", "{checkout: {}, basket: {}}").split("\n\n")[0] == snapshot("""\
plans/checkout.yaml:7:15: found a change without the name of a flag, expected the flag that is meant: there are 2
    7 |       - {set: 10%, soak: 24h}
      |               ^
      Write `set: {checkout: …}`.
plans/checkout.yaml:8:15: found a change without the name of a flag, expected the flag that is meant: there are 2
    8 |       - {set: 50%, soak: 24h}
      |               ^
      Write `set: {checkout: …}`.
plans/checkout.yaml:12:29: found a change without the name of a flag, expected the flag that is meant: there are 2
   12 |   - {name: Switch off, set: off}
      |                             ^
      Write `set: {checkout: …}`.\
""")


def test_a_percentage_that_goes_down() -> None:
    assert told("50%", "5%") == snapshot("""\
plans/checkout.yaml:8:15: found 5% after 10%, expected percentages that grow within a phase
    8 |       - {set: 5%, soak: 24h}
      |               ^
      The way down is a rollback level, not a step.\
""")


def test_a_step_that_goes_on_by_itself_without_holding() -> None:
    assert told("{set: 10%, soak: 24h}", "{set: 10%, advance: auto}") == snapshot("""\
plans/checkout.yaml:7:9: found a percentage with `advance: auto` and no `soak`, expected `soak`, the least time to hold it
    7 |       - {set: 10%, advance: auto}
      |         ^\
""")


def test_a_step_without_content() -> None:
    assert told("{set: 10%, soak: 24h}", "{note: Nothing}") == snapshot("""\
plans/checkout.yaml:7:9: found a step without content, expected `set`, `do`, `soak` or `checklist` in it
    7 |       - {note: Nothing}
      |         ^\
""")


def test_an_automatic_way_back_that_needs_a_person() -> None:
    assert told("set: off", "set: off, checklist: [Restore it], destroys: orders") == snapshot("""\
plans/checkout.yaml:12:34: found `checklist` in the first way back, expected nothing but `set` there
   12 |   - {name: Switch off, set: off, checklist: [Restore it], destroys: orders}
      |                                  ^
      Guardrails take the first way back by themselves; put this into the next one.
plans/checkout.yaml:12:59: found `destroys` in the first way back, expected nothing but `set` there
   12 |   - {name: Switch off, set: off, checklist: [Restore it], destroys: orders}
      |                                                           ^
      Guardrails take the first way back by themselves; put this into the next one.\
""")


def test_a_guardrail_without_a_way_back() -> None:
    assert told("rollback:\n  - {name: Switch off, set: off}\n", "") == snapshot("""\
plans/checkout.yaml:10:18: found a guardrail in a plan without `rollback`, expected `rollback` with the way back it takes
   10 |     guardrails: [error_rate > 1% for 5m]
      |                  ^
      Add `rollback: [{name: Switch off, set: off}]`, or give the guardrail another `then`.\
""")


def test_a_moment_that_is_none() -> None:
    assert told("each step", "each stp") == snapshot("""\
plans/checkout.yaml:14:12: found "each stp", expected a moment such as T-24h, each step, every 4h, rolled_back, completed +7d or phase NAME
   14 |   - {when: each stp, to: [team], say: step_reached}
      |            ^
      Did you mean `each step`?\
""")


def test_an_announcement_for_a_phase_that_is_not_there() -> None:
    assert told("each step", "phase Slowy") == snapshot("""\
plans/checkout.yaml:14:12: found the phase "Slowy", expected a phase of this plan
   14 |   - {when: phase Slowy, to: [team], say: step_reached}
      |            ^
      Did you mean `Slowly`?\
""")


def test_a_line_that_was_not_finished() -> None:
    assert told("title: A new checkout", "title:") == snapshot("""\
plans/checkout.yaml:2:7: found nothing, expected a short text
    2 | title:
      |       ^\
""")


def test_a_comma_in_braces() -> None:
    assert told("say: step_reached", "say: Slowly, but surely") == snapshot("""\
plans/checkout.yaml:14:48: found the key `but surely`, expected a key that is known here
   14 |   - {when: each step, to: [team], say: Slowly, but surely}
      |                                                ^
      Inside { } a comma begins a new key: put text that has one in quotes.\
""")


def test_a_list_that_is_none() -> None:
    assert told("[error_rate < 0.5%]", "error_rate < 0.5%") == snapshot("""\
plans/checkout.yaml:9:12: found "error_rate < 0.5%", expected a list
    9 |     gates: error_rate < 0.5%
      |            ^
      Start each line with `- `.\
""")


def test_a_key_twice() -> None:
    assert told("title: A new checkout", "title: A new checkout\ntitle: Another") == snapshot("""\
plans/checkout.yaml:3:1: found `title` again, expected each key once
    3 | title: Another
      | ^
      `title` stands in line 2 already.\
""")


def test_mistakes_of_every_kind_are_told_at_once_in_the_order_of_the_file() -> None:
    broken = GOOD.replace("{checkout: {}}", "{checkout: {unitt: server}}").replace("10%, soak", "10%, sok")
    broken = broken.replace("error_rate > 1%", "error_rate > > 1%").replace("set: off", "set: {chekout: off}")
    broken = broken.replace("each step", "every now and then")
    with pytest.raises(BadPlan) as refusal:
        read_plan(broken, "plans/checkout.yaml")
    assert [problem.line for problem in refusal.value.problems] == [3, 7, 10, 12, 14]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("checkout: {}}", "percent: {}}", "a flag named `percent`"),
        ("name: Switch off", "name: 5", "the number 5"),
        ("{name: Switch off, set: off}", "{name: Switch off}", '"Switch off" without `set`'),
        ("{name: Switch off, set: off}", "{name: Switch off, call: x}", "`call` in the first way back"),
        ("set: off}", "set: off}\n  - {name: Again}", '"Again" without content'),
        ("set: off}", "set: off}\n  - {name: Switch off, set: off}", 'another way back named "Switch off"'),
        ("set: off", "set: {}", "an empty mapping"),
        ("set: off", "set: {checkout: {}}", "an empty mapping"),
        ("set: off", "set: bta", '"bta"'),
        ("set: off", "set: []", "an empty list"),
        ("    steps:", "    set: 5%\n    steps:", "`set` beside `steps`"),
        ("  - name: Slowly", "  - name: Slowly\n    soak: 1h\n  - name: Slowly", 'another phase named "Slowly"'),
        ("each step", "1h before phase Slowly", 'a time before "Slowly"'),
        ("each step", "step Ten", 'the step "Ten"'),
        ("each step", "T-soon", '"T-soon"'),
        ("[team]", "[]", "an empty list"),
        ("[team]", '["the team"]', '"the team"'),
        ("10%, soak: 24h", "10%, users: [a, a b]", '"a b"'),
        ("10%, soak: 24h", "{checkout: {percent: 10%, tiers: [a]}}, tiers: [b]", "`tiers` here"),
        ("10%, soak: 24h", "10%, between: noon", '"noon"'),
        ("10%, soak: 24h", '10%, between: "09:00-09:00"', '"09:00-09:00"'),
        ("10%, soak: 24h", "10%, zone: Berlin", '"Berlin"'),
        ("10%, soak: 24h", "10%, at: 2026-12-01", '"2026-12-01"'),
        ("10%, soak: 24h", "10%, at: tomorrow", '"tomorrow"'),
        ("10%, soak: 24h", "10%, day: -1", "the number -1"),
        ("10%, soak: 24h", "10%, day: 401", "the number 401"),
        ("10%, soak: 24h", '10%, day: "3"', '"3"'),
        ("10%, soak: 24h", "10%, business_days: true", "`business_days` without `day`"),
        ("10%, soak: 24h", "10%, advance: later", '"later"'),
        ("10%, soak: 24h", "10%, soak: 900d", '"900d"'),
        ("plan: checkout", "plan: Check out", '"Check out"'),
        ("plan: checkout", "plan: checkout\nnever: friday", '"friday"'),
        ("plan: checkout", "plan: checkout\nafter: [{at: +1d, until: +2d, checklist: [a]}]", "`until` without `every`"),
        ("plan: checkout", "plan: checkout\nafter: [{at: +3d, every: 1d, until: +2d, checklist: [a]}]", "2d"),
        ("plan: checkout", "plan: checkout\ntargets: [{when: day 1}]", "a target without content"),
        ("plan: checkout", "plan: checkout\ntargets: [{when: soon, text: a}]", '"soon"'),
        ("plan: checkout", "plan: checkout\nrunbooks: [{problem: It burns}]", "a runbook without content"),
        ("plan: checkout", "plan: checkout\npresets: {a: b}", '"b"'),
        ("plan: checkout", f"plan: checkout\nsummary: {'x' * 2001}", '"xxx'),
        ("phases:", "phases: []\nphase:", "an empty list"),
    ],
)
def test_one_mistake_is_one_problem(old: str, new: str, found: str) -> None:
    with pytest.raises(BadPlan) as refusal:
        read_plan(GOOD.replace(old, new, 1), "plans/checkout.yaml")
    first = refusal.value.problems[0]
    assert first.found.startswith(found), str(first)
    assert len(refusal.value.problems) == (2 if "phase:" in new and "phases" in new else 1)


def test_a_long_line_is_cut_around_the_place() -> None:
    for column in (1, 150, 300):
        shown = str(
            Problem("x", 1, column, "this", "that", "", "." * (column - 1) + "!" + "." * (300 - column))
        ).splitlines()
        assert shown[1][shown[2].index("^")] == "!"
        assert len(shown[1]) < 115


def test_a_file_that_is_no_plan_at_all() -> None:
    for text in ("", "just text", "- a\n- b\n", "42"):
        with pytest.raises(BadPlan) as refusal:
            read_plan(dedent(text), "plans/checkout.yaml")
        assert "expected a mapping" in str(refusal.value.problems[0])
