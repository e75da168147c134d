"""From a typed line to a command, its verb and its values; whatever is not understood is told with the nearest valid form."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.domain.errors import NotUnderstood
from bot.domain.quotation import quoted
from commands.arguments import HELP_WORDS, Line, did_you_mean, read_arguments, refusal
from commands.command import REASON_WORD, HelpWanted, OptionType, Parsed, with_prefix
from commands.grammar import Word, is_value, near, next_word, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commands.command import Command

MOST_SUGGESTIONS = 3


def parse(
    text: str,
    commands: Sequence[Command],
    prefix: str = "",
    given: Mapping[str, str] = MappingProxyType({}),
    *,
    whole: bool = True,
) -> Parsed | HelpWanted:
    """Return what a line means. `prefix` may stand before every command's name, and is shown in suggestions.

    `given` holds the texts of options, by name, that stand beside the line, as a form's fields do; nothing in them is
    read as anything but the value. What is not `whole` may lack what the verb needs: it is still to be asked.

    Raises NotUnderstood, and nothing else, for any text.
    """
    line = Line(tidy(text), prefix, given=given, whole=whole)
    first = _first_word(line)
    if first is None:
        raise NotUnderstood("There is no command in that line.", *_overview(line, commands))
    if _bare_name(first.text, "") in HELP_WORDS or _bare_name(first.text, prefix) in HELP_WORDS:
        return _help_about(line, commands, first)
    command = find_command(first.text, commands, prefix)
    if command is None:
        raise _unknown_command(line, commands, first)
    return _parse_command(line, command, first)


def find_command(word: str, commands: Sequence[Command], prefix: str = "") -> Command | None:
    """Return the command that a line's first word names: with or without its slash and its prefix, in any case."""
    names = (_bare_name(word, ""), _bare_name(word, prefix))
    return next((command for name in names for command in commands if command.name == name), None)


def _bare_name(word: str, prefix: str) -> str:
    return word.casefold().lstrip("/").removeprefix(prefix.casefold())


def _parse_command(line: Line, command: Command, first: Word) -> Parsed | HelpWanted:
    word = next_word(line.text, first.end)
    if word is None:
        verb = command.verb(command.empty) or command.verb(command.bare)
        return HelpWanted(command) if verb is None else read_arguments(line, command, verb, first.end)
    if word.key in HELP_WORDS:
        about = next_word(line.text, word.end)
        return HelpWanted(command, command.verb(about.key) if about else None)
    verb = command.verb(word.key)
    if verb is not None:
        return read_arguments(line, command, verb, word.end)
    return _parse_without_verb(line, command, first, word)


def _parse_without_verb(line: Line, command: Command, first: Word, word: Word) -> Parsed | HelpWanted:
    """Read the line as the bare verb's; one that begins with an option may also be the empty verb's."""
    begins_with_option = word.option is not None
    names = (command.bare, command.empty if begins_with_option else "")
    refusals = []
    for verb in filter(None, map(command.verb, names)):
        try:
            return read_arguments(line, command, verb, first.end)
        except NotUnderstood as error:
            refusals.append(error)
    if refusals and (begins_with_option or _is_meant_for_bare_verb(command, word)):
        raise refusals[0]
    raise _unknown_verb(line, command, word)


def _is_meant_for_bare_verb(command: Command, word: Word) -> bool:
    if near(word.text, _verb_names(command)):
        return False
    bare = command.verb(command.bare)
    takes_it = bare is not None and any(is_value(option, word.text) for option in bare.positional[:1])
    return takes_it or word.key == REASON_WORD or any(character.isdecimal() for character in word.text)


def _verb_names(command: Command) -> list[str]:
    names = [verb.name for verb in command.verbs]
    return [*names, *(alias for verb in command.verbs for alias in verb.aliases), "help"]


