"""While a line is being typed, what may come next is offered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.command import Command, Parsed, Source
from commands.completion import Candidate, Expectation, expect, merge
from commands.parser import parse
from tests.commands.examples import COMMANDS

VERBS = ["to", "start", "pause", "rollback", "status", "problem", "help"]
LIVE = {
    Source.STEPS: [("50%", "the next step"), ("100%", "the last step")],
    Source.FLAGS: [("checkout", "on at 5%"), ("search", "off")],
    Source.ROLLOUTS: [("#12", "checkout"), ("#7", "search")],
    Source.ENVIRONMENTS: [("staging", ""), ("production", "")],
    Source.ITEMS: [("2.1", "Database backed up"), ("Database backed up", "2.1"), ('The "old" path', "2.2")],
    Source.PEOPLE: [("ana", "operator")],
    Source.PLANS: [("verification-flow", ""), ("payments", "")],
}


def offered(line: str, prefix: str = "") -> list[str]:
    return [candidate.text for candidate in merge(expect(line, COMMANDS, prefix), LIVE)]


def accepted(line: str) -> str:
    """Return the line after the first candidate was chosen."""
    first = merge(expect(line, COMMANDS), LIVE)[0]
    return line[: len(line) - first.replaces] + first.text


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("", ["/rollout", "/flag", "/checklist", "/help"]),
        ("/ro", ["/rollout"]),
        ("fl", ["/flag"]),
        ("/rollout ", ["50%", "100%", *VERBS]),
        ("/rollout 1", ["100%"]),
        ("/rollout st", ["start", "status", "stop"]),
        ("/rollout ho", ["hold"]),
        ("/rollout help pa", ["pause"]),
        ("/rollout help pause ", []),
        ("/help fl", ["flag"]),
        ("/help flag ", ["list", "set", "dial", "target"]),
        ("/help flag set ", []),
        ("/help xyz ", []),
        ("/xyz ", []),
        ("/flag ", ["list", "set", "dial", "target", "help"]),
        ("/flag xyz ", []),
        ("/rollout 50% ", ["--rollout", "because"]),
        ("/rollout -", ["--rollout", "because"]),
        ("/rollout 50% -", ["--rollout", "because"]),
        ("/rollout 50% —r", ["--rollout"]),
        ("/rollout 50% be", ["because"]),
        ("/rollout 50% --rollout ", ["#12", "#7"]),
        ("/rollout 50% --rollout 1", ["#12"]),
        ("/rollout 50% --rollout=1", ["#12"]),
        ("/rollout 50% --rollout 12 ", ["because"]),
        ("/rollout 50% because ", []),
        ("/rollout 50% because it is --", []),
        ("/rollout 50% --reason ", []),
        ("/rollout 50% --xyz ", ["--rollout", "because"]),
        ("/rollout to ", ["50%", "100%"]),
        ("/rollout start v", ["verification-flow"]),
        ("/rollout start flow", ["verification-flow"]),
        ("/rollout rollback ", ["--rollout", "because"]),
        ("/rollout status --all ", ["--rollout"]),
        ("/rollout problem ", []),
        ("/rollout problem --from @a", ["ana"]),
        ("/flag set ", ["checkout", "search"]),
        ("/flag set checkout ", ["50%", "100%"]),
        ("/flag set checkout 5% ", ["--env", "because"]),
        ("/flag set checkout 5% --env=st", ["staging"]),
        ("/flag dial ", ["checkout", "search", "50%", "100%"]),
        ("/flag list --sort ", ["newest", "oldest", "Name"]),
        ("/flag list --sort n", ["newest", "Name"]),
        ("/checklist tick Database ba", ['"Database backed up"']),
        ("/checklist tick old", ['"The \\"old\\" path"']),
        ("/checklist ", ["show", "tick", "help"]),
    ],
)
def test_what_may_come_next_is_offered_live_values_first(line: str, candidates: list[str]) -> None:
    assert offered(line) == candidates


def test_a_choice_replaces_what_was_typed_of_it() -> None:
    assert accepted("/ro") == "/rollout"
    assert accepted("/rollout 1") == "/rollout 100%"
    assert accepted("/rollout 50% --rollout=1") == "/rollout 50% --rollout=#12"
    assert accepted("/rollout 50% —r") == "/rollout 50% --rollout"
    assert accepted('/rollout start "v') == "/rollout start verification-flow"
    assert accepted("/checklist tick Database ba") == '/checklist tick "Database backed up"'
    assert accepted('/checklist tick "Database ba') == '/checklist tick "Database backed up"'
    assert parse(accepted("/checklist tick Database ba"), COMMANDS) == parse(
        "/checklist tick Database backed up", COMMANDS
    )


def test_in_a_list_the_word_after_the_last_comma_is_completed() -> None:
    assert expect("/flag target checkout pro,ent", COMMANDS) == Expectation("ent", 3)


def test_a_prefix_is_part_of_the_commands_names() -> None:
    assert offered("/rc-f", "rc-") == ["/rc-flag"]
    assert offered("/rc-flag l", "rc-") == ["list"]


def test_a_candidate_says_what_it_does() -> None:
    assert merge(expect("/rollout pau", COMMANDS), {}) == (Candidate("pause", "Stops going up", 3),)
    assert expect("/rollout ", COMMANDS).sources == (Source.STEPS,)


def test_the_same_candidate_is_offered_once() -> None:
    live = {Source.STEPS: [("50%", "next"), ("50%", "again"), ("pause", "a step of that name")]}
    assert [candidate.text for candidate in merge(expect("/rollout ", COMMANDS), live)].count("50%") == 1
    assert [candidate.text for candidate in merge(expect("/rollout ", COMMANDS), live)].count("pause") == 1


def test_a_line_that_is_too_long_is_not_completed() -> None:
    assert expect("/rollout " + "x" * 2_000, COMMANDS) == Expectation()


def test_a_command_without_a_bare_verb_offers_its_verbs() -> None:
    assert expect("/x ", (Command("x", "X", ()),)).candidates == (
        Candidate("help", "what it can do, with examples", 0),
    )
    assert expect("/x y z", (Command("x", "X", ()),)) == Expectation()


PIECES = st.sampled_from(
    [
        "/rollout",
        "/flag",
        "/checklist",
        "help",
        "set",
        "tick",
        "problem",
        "25%",
        "checkout",
        "pro,",
        "--env",
        "--env=",
        "--all",
        "--because",
        "because",
        '"',
        "'",
        "<@U1",
        "é",
        "�",
        "\x00",
        "—",
    ]
)
LINES = st.one_of(st.lists(PIECES, max_size=8).map(" ".join), st.text(st.characters(codec=None), max_size=60))


@settings(max_examples=1_000)
@given(line=LINES, end=st.sampled_from(["", " "]))
def test_any_line_can_be_completed(line: str, end: str) -> None:
    for candidate in merge(expect(line + end, COMMANDS), LIVE):
        assert 0 <= candidate.replaces <= len(line + end)
        assert candidate.text


@pytest.mark.parametrize(
    "line", ["/", "/rollout 5", "/rollout start v", "/flag set checkout 1", "/checklist tick 2", "/flag list --env st"]
)
def test_what_is_offered_can_be_typed(line: str) -> None:
    assert isinstance(parse(accepted(line), COMMANDS), Parsed)
