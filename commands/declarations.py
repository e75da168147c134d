"""What every declaration has to keep to, so that Slack, Discord and the help can be made from it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.errors import NotUnderstood
from commands.arguments import HELP_WORDS, OTHER_OPTION_NAMES
from commands.command import OptionType, Parsed
from commands.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from commands.command import Command, Option, Verb

NAME = re.compile(r"[a-z0-9][-_a-z0-9]{0,31}")
LONGEST_DESCRIPTION = 100
"""Discord's; Slack's manifest allows 2,000 characters."""

MOST_OPTIONS = MOST_CHOICES = MOST_VERBS = 25
LONGEST_CHOICE = 100
LONGEST_COMMAND = 8_000
"""Discord adds up names, descriptions and choices of a command and everything in it."""

MOST_COMMANDS = 50
"""Slack's manifest takes fewer than Discord's 100."""

LONGEST_SLACK_NAME = 32
"""Slack counts the slash."""

LONGEST_SLACK_HINT = 1_000

# The last ones were seen as reserved by some and accepted by others; one bad name makes the whole manifest invalid.
RESERVED_BY_SLACK = frozenset(
    {
        *("archive", "away", "collapse", "dnd", "expand", "feed", "feedback", "join", "leave", "me", "msg", "mute"),
        *("open", "pro", "remind", "search", "shortcuts", "shrug", "status", "topic", "who"),
        *("commands", "debug", "help", "kill", "send"),
    }
)


def declaration_problems(commands: Sequence[Command], prefix: str = "") -> tuple[str, ...]:
    """Return what is wrong with the declarations, one sentence each; nothing when all is well."""
    problems = [*_repeated("command", (command.name for command in commands))]
    if len(commands) > MOST_COMMANDS:
        problems.append(f"there are {len(commands)} commands; Slack takes {MOST_COMMANDS}")
    for command in commands:
        place = f"/{prefix}{command.name}"
        problems += [f"{place}: {problem}" for problem in _of_command(command, prefix)]
        for verb in command.verbs:
            problems += [f"{place} {verb.name}: {problem}" for problem in _of_verb(verb)]
            problems += [f"{place} {verb.name}: {problem}" for problem in _of_examples(commands, command, verb)]
    return tuple(problems)


def _of_command(command: Command, prefix: str) -> Iterator[str]:
    name = f"{prefix}{command.name}"
    yield from _of_name(name)
    yield from _of_description(command.help)
    if len(f"/{name}") > LONGEST_SLACK_NAME:
        yield f"with its slash the name is longer than Slack's {LONGEST_SLACK_NAME} characters"
    if name in RESERVED_BY_SLACK:
        yield "the name is reserved by Slack"
    if not 1 <= len(command.verbs) <= MOST_VERBS:
        yield f"it has {len(command.verbs)} verbs, not 1 to {MOST_VERBS}"
    if len("|".join(verb.name for verb in command.verbs)) > LONGEST_SLACK_HINT:
        yield "its verbs do not fit into Slack's usage hint"
    if _size(command) > LONGEST_COMMAND:
        yield f"its texts are {_size(command)} characters long; Discord takes {LONGEST_COMMAND}"
    yield from _repeated("verb or alias", (name for verb in command.verbs for name in (verb.name, *verb.aliases)))
    yield from _of_defaults(command)


def _of_defaults(command: Command) -> Iterator[str]:
    """Check the verbs that are meant when none is typed."""
    for what, name in (("bare", command.bare), ("empty", command.empty)):
        verb = command.verb(name)
        if name and (verb is None or verb.name != name):
            yield f"{what} names {name!r}, which is not the name of a verb"
        if verb is not None and what == "empty" and any(option.required for option in verb.options):
            yield f"empty names {name!r}, which cannot be run without its options"


def _of_verb(verb: Verb) -> Iterator[str]:
    for name in (verb.name, *verb.aliases):
        yield from _of_name(name)
        if name in HELP_WORDS:
            yield f"{name!r} asks for help"
    yield from _of_description(verb.help)
    if len(verb.options) > MOST_OPTIONS:
        yield f"it has {len(verb.options)} options; Discord takes {MOST_OPTIONS}"
    other_names = [other for other, name in OTHER_OPTION_NAMES.items() if verb.option(name) is not None]
    yield from _repeated("option", (*(option.name for option in verb.options), *other_names, "help"))
    for option in verb.options:
        for problem in _of_option(option):
            yield f"option {option.name}: {problem}"
    yield from _of_order(verb)


def _of_order(verb: Verb) -> Iterator[str]:
    """Check the order of the options. An optional one may be left out before a required one: `/flag set [FLAG] 5%`."""
    by_name = [option.required for option in verb.options if not option.positional]
    if by_name != sorted(by_name, reverse=True):
        yield "required options come before those that may be left out"
    *before, _ = verb.positional or (None,)
    for option in filter(None, before):
        if option.rest:
            yield f"option {option.name} takes the rest of the line and is not the last that is told by its place"
        elif not option.required and verb.positional[-1].rest:
            yield f"option {option.name} may be left out, which nobody could tell before a text to the end of the line"


def _of_option(option: Option) -> Iterator[str]:
    yield from _of_name(option.name)
    yield from _of_description(option.help)
    if len(option.choices) > MOST_CHOICES:
        yield f"it has {len(option.choices)} choices; Discord takes {MOST_CHOICES}"
    if not all(0 < len(choice) <= LONGEST_CHOICE for choice in option.choices):
        yield f"a choice has 1 to {LONGEST_CHOICE} characters"
    yield from _repeated("choice", (choice.casefold() for choice in option.choices))
    if option.choices and option.completes is not None:
        yield "choices and completion exclude each other"
    if option.required and option.hidden:
        yield "what is hidden cannot be required"
    if option.type is OptionType.SWITCH and (option.positional or option.required):
        yield "a switch is given by its name or not at all"


def _of_examples(commands: Sequence[Command], command: Command, verb: Verb) -> Iterator[str]:
    if not verb.examples:
        yield "it has no example"
    for example in verb.examples:
        if not example.startswith(f"/{command.name}"):
            yield f"the example {example!r} does not begin with /{command.name}"
        try:
            parsed = parse(example, commands)
        except NotUnderstood as error:
            yield f"the example {example!r} is not understood: {error.sentence}"
        else:
            if not isinstance(parsed, Parsed) or (parsed.command.name, parsed.verb.name) != (command.name, verb.name):
                yield f"the example {example!r} is something else"


def _of_name(name: str) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield f"the name {name!r} is not 1 to 32 lower-case letters, digits, dashes and underscores"


def _of_description(text: str) -> Iterator[str]:
    if not 1 <= len(text) <= LONGEST_DESCRIPTION:
        yield f"the help has {len(text)} characters, not 1 to {LONGEST_DESCRIPTION}"


def _repeated(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} {name!r} is there {count} times"


def _size(command: Command) -> int:
    options = [option for verb in command.verbs for option in verb.options]
    texts = [command.name, command.help]
    texts += [text for verb in command.verbs for text in (verb.name, verb.help)]
    # A choice has a name and a value, which are the same here.
    texts += [text for option in options for text in (option.name, option.help, *option.choices, *option.choices)]
    return sum(map(len, texts))
