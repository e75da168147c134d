"""What people type is understood, and what is not gets the nearest valid form."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.errors import NotUnderstood
from bot.domain.percent import Percent
from commands.command import Command, HelpWanted, Option, OptionType, Parsed, Verb
from commands.parser import parse
from tests.commands.examples import CHECKLIST_COMMAND, COMMANDS, FLAG_COMMAND, ROLLOUT_COMMAND, run

FIVE, QUARTER = Percent.parse("5%"), Percent.parse("25%")


def understood(line: str, prefix: str = "") -> tuple[str, dict[str, object]]:
    parsed = parse(line, COMMANDS, prefix)
    assert isinstance(parsed, Parsed), parsed
    return f"{parsed.command.name} {parsed.verb.name}", parsed.values


def refused(line: str, prefix: str = "") -> NotUnderstood:
    with pytest.raises(NotUnderstood) as caught:
        parse(line, COMMANDS, prefix)
    return caught.value


@pytest.mark.parametrize(
    "line",
    [
        "/rollout 25%",
        "rollout 25%",
        "/rollout 25",
        "/rollout 25 %",
        "/ROLLOUT To 25%",
        "  /rollout\u00a0to\n25％ ",
        "`/rollout 25%`",
        "/ rollout 25%",
        "/rollout ２５％",
        '/rollout "25%"',
        "/rollout --percent 25",
        "/rollout —percent=25%",
    ],
)
def test_a_percentage_after_the_command_is_enough(line: str) -> None:
    assert understood(line) == ("rollout to", {"percent": QUARTER})


@pytest.mark.parametrize(
    "line",
    [
        '/rollout to 25 because "support is quiet"',
        "/rollout 25% because support is quiet",
        "/rollout 25% BECAUSE “support is quiet”",
        "/rollout 25% --because support   is quiet",
        "/rollout 25% --reason 'support is quiet'",
        '/rollout 25% --reason="support is quiet"',
        '/rollout --because "support is quiet" 25%'
        if False
        else '/rollout to --because "support is quiet" --percent 25%',
    ],
)
def test_a_reason_may_be_given_in_every_usual_way(line: str) -> None:
    assert understood(line) == ("rollout to", {"percent": QUARTER, "because": "support is quiet"})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("it’s quiet", "it's quiet"),
        ('the 19" screens are fine', 'the 19" screens are fine'),
        ('"a" and "b" agree', '"a" and "b" agree'),
        (r'"she said \"go\""', 'she said "go"'),
        ("quiet — really", "quiet — really"),
        ("because we can", "because we can"),
        ("see <https://example.org/a b|the board>", "see <https://example.org/a b|the board>"),
    ],
)
def test_a_reason_is_kept_as_it_was_typed(typed: str, kept: str) -> None:
    assert understood(f"/rollout 25% because {typed}")[1]["because"] == kept


@pytest.mark.parametrize(
    "option", ["--env staging", "--env=staging", "—env staging", "–env=staging", "-env staging", '--env="staging"']
)
def test_an_option_stands_anywhere_before_the_reason_or_after_a_quoted_one(option: str) -> None:
    values = {"flag": "checkout", "percent": FIVE, "env": "staging"}
    assert understood(f"/flag set checkout 5% {option}") == ("flag set", values)
    assert understood(f"/flag set {option} checkout 5%") == ("flag set", values)
    assert understood(f'/flag set checkout 5% because "a b" {option}') == ("flag set", {**values, "because": "a b"})


def test_an_option_is_never_swallowed_by_a_reason() -> None:
    error = refused("/flag set checkout 5% because it is quiet --env staging")
    assert error.sentence == "“--env” stands inside a text that goes on to the end of the line."
    assert error.hints[0] == 'Did you mean /flag set checkout 5% because "it is quiet" --env staging?'
    assert understood('/rollout 25% because "we pass --rollout now"')[1]["because"] == "we pass --rollout now"
    assert understood("/rollout 25% because we pass --verbose now")[1]["because"] == "we pass --verbose now"


def test_a_free_text_needs_no_quotes_and_ends_where_a_reason_begins() -> None:
    assert understood("/rollout problem it fails because of me") == (
        "rollout problem",
        {"text": "it fails because of me"},
    )
    tick = ("checklist tick", {"item": "Database backed up", "because": "I saw it"})
    assert understood("/checklist tick Database backed up because I saw it") == tick
    assert understood('/checklist tick "Database backed up" because "I saw it"') == tick
    assert understood("/checklist tick 2.1") == ("checklist tick", {"item": "2.1"})


def test_an_optional_word_may_be_left_out_before_a_required_one() -> None:
    assert understood("/flag dial 5%") == ("flag dial", {"percent": FIVE})
    assert understood("/flag dial checkout 5%") == ("flag dial", {"flag": "checkout", "percent": FIVE})


def test_words_between_commas_are_a_list_also_with_spaces() -> None:
    values = {"flag": "checkout", "tiers": ("pro", "enterprise")}
    assert understood("/flag target checkout pro,enterprise") == ("flag target", values)
    assert understood("/flag target checkout pro, enterprise,") == ("flag target", values)
    assert understood("/flag target checkout pro, because x")[1]["tiers"] == ("pro",)


def test_switches_choices_and_lengths_of_time_are_typed() -> None:
    assert understood("/rollout status --all --rollout #12") == ("rollout status", {"all": True, "rollout": 12})
    assert understood("/rollout status --all=no")[1] == {"all": False}
    assert understood("/flag list --sort NAME --since 2h")[1] == {"sort": "Name", "since": timedelta(hours=2)}


def test_a_button_may_carry_the_version_it_was_drawn_for() -> None:
    assert understood("/rollout 25% --version 7")[1] == {"percent": QUARTER, "version": 7}


def test_a_command_alone_is_its_empty_verb_or_its_bare_one() -> None:
    assert understood("/rollout") == ("rollout status", {})
    assert understood("/checklist") == ("checklist show", {})
    assert understood("/rollout --rollout 12") == ("rollout status", {"rollout": 12})
    assert parse("/x", (Command("x", "X", ()),)) == HelpWanted(Command("x", "X", ()))


def test_another_name_of_a_verb_is_that_verb() -> None:
    assert understood("/rollout HOLD because x")[0] == "rollout pause"


def test_a_prefix_may_be_typed_and_is_shown_in_suggestions() -> None:
    assert understood("/rc-rollout 25%", "rc-") == understood("/rollout 25%", "rc-") == understood("/rollout 25%")
    assert refused("/rc-rolout 25%", "rc-").hints == ("Did you mean /rc-rollout 25%?",)
    assert refused("/rc-rollout 125%", "rc-").hints[-1] == "Example: /rc-rollout 25%"
    assert parse("/rc-help", COMMANDS, "rc-") == HelpWanted()


@pytest.mark.parametrize(
    ("line", "command", "verb"),
    [
        ("/help", None, ""),
        ("help", None, ""),
        ("?", None, ""),
        ("--help", None, ""),
        ("/help rollout", ROLLOUT_COMMAND, ""),
        ("/help /flag set", FLAG_COMMAND, "set"),
        ("/help tick", CHECKLIST_COMMAND, "tick"),
        ("/rollout help", ROLLOUT_COMMAND, ""),
        ("/rollout ?", ROLLOUT_COMMAND, ""),
        ("/rollout —help", ROLLOUT_COMMAND, ""),
        ("/rollout help pause", ROLLOUT_COMMAND, "pause"),
        ("/rollout help hold", ROLLOUT_COMMAND, "pause"),
        ("/rollout help nothing", ROLLOUT_COMMAND, ""),
        ("/rollout pause help", ROLLOUT_COMMAND, "pause"),
        ("/rollout start help", ROLLOUT_COMMAND, "start"),
        ("/flag set checkout -h", FLAG_COMMAND, "set"),
        ("/rollout 25% ?", ROLLOUT_COMMAND, "to"),
    ],
)
def test_help_is_there_for_everything(line: str, command: Command | None, verb: str) -> None:
    assert parse(line, COMMANDS) == HelpWanted(command, command.verb(verb) if command else None)


def test_help_in_a_free_text_is_a_word_like_any_other() -> None:
    assert understood("/rollout problem help") == ("rollout problem", {"text": "help"})
    assert understood('/rollout start "help"') == ("rollout start", {"plan": "help"})


@pytest.mark.parametrize(
    ("line", "sentence", "first_hint"),
    [
        ("/rolout 25%", "There is no command “rolout”.", "Did you mean /rollout 25%?"),
        ("/rolout foo bar", "There is no command “rolout”.", "Did you mean /rollout?"),
        ("/rollout puase", "“puase” is not something that /rollout can do.", "Did you mean /rollout pause?"),
        ("/rollout puase --foo", "“puase” is not something that /rollout can do.", "Did you mean /rollout pause?"),
        ("/rollout hlep", "“hlep” is not something that /rollout can do.", "Did you mean /rollout help?"),
        ("pause because x", "There is no command “pause”.", "Did you mean /rollout pause because x?"),
        ("25%", "There is no command “25%”.", "Did you mean /rollout 25%?"),
        ("/help rolout", "There is no command “rolout”.", "Did you mean /help rollout?"),
        ("/xyz", "There is no command “xyz”.", "The commands are /rollout, /flag, /checklist."),
        ("/", "There is no command in that line.", "The commands are /rollout, /flag, /checklist."),
        ("/flag 5%", "“5%” is not something that /flag can do.", "After /flag comes one of: list, set, dial, target."),
        (
            "/rollout twenty",
            "“twenty” is not something that /rollout can do.",
            "After /rollout comes one of: to, start, pause, rollback, status, problem.",
        ),
        ("/rollout 25% foo", "I did not understand “foo” at the end.", "Did you mean /rollout 25% because foo?"),
        ("/rollout 25% foo --rollout 1", "I did not understand “foo”.", "Usage: "),
        (
            "/rollout 25% rollout 12",
            "I did not understand “rollout 12” at the end.",
            "Did you mean /rollout 25% --rollout 12?",
        ),
        ("/rollout status foo", "I did not understand “foo” at the end.", "Usage: /rollout status"),
        ("/rollout status because x", "/rollout status takes no reason.", "Usage: /rollout status"),
        (
            "/rollout 25% --rolout 12",
            "“--rolout” is not an option of /rollout to.",
            "Did you mean /rollout 25% --rollout 12?",
        ),
        (
            "/rollout 25% --rolout=12",
            "“--rolout” is not an option of /rollout to.",
            "Did you mean /rollout 25% --rollout=12?",
        ),
        ("/rollout 25% --xyz", "“--xyz” is not an option of /rollout to.", "Usage: "),
        ("/rollout 25% --versoin 3", "“--versoin” is not an option of /rollout to.", "Usage: "),
        (
            "/rollout 25% --rollout",
            "--rollout needs a value after it: which rollout, when this channel has several.",
            "Usage: ",
        ),
        (
            "/rollout 25% --rollout=",
            "--rollout needs a value after it: which rollout, when this channel has several.",
            "Usage: ",
        ),
        ("/rollout 25% --rollout 1 --rollout 2", "--rollout is given twice.", "Usage: "),
        ('/rollout 25% because "a" --reason b', "The reason is given twice.", "Usage: "),
        (
            "/rollout 25% because",
            "The reason is missing at the end: why; kept in the audit log and shown to the others.",
            "Usage: ",
        ),
        ("/flag set checkout", "/flag set also needs a percentage: how many.", "Usage: /flag set FLAG PERCENT"),
        ("/flag set 5%", "/flag set also needs a flag: which flag.", "Usage: "),
        ("/flag dial checkout", "/flag dial also needs a percentage: how many.", "Usage: /flag dial [FLAG] PERCENT"),
        ("/rollout problem", "/rollout problem also needs TEXT: what is wrong.", "Usage: "),
        (
            "/flag list --sort newset",
            "“newset” is none of newest, oldest, Name.",
            "Did you mean /flag list --sort newest?",
        ),
        (
            "/flag list --sort newset --env",
            "“newset” is none of newest, oldest, Name.",
            "Did you mean /flag list --sort newest?",
        ),
        ('/rollout 25% because "quiet', 'A quotation mark is opened and not closed: “"quiet”.', "Close it"),
        ('/rollout "25%', 'A quotation mark is opened and not closed: “"25%”.', "Close it"),
    ],
)
def test_what_is_not_understood_is_quoted_with_the_nearest_valid_form(
    line: str, sentence: str, first_hint: str
) -> None:
    error = refused(line)
    assert error.sentence == sentence
    assert error.hints[0].startswith(first_hint), error.hints


def test_a_wrong_percentage_names_it_and_shows_usage_and_an_example() -> None:
    error = refused("/rollout 125%")
    assert error.sentence.startswith("“125%” is above 100%")
    assert error.hints == ("Usage: /rollout to PERCENT [--rollout ROLLOUT] [because REASON]", "Example: /rollout 25%")


def test_a_required_choice_and_a_required_reason_are_asked_for_in_words() -> None:
    kind = Option("kind", OptionType.TEXT, "which kind", required=True, choices=("a", "b"))
    reason = Option("because", OptionType.TEXT, "why", required=True, positional=True, rest=True)
    command = Command("x", "X", (Verb("go", "Goes", run, (), (reason,)), Verb("choose", "Chooses", run, (), (kind,))))
    with pytest.raises(NotUnderstood, match="/x choose also needs one of a, b: which kind"):
        parse("/x choose", (command,))
    with pytest.raises(NotUnderstood, match="/x go also needs a reason: why"):
        parse("/x go", (command,))
    for line in ("/x go all is quiet", "/x go because all is quiet", "/x go --reason all is quiet"):
        parsed = parse(line, (command,))
        assert isinstance(parsed, Parsed)
        assert parsed.values == {"because": "all is quiet"}


def test_quoted_text_and_suggested_lines_are_cut() -> None:
    error = refused(f"/rollout 25% {'x' * 1900}")
    assert error.sentence == f"I did not understand “{'x' * 59}…” at the end."
    assert all(len(hint) < 150 for hint in error.hints)


def test_a_line_full_of_mistakes_is_answered_too() -> None:
    assert refused("/rollout 25% because a" + " --rollout 1 because b" * 85).hints
    assert refused("/flag list" + " --sort newset" * 100).hints
