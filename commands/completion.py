"""What may come next in a line that is still being typed; values from the database are filled in by the chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import NotUnderstood
from commands.arguments import HELP_WORDS, OTHER_OPTION_NAMES
from commands.command import REASON_WORD, OptionType
from commands.grammar import LONGEST_LINE, Word, next_word, straighten
from commands.parser import find_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from commands.command import Command, Option, Source, Verb

_SIGNS = "/@#-"
# From this many letters on, a word is also looked for inside a candidate and not at its beginning only.
_LETTERS_TO_SEARCH = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word to choose: it takes the place of the last `replaces` characters of the line."""

    text: str
    help: str
    replaces: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """What may stand at the end of a line: `prefix` is what is there of it, and `replaces` characters long as typed.

    `candidates` are known from the declarations; `sources` name what else fits, in the order in which it is shown.
    """

    prefix: str = ""
    replaces: int = 0
    candidates: tuple[Candidate, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the cursor stands in a verb's arguments: what is given already, and the option whose value comes next."""

    given: frozenset[str] = frozenset()
    words: int = 0
    value_of: Option | None = None
    rest_from: int | None = None
    in_text: bool = False


def expect(text: str, commands: Sequence[Command], prefix: str = "") -> Expectation:
    """Return what may come next where the cursor stands at the end of a line. Any text is allowed."""
    if len(text) > LONGEST_LINE:
        return Expectation()
    line = straighten(text)
    words, typed = _cut(line)
    if not words:
        return _of_names(line, typed, _command_names(commands, f"/{prefix}"))
    if words[0].text.lstrip("/").casefold() in HELP_WORDS:
        return _after_help(line, words, typed, commands)
    command = find_command(words[0].text, commands, prefix)
    if command is None:
        return Expectation()
    if len(words) == 1:
        return _first_word(line, typed, command)
    if words[1].key in HELP_WORDS:
        return Expectation() if words[2:] else _of_names(line, typed, _verb_names(command, typed))
    verb = command.verb(words[1].key)
    if verb is not None:
        return _in_arguments(line, typed, verb, words[2:])
    bare = command.verb(command.bare)
    return Expectation() if bare is None else _in_arguments(line, typed, bare, words[1:])


def merge(expectation: Expectation, live: Mapping[Source, Sequence[tuple[str, str]]]) -> tuple[Candidate, ...]:
    """Return all candidates: those that are looked up (text and short help, by source) before those that are declared."""
    found = []
    for source in expectation.sources:
        pairs = ((text, about) for text, about in live.get(source, ()))
        found += _fitting(expectation.prefix, expectation.replaces, pairs)
    return tuple({candidate.text: candidate for candidate in [*found, *expectation.candidates]}.values())


def _cut(line: str) -> tuple[list[Word], Word]:
    """Return the finished words of a line, and the one at the cursor, which may be empty or an open quotation."""
    words: list[Word] = []
    at = 0
    while True:
        try:
            word = next_word(line, at)
        except NotUnderstood:
            start = at + len(line[at:]) - len(line[at:].lstrip())
            return words, Word(line[start:].replace('"', ""), start, len(line), quoted=True)
        if word is None:
            return words, Word("", len(line), len(line))
        if word.end == len(line):
            return words, word
        words.append(word)
        at = word.end


def _after_help(line: str, words: Sequence[Word], typed: Word, commands: Sequence[Command]) -> Expectation:
    if len(words) == 1:
        return _of_names(line, typed, ((command.name, command.help) for command in commands))
    command = find_command(words[1].text, commands)
    if command is None or words[2:]:
        return Expectation()
    return _of_names(line, typed, _verb_names(command, typed))


def _first_word(line: str, typed: Word, command: Command) -> Expectation:
    """Expect what the bare verb takes, then the verbs."""
    bare = command.verb(command.bare)
    values = Expectation() if bare is None else _in_arguments(line, typed, bare, ())
    if typed.text.startswith("-"):
        return values
    verbs = _of_names(line, typed, (*_verb_names(command, typed), ("help", "what it can do, with examples")))
    choices = tuple(c for c in values.candidates if not c.text.startswith("--") and c.text != REASON_WORD)
    return Expectation(verbs.prefix, verbs.replaces, (*choices, *verbs.candidates), values.sources)


def _in_arguments(line: str, typed: Word, verb: Verb, words: Sequence[Word]) -> Expectation:
    place = _walk(verb, words)
    if place.in_text:
        return Expectation()
    if place.rest_from is not None and place.value_of is not None:
        return _of_value(line, line[place.rest_from :], place.value_of)
    if place.value_of is not None:
        return _of_value(line, typed.text, place.value_of, line_at=typed.start)
    named = _attached_option(typed, verb)
    if named is not None:
        return _of_value(line, (typed.option or ("", ""))[1] or "", named)
    if typed.text.startswith("-") and not typed.quoted:
        return _of_names(line, typed, _option_names(verb, place.given))
    return _of_place(line, typed, verb, place)


def _of_place(line: str, typed: Word, verb: Verb, place: _Place) -> Expectation:
    """Expect what is told by its place; while something required is missing there, nothing else is offered."""
    waiting = [option for option in verb.positional if option.name not in place.given][place.words :]
    required_at = next((at for at, option in enumerate(waiting) if option.required), None)
    if required_at is not None:
        waiting = waiting[: required_at + 1]
    values = [_of_value(line, typed.text, option, line_at=typed.start) for option in waiting]
    shortest = min((value.replaces for value in values), default=len(line) - typed.start)
    expected = values[0].prefix if values else typed.text
    options = _option_names(verb, place.given) if required_at is None else ()
    return Expectation(
        expected,
        shortest,
        (*(c for value in values for c in value.candidates), *_of_names(line, typed, options).candidates),
        tuple(dict.fromkeys(source for value in values for source in value.sources)),
    )


def _walk(verb: Verb, words: Sequence[Word]) -> _Place:
    """Go over the finished words after the verb."""
    place = _Place()
    for word in words:
        place = _step(verb, place, word)
        if place.in_text or place.rest_from is not None:
            break
    return place


def _step(verb: Verb, place: _Place, word: Word) -> _Place:
    if place.value_of is not None:
        return _Place(place.given | {place.value_of.name}, place.words)
    if word.option is not None:
        option = _named(verb, word.option[0])
        if option is None:
            return place
        if option.rest:
            return _Place(in_text=True)
        if option.type is OptionType.SWITCH or word.option[1] is not None:
            return _Place(place.given | {option.name}, place.words)
        return _Place(place.given, place.words, value_of=option)
    if word.key == REASON_WORD and verb.option(REASON_WORD) is not None:
        return _Place(in_text=True)
    waiting = [option for option in verb.positional if option.name not in place.given][place.words :]
    if waiting and waiting[0].rest:
        return _Place(place.given, place.words, value_of=waiting[0], rest_from=word.start)
    return _Place(place.given, place.words + 1)


def _named(verb: Verb, name: str) -> Option | None:
    return verb.option(name) or verb.option(OTHER_OPTION_NAMES.get(name, ""))


def _attached_option(typed: Word, verb: Verb) -> Option | None:
    """Return the option whose value is being typed right after its name: `--env=sta`."""
    if typed.option is None or typed.option[1] is None:
        return None
    return _named(verb, typed.option[0])


def _of_value(line: str, typed: str, option: Option, line_at: int | None = None) -> Expectation:
    replaces = len(typed) if line_at is None else len(line) - line_at
    if option.type is OptionType.WORDS and "," in typed:
        typed = typed.rpartition(",")[2]
        replaces = len(typed)
    choices = _fitting(typed, replaces, ((choice, option.help) for choice in option.choices))
    sources = () if option.completes is None else (option.completes,)
    return Expectation(typed, replaces, tuple(choices), sources)


def _of_names(line: str, typed: Word, names: Iterable[tuple[str, str]]) -> Expectation:
    replaces = len(line) - typed.start
    return Expectation(typed.text, replaces, tuple(_fitting(typed.text, replaces, names)))


def _command_names(commands: Sequence[Command], before: str) -> Iterator[tuple[str, str]]:
    for command in commands:
        yield f"{before}{command.name}", command.help
    yield f"{before}help", "all commands"


def _verb_names(command: Command, typed: Word) -> Iterator[tuple[str, str]]:
    """Give the verbs; their other names only to somebody who has begun to type one."""
    for verb in command.verbs:
        yield verb.name, verb.help
    for verb in command.verbs:
        yield from ((alias, verb.help) for alias in verb.aliases if typed.text and alias.startswith(typed.key))


def _option_names(verb: Verb, given: frozenset[str]) -> Iterator[tuple[str, str]]:
    for option in verb.options:
        if option.name in given or option.hidden or option.positional:
            continue
        yield (REASON_WORD if option.name == REASON_WORD else f"--{option.name}"), option.help


def _fitting(typed: str, replaces: int, pairs: Iterable[tuple[str, str]]) -> list[Candidate]:
    """Return the candidates that begin with what is typed, then those that hold it elsewhere."""
    looked_for = typed.casefold().lstrip(_SIGNS)
    beginning, holding = [], []
    for text, about in pairs:
        known = text.casefold().lstrip(_SIGNS)
        if known.startswith(looked_for):
            beginning.append(Candidate(_as_typed(text), about, replaces))
        elif len(looked_for) >= _LETTERS_TO_SEARCH and looked_for in known:
            holding.append(Candidate(_as_typed(text), about, replaces))
    return [*beginning, *holding]


def _as_typed(text: str) -> str:
    """Put quotation marks around a text of several words, so that it is one value."""
    if not any(character.isspace() or character == '"' for character in text):
        return text
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'
