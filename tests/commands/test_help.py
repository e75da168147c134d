"""The help follows from the declarations, and needs nothing else."""

from __future__ import annotations

from bot.domain.access import GRANTS, Permission
from bot.domain.message import Bullets, Heading, Message, Note, Paragraph, plain_text
from commands.command import HelpWanted
from commands.help import command_help, help_for, help_message, verb_help, who_may
from tests.commands.examples import CHECKLIST_COMMAND, COMMANDS, FLAG_COMMAND, ROLLOUT_COMMAND


def shown(message: Message) -> list[str]:
    """Return the lines of a message as a plain reader sees them."""
    lines: list[str] = []
    for block in message.blocks:
        match block:
            case Heading():
                lines.append(f"# {block.text}")
            case Paragraph() | Note():
                lines.append(plain_text(block.line))
            case Bullets():
                lines += [f"- {plain_text(item)}" for item in block.items]
            case _:
                raise AssertionError(block)
    return lines


def help_on(command: str, verb: str) -> list[str]:
    found = next(candidate for candidate in COMMANDS if candidate.name == command)
    about = found.verb(verb)
    assert about is not None
    return shown(verb_help(found, about))


def test_all_commands_are_listed_with_what_they_do() -> None:
    assert shown(help_message(COMMANDS, "rc-")) == [
        "# What you can type",
        "- /rc-rollout – Moves a rollout",
        "- /rc-flag – Changes a flag",
        "- /rc-checklist – Ticks what is done",
        "More about one: /rc-rollout help.",
    ]
    assert help_message(COMMANDS).summary == "Commands: /rollout, /flag, /checklist."


def test_a_command_shows_how_each_of_its_verbs_is_typed() -> None:
    assert shown(command_help(ROLLOUT_COMMAND)) == [
        "# /rollout",
        "Moves a rollout.",
        "- /rollout to PERCENT [--rollout ROLLOUT] [because REASON] – Goes to a percentage",
        "- /rollout start PLAN [because REASON] – Starts a plan",
        "- /rollout pause [--rollout ROLLOUT] [because REASON] – Stops going up",
        "- /rollout rollback [LEVEL] [--rollout ROLLOUT] [because REASON] – Goes all the way back",
        "- /rollout status [--rollout ROLLOUT] [--all] – Shows where it stands",
        "- /rollout problem TEXT [--from PERSON] – Reports a problem",
        "/rollout PERCENT is short for /rollout to PERCENT.",
        "/rollout alone is /rollout status.",
        "What stands in square brackets may be left out. More about one: /rollout help to.",
    ]


def test_a_verb_shows_its_options_examples_and_who_may_use_it() -> None:
    assert help_on("rollout", "to") == [
        "# /rollout to",
        "Goes to a percentage.",
        "/rollout to PERCENT [--rollout ROLLOUT] [because REASON]",
        "- PERCENT – how many, also as --percent",
        "- --rollout ROLLOUT – which rollout, when this channel has several (may be left out)",
        "- because REASON – why; kept in the audit log and shown to the others (may be left out)",
        "For example:",
        "- /rollout 25%",
        '- /rollout to 25 because "support is quiet"',
        "/rollout PERCENT is short for /rollout to PERCENT.",
        "Who may: operators, leads and owners.",
    ]


def test_other_names_and_choices_are_shown() -> None:
    assert "Also understood: hold, stop." in help_on("rollout", "pause")
    assert "/rollout alone is /rollout status." in help_on("rollout", "status")
    assert any("--sort newest|oldest|Name" in text for text in help_on("flag", "list"))
    assert shown(command_help(CHECKLIST_COMMAND))[-2] == "/checklist is short for /checklist show."


def test_what_is_hidden_is_shown_nowhere() -> None:
    texts = [text for command in COMMANDS for text in shown(command_help(command))]
    texts += [text for command in COMMANDS for verb in command.verbs for text in help_on(command.name, verb.name)]
    assert not any("version" in text for text in texts)


def test_who_may_is_told_in_words() -> None:
    assert who_may(Permission.VIEW) == who_may(Permission.REPORT) == "everybody"
    assert who_may(Permission.CONFIRM) == "testers, operators, leads and owners"
    assert who_may(Permission.ADMINISTER) == "owners"


def test_who_may_is_told_by_the_roles_of_the_team_in_force() -> None:
    grants = {**GRANTS, "qa": frozenset({Permission.CONFIRM}), "security": frozenset[Permission]()}
    assert who_may(Permission.CONFIRM, grants) == "testers, operators, leads, owners and people with the role qa"
    assert who_may(Permission.CHANGE, {"qa": frozenset({Permission.CONFIRM})}) == "nobody"
    approve = HelpWanted(CHECKLIST_COMMAND, CHECKLIST_COMMAND.verbs[0])
    asked = help_for(approve, COMMANDS, grants={"crew": frozenset(Permission)})
    assert shown(asked)[-1] in {"Who may: people with the role crew.", "Who may: everybody."}


def test_help_goes_as_deep_as_it_was_asked_for_and_to_one_person_only() -> None:
    verb = FLAG_COMMAND.verbs[0]
    answers = [
        help_for(wanted, COMMANDS)
        for wanted in (HelpWanted(), HelpWanted(FLAG_COMMAND), HelpWanted(FLAG_COMMAND, verb))
    ]
    assert answers == [help_message(COMMANDS), command_help(FLAG_COMMAND), verb_help(FLAG_COMMAND, verb)]
    assert all(message.private for message in answers)
    assert shown(help_message(())) == ["# What you can type"]
