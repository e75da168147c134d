"""Discord's application commands come from the declarations, within Discord's limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.discord.tree import application_commands, check_limits, fingerprint
from commands import ALL
from commands.command import Command, Option, OptionType, Request, Source, Verb
from tests.fakes.discord.command_limits import check_command
from tests.fakes.discord.findings import Findings

Json = dict[str, Any]


async def nothing(request: Request, bot: object) -> Any:
    raise AssertionError("no command is run here")


def command_of(*options: Option, bare: str = "", name: str = "try", about: str = "try it") -> Command:
    return Command(name, about, (Verb("it", "do it", nothing, ("/try it",), options),), bare=bare)


def options_of(made: list[Json], *path: str) -> dict[str, Json]:
    found: Any = {one["name"]: one for one in made}
    for name in path:
        found = {one["name"]: one for one in found[name]["options"]}
    return dict(found)


@pytest.mark.parametrize("prefix", ["", "rc-"])
def test_every_command_is_one_that_discord_takes(prefix: str) -> None:
    found = Findings()
    made = application_commands(ALL, prefix)
    for command in made:
        check_command(found, command["name"], command)
    assert found.problems == []
    assert [command["name"] for command in made] == [f"{prefix}{it.name}" for it in ALL] + [f"{prefix}help"]


def test_a_command_with_a_bare_verb_takes_a_line_first_and_what_that_verb_takes_by_name_beside_it() -> None:
    options = options_of(application_commands(ALL), "rollout")
    assert list(options) == ["what", "flag", "rollout", "because"]
    assert options["what"]["required"]
    assert options["what"]["autocomplete"]
    assert "25%" in options["what"]["description"]
    assert not any(option["required"] for name, option in options.items() if name != "what")


def test_every_other_command_has_its_verbs_as_sub_commands_and_help_among_them() -> None:
    flag = next(command for command in ALL if command.name == "flag")
    made = options_of(application_commands(ALL), "flag")
    assert list(made) == [*(verb.name for verb in flag.verbs), "help"]
    assert {option["type"] for option in made.values()} == {1}


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (OptionType.TEXT, 3),
        (OptionType.PERCENT, 3),
        (OptionType.DURATION, 3),
        (OptionType.MOMENT, 3),
        (OptionType.INTEGER, 4),
        (OptionType.SWITCH, 5),
        (OptionType.FLAG, 3),
        (OptionType.PLAN, 3),
        (OptionType.ROLLOUT, 3),
        (OptionType.ENVIRONMENT, 3),
        (OptionType.PERSON, 6),
        (OptionType.ITEM, 3),
        (OptionType.WORDS, 3),
    ],
)
def test_every_type_of_option_has_its_type_on_discord(kind: OptionType, number: int) -> None:
    (option,) = options_of(application_commands([command_of(Option("it", kind, "it"))]), "try", "it").values()
    assert option["type"] == number


def test_no_type_of_option_is_left_out() -> None:
    every = [Option(f"o-{kind.value}", kind, "it") for kind in OptionType]
    made = options_of(application_commands([command_of(*every)]), "try", "it")
    assert len(made) == len(OptionType)


def test_what_is_completed_is_a_text_with_autocomplete_people_included() -> None:
    option = Option("who", OptionType.PERSON, "who", completes=Source.PEOPLE)
    (made,) = options_of(application_commands([command_of(option)]), "try", "it").values()
    assert (made["type"], made["autocomplete"]) == (3, True)


def test_choices_are_offered_and_not_completed() -> None:
    option = Option("state", OptionType.TEXT, "which", choices=("draft", "live"), completes=Source.FLAGS)
    (made,) = options_of(application_commands([command_of(option)]), "try", "it").values()
    assert [choice["value"] for choice in made["choices"]] == ["draft", "live"]
    assert "autocomplete" not in made


def test_required_options_come_first_then_those_of_a_place_and_hidden_ones_not_at_all() -> None:
    command = command_of(
        Option("named", OptionType.TEXT, "it"),
        Option("version", OptionType.INTEGER, "it", hidden=True),
        Option("placed", OptionType.TEXT, "it", positional=True),
        Option("needed", OptionType.TEXT, "it", required=True),
    )
    assert list(options_of(application_commands([command]), "try", "it")) == ["needed", "placed", "named"]


def test_nobody_is_hidden_from_a_command_by_discords_own_permissions() -> None:
    assert {command["default_member_permissions"] for command in application_commands(ALL)} == {None}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (command_of(about="x" * 101), "1 to 100 characters"),
        (command_of(about=""), "1 to 100 characters"),
        (command_of(about="😀" * 51), "1 to 100 characters"),
        (command_of(name="Try"), "no name"),
        (command_of(name="try it"), "no name"),
        (command_of(name="x" * 33), "no name"),
        (command_of(*(Option(f"o{n}", OptionType.TEXT, "it") for n in range(26))), "at most 25 options"),
        (command_of(Option("a", OptionType.TEXT, "it"), Option("a", OptionType.TEXT, "it")), "a name of its own"),
        (
            command_of(Option("a", OptionType.TEXT, "it", choices=tuple(map(str, range(26))))),
            "at most 25 choices",
        ),
        (
            replace(
                command_of(),
                verbs=tuple(
                    Verb(
                        f"v{n}",
                        "x" * 100,
                        nothing,
                        (),
                        tuple(Option(f"o{m}", OptionType.TEXT, "x" * 100) for m in range(10)),
                    )
                    for n in range(8)
                ),
            ),
            "there may be 8000",
        ),
    ],
)
def test_what_discord_would_refuse_is_refused_when_it_is_made(command: Command, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        application_commands([command])


def test_more_than_a_hundred_commands_are_refused() -> None:
    with pytest.raises(ValueError, match="there may be 100"):
        application_commands([command_of(name=f"try{n}") for n in range(100)])


def test_options_in_the_wrong_order_are_refused() -> None:
    options = [{"name": "a", "description": "it"}, {"name": "b", "description": "it", "required": True}]
    with pytest.raises(ValueError, match="required options come first"):
        check_limits([{"name": "try", "description": "it", "options": options}])


def test_the_fingerprint_is_another_one_where_anything_is_and_the_same_where_nothing_is() -> None:
    usual = fingerprint(application_commands(ALL))
    assert usual == fingerprint(application_commands(ALL))
    changed = [replace(ALL[0], help="something else"), *ALL[1:]]
    assert usual != fingerprint(application_commands(changed))
    assert usual != fingerprint(application_commands(ALL, "rc-"))
