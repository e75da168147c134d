"""What Discord accepts as application commands: docs.discord.com/developers/interactions/application-commands."""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from typing import Any

from tests.fakes.discord.findings import Findings
from tests.fakes.discord.posts import Json

MOST_OPTIONS, MOST_CHOICES, MOST_CHARACTERS = 25, 25, 8000
SAFE_INTEGER = 2**53


class CommandType(IntEnum):
    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


NESTING = {OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP}
COMPLETED = {OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER}
"""The types that may have choices or autocomplete."""


def check_command(found: Findings, place: str, command: Json) -> None:
    """Look through one command as it was sent; the place is a prefix for what is found."""
    kind = command.get("type") or CommandType.CHAT_INPUT
    found.number(f"{place}.type", kind, 1, 3)
    if kind == CommandType.CHAT_INPUT:
        _name(found, place, command.get("name"))
        found.text(f"{place}.description", command.get("description"), 100, shortest=1)
        _options(found, place, command.get("options") or [], within=None)
    else:
        found.text(f"{place}.name", command.get("name"), 32, shortest=1)
        found.text(f"{place}.description", command.get("description"), 0)
    if found.problems:
        return
    characters = _characters(command)
    if characters > MOST_CHARACTERS:
        found.say(place, f"Command exceeds maximum size ({MOST_CHARACTERS}); it has {characters} characters.")


def _name(found: Findings, place: str, name: Any) -> None:
    found.text(f"{place}.name", name, 32, shortest=1)
    if isinstance(name, str) and not all(one in "-_'" or unicodedata.category(one)[0] in "LNM" for one in name):
        found.say(f"{place}.name", f"String value did not match validation regex: {name!r}.")
    if isinstance(name, str) and name != name.lower():
        found.say(f"{place}.name", f"Command name must be lowercase: {name!r}.")


def _options(found: Findings, place: str, options: Any, *, within: OptionType | None) -> None:
    """Look through the options of a command, a group or a sub-command."""
    listed = found.items(f"{place}.options", options, MOST_OPTIONS)
    kinds = [option.get("type") for option in listed]
    nesting = [kind for kind in kinds if kind in NESTING]
    if nesting and len(nesting) != len(kinds):
        found.say(f"{place}.options", "Sub-commands and groups cannot stand beside other options.")
    for number, option in enumerate(listed):
        _option(found, f"{place}.options.{number}", option, within)
    found.unique(f"{place}.options", [option.get("name") for option in listed], "Option names")
    required = [bool(option.get("required")) for option in listed]
    if required != sorted(required, reverse=True):
        found.say(f"{place}.options", "Required options must be placed before non-required options.")


def _option(found: Findings, place: str, option: Json, within: OptionType | None) -> None:
    kind = option.get("type")
    _name(found, place, option.get("name"))
    found.text(f"{place}.description", option.get("description"), 100, shortest=1)
    found.number(f"{place}.type", kind or 0, 1, 11)
    if within is OptionType.SUB_COMMAND_GROUP and kind != OptionType.SUB_COMMAND:
        found.say(f"{place}.type", "A group holds sub-commands only.")
    elif within is OptionType.SUB_COMMAND and kind in NESTING:
        found.say(f"{place}.type", "A sub-command holds no further ones.")
    elif kind in NESTING:
        _options(found, place, option.get("options") or [], within=OptionType(kind))
    else:
        _value_limits(found, place, option)


def _value_limits(found: Findings, place: str, option: Json) -> None:
    kind = option.get("type")
    choices, completed = option.get("choices") or [], option.get("autocomplete")
    if kind not in COMPLETED and (choices or completed):
        found.say(place, "Only texts and numbers have choices or autocomplete.")
    if choices and completed:
        found.say(f"{place}.autocomplete", "An option has choices or autocomplete, not both.")
    for name, least in (("min_length", 0), ("max_length", 1)):
        found.number(f"{place}.{name}", option.get(name), least, 6000)
    if any(option.get(name) is not None for name in ("min_length", "max_length")) and kind != OptionType.STRING:
        found.say(place, "Only texts have a length.")
    if any(option.get(name) is not None for name in ("min_value", "max_value")) and kind not in {4, 10}:
        found.say(place, "Only numbers have bounds.")
    check_choices(found, f"{place}.choices", choices, kind)


def check_choices(found: Findings, place: str, choices: Any, kind: Any) -> None:
    """Look through the choices of an option, or of an answer to an autocomplete, for an option of that type."""
    listed = found.items(place, choices, MOST_CHOICES)
    for number, choice in enumerate(listed):
        found.text(f"{place}.{number}.name", choice.get("name"), 100, shortest=1)
        value = choice.get("value")
        if not fits(value, kind):
            found.say(f"{place}.{number}.value", f"{value!r} is no value for an option of type {kind}.")
        elif isinstance(value, str):
            found.text(f"{place}.{number}.value", value, 100, shortest=1)
    found.unique(place, [choice.get("name") for choice in listed], "Choice names")


def fits(value: Any, kind: Any) -> bool:
    """Return whether a value can be given for a text, an integer or a number."""
    match kind:
        case OptionType.STRING:
            return isinstance(value, str)
        case OptionType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= SAFE_INTEGER
        case OptionType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= SAFE_INTEGER
        case _:
            return False


def _characters(command: Json) -> int:
    own = sum(len(command.get(name) or "") for name in ("name", "description"))
    own += sum(len(choice["name"]) + len(str(choice["value"])) for choice in command.get("choices") or ())
    return own + sum(_characters(option) for option in command.get("options") or ())
