"""Discord's application commands, made from the declarations of what people can type."""

from __future__ import annotations

import hashlib
import json
import re
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bot.chat.characters import size
from commands.command import OptionType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commands.command import Command, Option, Verb

Json = dict[str, Any]

LINE = "what"
"""The first option of a command that is typed as a line: `/rollout 25%`."""

HELP = "help"
ABOUT = "about"

MOST_COMMANDS = 100
MOST_OPTIONS = 25
MOST_CHOICES = 25
LONGEST_DESCRIPTION = 100
MOST_CHARACTERS = 8000
"""docs.discord.com/developers/interactions/application-commands."""

_NAME = re.compile(r"[-_'\w]{1,32}")


class CommandOption(IntEnum):
    """Discord's types of options, as far as they are used."""

    SUB_COMMAND = 1
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6


# A percentage, a length of time, a rollout's number are typed as people write them (25%, 2h, #3): Discord's numbers
# would refuse the signs, and say less about it than our grammar does.
_KINDS = {
    OptionType.INTEGER: CommandOption.INTEGER,
    OptionType.SWITCH: CommandOption.BOOLEAN,
    OptionType.PERSON: CommandOption.USER,
}


def application_commands(commands: Sequence[Command], prefix: str = "") -> list[Json]:
    """Return the commands as they are registered. Raises ValueError where one is over a limit of Discord's.

    A command with a bare verb is typed as a line, as everywhere else; every other one has its verbs as sub-commands,
    with typed options. Nobody is hidden from them by Discord's permissions: who may do what is our own to say.
    """
    found = [*(_command(command, prefix) for command in commands), _help(commands, prefix)]
    check_limits(found)
    return found


def fingerprint(registered: Sequence[Json]) -> str:
    """Return a short text that is another one where the commands are."""
    return hashlib.sha256(json.dumps(registered, sort_keys=True).encode()).hexdigest()[:32]


def is_line(command: Command) -> bool:
    """Say whether a command takes a line of text, rather than sub-commands."""
    return bool(command.bare)


def beside_the_line(command: Command) -> tuple[Option, ...]:
    """Return the options that can be given beside a line: those that the bare verb takes by name."""
    bare = command.verb(command.bare)
    named = () if bare is None else tuple(option for option in bare.options if not option.positional)
    return tuple(option for option in named if not option.hidden)


def _command(command: Command, prefix: str) -> Json:
    if is_line(command):
        options = [_line(command), *map(_option, beside_the_line(command))]
    else:
        options = [*map(_sub_command, command.verbs), _sub_help(command)]
    return _root(f"{prefix}{command.name}", command.help, options)


def _root(name: str, about: str, options: list[Json]) -> Json:
    return {
        "type": 1,
        "name": name,
        "description": _sentence(about),
        "options": options,
        "default_member_permissions": None,
    }


def _line(command: Command) -> Json:
    """Return the option for the line. It is required, because Discord loses what is typed for one that is not.

    The cursor stands in a required option at once; what is pasted where only optional ones follow is dropped
    (github.com/discord/discord-api-docs/issues/2585, 2626).
    """
    return {
        "type": CommandOption.STRING,
        "name": LINE,
        "description": _examples(command),
        "required": True,
        "autocomplete": True,
    }


def _examples(command: Command) -> str:
    """Say what can be typed, with as many examples as there is room for."""
    said = ""
    for verb in command.verbs:
        words = verb.examples[0].partition(" ")[2] if verb.examples else verb.name
        longer = f"{said}, {words}" if said else f"As you would type it: {words}"
        if size(longer) <= LONGEST_DESCRIPTION:
            said = longer
    return said


def _sub_command(verb: Verb) -> Json:
    shown = (option for option in verb.options if not option.hidden)
    # Discord wants the required ones first; then comes what is told by its place elsewhere.
    ordered = sorted(shown, key=lambda option: (not option.required, not option.positional))
    return {
        "type": CommandOption.SUB_COMMAND,
        "name": verb.name,
        "description": _sentence(verb.help),
        "options": [_option(option) for option in ordered],
    }


def _option(option: Option) -> Json:
    kind = CommandOption.STRING if _is_chosen(option) else _KINDS.get(option.type, CommandOption.STRING)
    made: Json = {
        "type": kind,
        "name": option.name,
        "description": _sentence(option.help),
        "required": option.required,
    }
    if option.choices:
        made["choices"] = [{"name": choice, "value": choice} for choice in option.choices]
    elif option.completes is not None:
        made["autocomplete"] = True
    elif kind is CommandOption.INTEGER:
        made["min_value"] = 0
    return made


def _is_chosen(option: Option) -> bool:
    """Say whether values are offered: then a text takes them all, people whom Discord does not know included."""
    return bool(option.choices) or option.completes is not None


def _sub_help(command: Command) -> Json:
    return {
        "type": CommandOption.SUB_COMMAND,
        "name": HELP,
        "description": "What it can do, with examples",
        "options": [_about("Which of them", [verb.name for verb in command.verbs])],
    }


def _help(commands: Sequence[Command], prefix: str) -> Json:
    about = _about("Which command", [command.name for command in commands])
    return _root(f"{prefix}{HELP}", "all commands, or one of them with examples", [about])


def _about(said: str, names: list[str]) -> Json:
    choices = [{"name": name, "value": name} for name in names[:MOST_CHOICES]]
    return {
        "type": CommandOption.STRING,
        "name": ABOUT,
        "description": said,
        "required": False,
        "choices": choices,
    }


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def check_limits(registered: Sequence[Json]) -> None:
    """Raise ValueError, with every reason, where Discord would refuse the commands."""
    problems = [problem for command in registered for problem in _problems(command, command["name"])]
    for command in registered:
        characters = _characters(command)
        if characters > MOST_CHARACTERS:
            problems.append(f"{command['name']}: {characters} characters, and there may be {MOST_CHARACTERS}")
    if len(registered) > MOST_COMMANDS:
        problems.append(f"{len(registered)} commands, and there may be {MOST_COMMANDS}")
    if problems:
        raise ValueError(f"Discord would not take the commands: {'; '.join(problems)}")


def _problems(part: Mapping[str, Any], place: str) -> Iterator[str]:
    name, said = part["name"], part["description"]
    if not _NAME.fullmatch(name) or name != name.lower():
        yield f"{place}: {name!r} is no name for a command or an option"
    if not 1 <= size(said) <= LONGEST_DESCRIPTION:
        yield f"{place}: a description has 1 to {LONGEST_DESCRIPTION} characters, this one has {size(said)}"
    options, choices = part.get("options", ()), part.get("choices", ())
    if len(options) > MOST_OPTIONS or len({it["name"] for it in options}) < len(options):
        yield f"{place}: at most {MOST_OPTIONS} options or sub-commands, each with a name of its own"
    if len(choices) > MOST_CHOICES or any(not 1 <= size(it["name"]) <= LONGEST_DESCRIPTION for it in choices):
        yield f"{place}: at most {MOST_CHOICES} choices of 1 to {LONGEST_DESCRIPTION} characters"
    required = [bool(it.get("required")) for it in options]
    if required != sorted(required, reverse=True):
        yield f"{place}: required options come first"
    for option in options:
        yield from _problems(option, f"{place} {option['name']}")


def _characters(part: Mapping[str, Any]) -> int:
    own = size(part["name"]) + size(part["description"])
    own += sum(size(choice["name"]) + size(str(choice["value"])) for choice in part.get("choices", ()))
    return own + sum(map(_characters, part.get("options", ())))
