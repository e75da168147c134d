"""A declaration that some platform could not carry is found before it is used."""

from __future__ import annotations

from dataclasses import replace

import pytest

import commands
from commands.command import REASON, Command, Option, OptionType, Source, Verb
from commands.declarations import RESERVED_BY_SLACK, declaration_problems
from tests.commands.examples import COMMANDS, run

TEXT = Option("text", OptionType.TEXT, "a text")
VERB = Verb("go", "Goes", run, ("/x go",))
COMMAND = Command("x", "Does x", (VERB,))


def problems_of(command: Command) -> str:
    return "\n".join(declaration_problems((command,)))


def with_verb(**changes: object) -> Command:
    return replace(COMMAND, verbs=(replace(VERB, **changes),))  # type: ignore[arg-type]  # Each test changes fields by name.


def with_option(**changes: object) -> Command:
    return with_verb(options=(replace(TEXT, **changes),))  # type: ignore[arg-type]  # Each test changes fields by name.


def test_every_command_of_the_bot_can_be_carried_by_every_platform() -> None:
    assert declaration_problems(commands.ALL) == ()
    assert declaration_problems(COMMANDS) == ()


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (replace(COMMAND, name="X"), "/X: the name 'X' is not 1 to 32 lower-case letters"),
        (replace(COMMAND, name="x" * 33), "is not 1 to 32 lower-case letters"),
        (replace(COMMAND, name="x" * 32), "longer than Slack's 32"),
        (replace(COMMAND, name="status"), "/status: the name is reserved by Slack"),
        (replace(COMMAND, help=""), "/x: the help has 0 characters"),
        (replace(COMMAND, help="x" * 101), "/x: the help has 101 characters"),
        (replace(COMMAND, verbs=()), "/x: it has 0 verbs"),
        (replace(COMMAND, verbs=tuple(replace(VERB, name=f"go{n}") for n in range(26))), "/x: it has 26 verbs"),
        (
            replace(COMMAND, verbs=tuple(replace(VERB, name=f"{n:032}") for n in range(32))),
            "do not fit into Slack's usage hint",
        ),
        (
            replace(COMMAND, verbs=(VERB, replace(VERB, name="do", aliases=("go",)))),
            "verb or alias 'go' is there 2 times",
        ),
        (replace(COMMAND, bare="stop"), "bare names 'stop', which is not the name of a verb"),
        (replace(COMMAND, empty="stop"), "empty names 'stop', which is not the name of a verb"),
        (
            replace(with_option(required=True), empty="go"),
            "empty names 'go', which cannot be run without its options",
        ),
        (with_verb(name="Go!"), "the name 'Go!' is not"),
        (with_verb(aliases=("",)), "the name '' is not"),
        (with_verb(name="help"), "'help' asks for help"),
        (with_verb(help=""), "/x go: the help has 0 characters"),
        (with_verb(examples=()), "/x go: it has no example"),
        (with_verb(examples=("x go",)), "'x go' does not begin with /x"),
        (with_verb(examples=("/x gone away",)), "'/x gone away' is not understood"),
        (with_verb(examples=("/x help",)), "'/x help' is something else"),
        (with_verb(options=tuple(replace(TEXT, name=f"t{n}") for n in range(26))), "it has 26 options"),
        (with_verb(options=(TEXT, TEXT)), "option 'text' is there 2 times"),
        (with_verb(options=(replace(TEXT, name="reason"), REASON)), "option 'reason' is there 2 times"),
        (with_verb(options=(TEXT, replace(TEXT, name="more", required=True))), "required options come before"),
        (
            with_verb(options=(replace(TEXT, rest=True, positional=True), replace(TEXT, name="more", positional=True))),
            "option text takes the rest of the line and is not the last",
        ),
        (
            with_verb(options=(replace(TEXT, positional=True), replace(TEXT, name="more", positional=True, rest=True))),
            "option text may be left out, which nobody could tell",
        ),
        (with_option(name="Text"), "option Text: the name 'Text' is not"),
        (with_option(help="x" * 101), "option text: the help has 101 characters"),
        (with_option(choices=tuple(map(str, range(26)))), "option text: it has 26 choices"),
        (with_option(choices=("",)), "a choice has 1 to 100 characters"),
        (with_option(choices=("a", "A")), "choice 'a' is there 2 times"),
        (with_option(choices=("a",), completes=Source.FLAGS), "choices and completion exclude each other"),
        (with_option(hidden=True, required=True), "what is hidden cannot be required"),
        (with_option(type=OptionType.SWITCH, positional=True), "a switch is given by its name or not at all"),
        (
            with_verb(
                options=tuple(
                    replace(TEXT, name=f"t{n}", choices=tuple(f"{c:0100}" for c in range(3))) for n in range(20)
                )
            ),
            "Discord takes 8000",
        ),
    ],
)
def test_what_a_platform_cannot_carry_is_named(command: Command, problem: str) -> None:
    assert problem in problems_of(command)


def test_names_are_unique_and_there_are_not_too_many() -> None:
    assert "command 'x' is there 2 times" in declaration_problems((COMMAND, COMMAND))
    many = tuple(replace(COMMAND, name=f"x{n}") for n in range(51))
    assert "there are 51 commands; Slack takes 50" in declaration_problems(many)


def test_a_prefix_counts_as_part_of_the_name() -> None:
    assert declaration_problems((COMMAND,), "rc-") == ()
    assert declaration_problems(
        (replace(COMMAND, name="atus", verbs=(replace(VERB, examples=("/atus go",)),)),), "st"
    ) == ("/status: the name is reserved by Slack",)
    assert {"status", "who", "mute", "remind", "archive", "feedback"} <= RESERVED_BY_SLACK


def test_a_form_lists_what_is_required_first() -> None:
    verb = replace(VERB, options=(TEXT, replace(TEXT, name="more", required=True)))
    assert [option.name for option in verb.form] == ["more", "text"]
