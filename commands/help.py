"""The help: made from the declarations alone, so that it is there without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.access import EVERYBODY, GRANTS
from bot.domain.message import Bullets, Code, Heading, Message, Note, Paragraph, line
from bot.domain.team import listed
from commands.command import REASON_WORD, with_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.access import Permission
    from bot.domain.message import Block, Line
    from commands.command import Command, HelpWanted, Option, Verb

    Grants = Mapping[str, frozenset[Permission]]


def help_for(wanted: HelpWanted, commands: Sequence[Command], prefix: str = "", grants: Grants = GRANTS) -> Message:
    """Return the help that a line asked for; `grants` are the roles of the team in force."""
    if wanted.command is None:
        return help_message(commands, prefix)
    if wanted.verb is None:
        return command_help(wanted.command, prefix)
    return verb_help(wanted.command, wanted.verb, prefix, grants)


def help_message(commands: Sequence[Command], prefix: str = "") -> Message:
    """Return the list of all commands."""
    items = tuple(line(Code(f"/{prefix}{command.name}"), f" – {command.help}") for command in commands)
    summary = f"Commands: {', '.join(f'/{prefix}{command.name}' for command in commands)}."
    more = [Note(line("More about one: ", Code(f"/{prefix}{commands[0].name} help"), "."))] if commands else []
    return Message(summary, (Heading("What you can type"), Bullets(items), *more), private=True)


def command_help(command: Command, prefix: str = "") -> Message:
    """Return what one command can do: a usage line for each verb, and what may be left out."""
    name = f"/{prefix}{command.name}"
    items = tuple(line(Code(command.usage(verb, prefix)), f" – {verb.help}") for verb in command.verbs)
    example = f"{name} help {command.verbs[0].name}" if command.verbs else f"{name} help"
    return Message(
        f"{name}: {command.help}. Verbs: {', '.join(verb.name for verb in command.verbs)}.",
        (
            Heading(name),
            Paragraph(line(_sentence(command.help))),
            Bullets(items),
            *(Note(short) for short in _short_forms(command, prefix)),
            Note(line("What stands in square brackets may be left out. More about one: ", Code(example), ".")),
        ),
        private=True,
    )


def verb_help(command: Command, verb: Verb, prefix: str = "", grants: Grants = GRANTS) -> Message:
    """Return how one verb is used: its options, examples, other names, and who may use it."""
    usage = command.usage(verb, prefix)
    options = tuple(_option_line(option) for option in verb.options if not option.hidden)
    examples = tuple(line(Code(with_prefix(example, prefix))) for example in verb.examples)
    blocks: list[Block] = [
        Heading(f"/{prefix}{command.name} {verb.name}"),
        Paragraph(line(_sentence(verb.help))),
        Paragraph(line(Code(usage))),
    ]
    if options:
        blocks.append(Bullets(options))
    if examples:
        blocks += [Paragraph(line("For example:")), Bullets(examples)]
    blocks += [Note(short) for short in _short_forms(command, prefix, verb)]
    if verb.aliases:
        blocks.append(Note(line(f"Also understood: {', '.join(verb.aliases)}.")))
    who = who_may(verb.permission, grants)
    blocks.append(Note(line(f"Who may: {who}.")))
    return Message(f"{usage}: {verb.help}. Who may: {who}.", tuple(blocks), private=True)


def who_may(permission: Permission, grants: Grants = GRANTS) -> str:
    """Return in words who has a permission: `everybody`, `operators, leads and owners`, `nobody`."""
    if permission in EVERYBODY:
        return "everybody"
    built_in = [f"{role}s" for role in GRANTS if permission in grants.get(role, ())]
    own = [f"people with the role {role}" for role in grants if role not in GRANTS and permission in grants[role]]
    return listed([*built_in, *own], "and") or "nobody"


def _short_forms(command: Command, prefix: str, only: Verb | None = None) -> list[Line]:
    """Return what may be left out: the bare verb's name, and the verb that is run when nothing follows."""
    name = f"/{prefix}{command.name}"
    short = []
    bare, empty = command.verb(command.bare), command.verb(command.empty)
    if bare is not None and only in {None, bare}:
        values = " ".join(option.usage for option in bare.positional)
        short.append(
            line(
                Code(f"{name} {values}".rstrip()), " is short for ", Code(f"{name} {bare.name} {values}".rstrip()), "."
            )
        )
    if empty is not None and only in {None, empty}:
        short.append(line(Code(name), " alone is ", Code(f"{name} {empty.name}"), "."))
    return short


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def _option_line(option: Option) -> Line:
    form = option.usage.removeprefix("[").removesuffix("]")
    needed = "" if option.required else " (may be left out)"
    by_name = f", also as --{option.name}" if option.positional and option.name != REASON_WORD else ""
    return line(Code(form), f" – {option.help}{by_name}{needed}")