def _unknown_verb(line: Line, command: Command, word: Word) -> NotUnderstood:
    name = f"/{line.prefix}{command.name}"
    sentence = f"{quoted(word.text)} is not something that {name} can do."
    if line.is_suggestion:
        return NotUnderstood(sentence)
    meant = near(word.text, _verb_names(command))
    offers = [did_you_mean(_corrected(line, command, word, verb)) for verb in meant]
    nearest = command.verb(meant[0]) if meant else None
    if nearest is not None:
        return refusal(line, command, nearest, sentence, *offers)
    bare = command.verb(command.bare)
    if offers or bare is None:
        return NotUnderstood(sentence, *offers, _verbs(line, command), f"{name} help explains them.")
    return refusal(line, command, bare, sentence, _verbs(line, command))


def _verbs(line: Line, command: Command) -> str:
    return f"After /{line.prefix}{command.name} comes one of: {', '.join(verb.name for verb in command.verbs)}."


def _unknown_command(line: Line, commands: Sequence[Command], first: Word) -> NotUnderstood:
    name = first.text.lstrip("/")
    sentence = f"There is no command {quoted(name)}."
    lines = [_corrected_command(line, command, first) for command in _near_commands(line, commands, name)]
    if not lines:
        lines = list(_lines_without_command(line, commands, first, name))
    hints = [did_you_mean(found) for found in lines[:MOST_SUGGESTIONS]]
    return NotUnderstood(sentence, *(hints or _overview(line, commands)))


def _near_commands(line: Line, commands: Sequence[Command], name: str) -> list[Command]:
    bare = name.casefold().removeprefix(line.prefix.casefold())
    found = near(bare, (command.name for command in commands))
    return [command for name in found for command in commands if command.name == name]


def _lines_without_command(line: Line, commands: Sequence[Command], first: Word, name: str) -> Iterable[str]:
    """Offer commands for a line that begins with a verb (`pause`) or with what a bare verb takes (`25%`)."""
    for command in commands:
        bare = command.verb(command.bare)
        takes_percent = bare is not None and any(o.type is OptionType.PERCENT for o in bare.positional[:1])
        takes_it = bare is not None and takes_percent and is_value(bare.positional[0], name)
        if takes_it or command.verb(name.casefold()) is not None:
            start = Word(first.text, first.start, first.start)
            yield _corrected_command(line, command, start, " ")


def _corrected_command(line: Line, command: Command, word: Word, gap: str = "") -> str:
    name = f"{line.prefix}{command.name}{gap}"
    end = word.start + len(name)
    corrected = line.replaced(word, name)
    try:
        _parse_command(corrected, command, Word(name, word.start, end))
    except NotUnderstood:
        return f"/{line.prefix}{command.name}"
    return corrected.shown()


def _corrected(line: Line, command: Command, word: Word, verb: str) -> str:
    """Return the line with its verb corrected, or only up to the verb where that does not help yet."""
    corrected = line.replaced(word, verb)
    first = _first_word(corrected)
    try:
        if first is not None:
            _parse_command(corrected, command, first)
    except NotUnderstood:
        return corrected.shown(word.start + len(verb))
    return corrected.shown()


def _first_word(line: Line) -> Word | None:
    return next_word(line.text, len(line.text) - len(line.text.lstrip("/ ")))


def _help_about(line: Line, commands: Sequence[Command], first: Word) -> HelpWanted:
    word = next_word(line.text, first.end)
    if word is None:
        return HelpWanted()
    command = find_command(word.text, commands, line.prefix)
    if command is not None:
        about = next_word(line.text, word.end)
        return HelpWanted(command, command.verb(about.key) if about else None)
    owner = next((command for command in commands if command.verb(word.key) is not None), None)
    if owner is not None:
        return HelpWanted(owner, owner.verb(word.key))
    raise _unknown_command(line, commands, word)


def _overview(line: Line, commands: Sequence[Command]) -> tuple[str, ...]:
    names = ", ".join(f"/{line.prefix}{command.name}" for command in commands)
    known = (f"The commands are {names}.",) if names else ()
    return (*known, f"{with_prefix('/help', line.prefix)} explains them.")
