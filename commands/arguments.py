"""What follows the verb: words and options become the typed values that the verb declares."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

from bot.domain.errors import Incomplete, NotUnderstood
from bot.domain.quotation import quoted
from commands.command import REASON_WORD, HelpWanted, OptionType, Parsed, with_prefix
from commands.grammar import Word, is_value, near, next_word, read_value, rest_of_line, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commands.command import Command, Option, Verb

HELP_SWITCHES = frozenset({"--help", "-help", "-h", "?"})
HELP_WORDS = HELP_SWITCHES | {"help"}
OTHER_OPTION_NAMES = {"reason": REASON_WORD}
LONGEST_SUGGESTION = 100

_SPOKEN = {
    OptionType.PERCENT: "a percentage",
    OptionType.DURATION: "a length of time",
    OptionType.MOMENT: "a date or a time of day",
    OptionType.INTEGER: "a number",
    OptionType.FLAG: "a flag",
    OptionType.PLAN: "a plan",
    OptionType.ROLLOUT: "a rollout's number",
    OptionType.ENVIRONMENT: "an environment",
    OptionType.PERSON: "a person",
    OptionType.ITEM: "an item",
}
_DAY = re.compile(r"today|tomorrow|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.IGNORECASE)
_TIME = re.compile(r"\s+(?P<time>[0-9]{1,2}:[0-9]{2}\S*)")
_OPTION_IN_TEXT = re.compile(r"(?:^|(?<=\s))(?:--?|[—–])(?P<name>[A-Za-z][\w-]*)")


@dataclass(frozen=True, slots=True)
class Line:
    """A tidied command line, and the prefix that commands have here.

    A line that is itself a suggestion is only tried: when it is not understood either, nothing is suggested for it.
    `given` are values that stand beside it; what is not `whole` may lack what its verb needs.
    """

    text: str
    prefix: str = ""
    is_suggestion: bool = False
    given: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True

    def replaced(self, word: Word, replacement: str) -> Line:
        """Return the line with one word replaced, as a suggestion; what stands before the word keeps its place."""
        text = f"{self.text[: word.start]}{replacement}{self.text[word.end :]}"
        return replace(self, text=text, is_suggestion=True)

    def shown(self, end: int | None = None) -> str:
        """Return the line up to a place, as a hint shows it: with its slash, cut where it is long."""
        text = f"/{self.text[:end].lstrip('/ ')}"
        return text if len(text) <= LONGEST_SUGGESTION else f"{text[: LONGEST_SUGGESTION - 1].rstrip()}…"


def did_you_mean(line: str) -> str:
    """Return the hint that offers a line to type instead."""
    return f"Did you mean {line} ?" if line.endswith("?") else f"Did you mean {line}?"


def refusal(line: Line, command: Command, verb: Verb, sentence: str, *hints: str) -> NotUnderstood:
    """Return the refusal of a line whose verb is known: hints first, then how the verb is used."""
    example = [f"Example: {with_prefix(verb.examples[0], line.prefix)}"] if verb.examples else []
    return NotUnderstood(sentence, *hints, f"Usage: {command.usage(verb, line.prefix)}", *example)


def read_arguments(line: Line, command: Command, verb: Verb, at: int) -> Parsed | HelpWanted:
    """Return the verb with the values found from a place to the end of the line. Raises NotUnderstood."""
    reading = _Reading(line, command, verb, at)
    position = at
    while (word := next_word(line.text, position)) is not None:
        is_alone = position == at and word.end == len(line.text)
        if word.key in HELP_SWITCHES or (is_alone and word.key in HELP_WORDS and not reading.waits_for_text()):
            return HelpWanted(command, verb)
        position = reading.take(word)
    return Parsed(command, verb, reading.finish())


class _Reading:
    """The values of one verb while its line is being read."""

    def __init__(self, line: Line, command: Command, verb: Verb, start: int) -> None:
        self.line, self.command, self.verb, self.start = line, command, verb, start
        self.name = f"/{line.prefix}{command.name} {verb.name}"
        self.reason = verb.option(REASON_WORD)
        self.values: dict[str, object] = {}
        self.placed: list[Word] = []
        for name, text in line.given.items():
            self._take_given(name, text)

    def take(self, word: Word) -> int:
        """Take a word with whatever belongs to it, and return where the next one may begin."""
        if word.option is not None:
            return self._take_option(word, *word.option)
        if word.key == REASON_WORD:
            if self.reason is not None:
                return self._take_rest(self.reason, word.end)
            if not self.waits_for_text():
                raise self._refusal(f"{self.name} takes no reason.")
        return self._place(word)

    def _take_given(self, name: str, text: str) -> None:
        option = self.verb.option(name)
        if option is None:
            raise self._refusal(f"{quoted(f'--{name}')} is not an option of {self.name}.")
        # A form's field may be left empty, and may hold several lines.
        if words := tidy(" ".join(text.split())):
            self._store(option, Word(words, 0, 0, quoted=True))

    def finish(self) -> dict[str, object]:
        """Give the words without a name to the options that are told by their place, and return all values."""
        open_options = self._open_options()
        words, extra = self.placed[: len(open_options)], self.placed[len(open_options) :]
        for option, word in zip(_best_fit(open_options, words), words, strict=True):
            self._store(option, word)
        if extra:
            raise self._too_many(extra)
        lacking = tuple(o for o in self.verb.options if o.required and o.name not in self.values)
        if lacking and self.line.whole:
            said = self._refusal(f"{self.name} also needs {_spoken(lacking[0])}: {lacking[0].help}.")
            raise Incomplete(said.sentence, tuple(option.name for option in lacking), *said.hints)
        return self.values

    def waits_for_text(self) -> bool:
        """Say whether whatever comes next is part of a free text."""
        return any(option.rest for option in self._open_options()[len(self.placed) :][:1])

    def _open_options(self) -> list[Option]:
        return [option for option in self.verb.positional if option.name not in self.values]

    def _place(self, word: Word) -> int:
        waiting = self._open_options()[len(self.placed) :]
        if waiting and waiting[0].rest:
            return self._take_rest(waiting[0], word.start)
        if waiting and waiting[0].type is OptionType.WORDS:
            word = self._with_words_after_commas(word)
        self.placed.append(word)
        return word.end

    def _with_words_after_commas(self, word: Word) -> Word:
        """Join a list that was typed with spaces: `pro, enterprise`."""
        while word.text.endswith(","):
            following = next_word(self.line.text, word.end)
            if following is None or following.option is not None or following.key == REASON_WORD:
                break
            word = Word(f"{word.text}{following.text}", word.start, following.end)
        return word

    def _take_option(self, word: Word, name: str, attached: str | None) -> int:
        option = self.verb.option(name) or self.verb.option(OTHER_OPTION_NAMES.get(name, ""))
        if option is None:
            names = [option.name for option in self.verb.options if not option.hidden]
            meant = [f"--{found}" for found in near(name, names)]
            end = re.split(r"[=＝]", self.line.text[word.start : word.end], maxsplit=1)[0]
            place = Word(word.text, word.start, word.start + len(end))
            raise self._refusal(f"{quoted(f'--{name}')} is not an option of {self.name}.", *self._offers(place, meant))
        value_at = word.end
        if attached is not None:
            equals = re.search(r"[=＝]", self.line.text[word.start : word.end])
            value_at = word.start + equals.end() if equals else word.end
        if option.rest:
            return self._take_rest(option, value_at)
        if option.type is OptionType.SWITCH and attached is None:
            return self._store(option, Word("yes", word.start, word.end))
        return self._store(option, self._value_of(option, word, attached, value_at))

    def _value_of(self, option: Option, word: Word, attached: str | None, value_at: int) -> Word:
        if attached is not None:
            value = Word(attached, value_at, word.end) if attached else None
        else:
            value = next_word(self.line.text, value_at)
        if value is None or (attached is None and value.option is not None):
            raise self._refusal(f"--{option.name} needs a value after it: {option.help}.")
        if option.type is OptionType.MOMENT and attached is None:
            return self._with_time_after_day(value)
        return self._with_words_after_commas(value) if option.type is OptionType.WORDS else value

    def _with_time_after_day(self, word: Word) -> Word:
        """Join a day and the time of day that stands apart from it: `tomorrow 09:00`, `2026-12-01 09:00`."""
        # What follows may be a free text, in which a quotation mark means nothing: it is not read as a word.
        time = _TIME.match(self.line.text, word.end) if _DAY.fullmatch(word.text) else None
        return Word(f"{word.text} {time['time']}", word.start, time.end()) if time else word

    def _take_rest(self, option: Option, at: int) -> int:
        has_reason_after = self.reason is not None and option is not self.reason
        word = rest_of_line(self.line.text, at, stops_at_because=has_reason_after)
        if not word.text:
            what = "The reason is" if option.name == REASON_WORD else f"{option.placeholder} is"
            raise self._refusal(f"{what} missing at the end: {option.help}.")
        if not word.quoted:
            self._insist_on_no_option_inside(word)
        return self._store(option, word)

    def _insist_on_no_option_inside(self, word: Word) -> None:
        """Refuse an option that would silently become part of a free text: it may say which environment is meant."""
        for found in _OPTION_IN_TEXT.finditer(word.text):
            name = found["name"].casefold()
            if self.verb.option(name) is not None or name in HELP_WORDS:
                before, after = word.text[: found.start()].strip(), word.text[found.start() :]
                offers = [f'"{before}" {after}'] if before and '"' not in word.text else []
                raise self._refusal(
                    f"{quoted(f'--{name}')} stands inside a text that goes on to the end of the line.",
                    *self._offers(word, offers),
                    "Put options before the text, or the text between quotation marks.",
                )

    def _store(self, option: Option, word: Word) -> int:
        if option.name in self.values:
            what = "The reason" if option.name == REASON_WORD else f"--{option.name}"
            raise self._refusal(f"{what} is given twice.")
        try:
            self.values[option.name] = read_value(option, word.text)
        except NotUnderstood as error:
            raise self._refusal(error.sentence, *self._offers(word, near(word.text, option.choices))) from None
        return word.end

    def _too_many(self, extra: Sequence[Word]) -> NotUnderstood:
        text = self.line.text[extra[0].start : extra[-1].end]
        where = " at the end" if extra[-1].end == len(self.line.text) else ""
        name = extra[0].text.partition("=")[0].casefold()
        if self.verb.option(name) is not None and name != REASON_WORD:
            offers = [f"--{extra[0].text}"]
        else:
            offers = [f"{REASON_WORD} {extra[0].text}"] if self.reason is not None else []
        if self.line.is_suggestion:
            offers = []
        checked = [offer for offer in offers if self._is_understood(self.line.replaced(extra[0], offer))]
        return self._refusal(f"I did not understand {quoted(text)}{where}.", *self._offers(extra[0], checked))

    def _offers(self, word: Word, replacements: Iterable[str]) -> list[str]:
        """Return a hint for each replacement of a word: the whole line where it is understood then, else up to the word."""
        if self.line.is_suggestion:
            return []
        hints = []
        for replacement in replacements:
            line = self.line.replaced(word, replacement)
            hints.append(did_you_mean(line.shown(None if self._is_understood(line) else word.start + len(replacement))))
        return hints

    def _is_understood(self, line: Line) -> bool:
        try:
            read_arguments(line, self.command, self.verb, self.start)
        except NotUnderstood:
            return False
        return True

    def _refusal(self, sentence: str, *hints: str) -> NotUnderstood:
        return refusal(self.line, self.command, self.verb, sentence, *hints)


def _best_fit(options: Sequence[Option], words: Sequence[Word]) -> tuple[Option, ...]:
    """Choose which options the words are for, in order; with too few words the optional ones are left out first.

    `/flag set 5%` is a percentage without a flag, although the flag comes first.
    """

    def fit(chosen: tuple[Option, ...]) -> tuple[int, bool]:
        readable = 0
        for option, word in zip(chosen, words, strict=True):
            if not is_value(option, word.text):
                break
            readable += 1
        return readable, all(option in chosen for option in options if option.required)

    choices = list(combinations(options, len(words)))
    return choices[0] if len(choices) == 1 else max(choices, key=fit)


def _spoken(option: Option) -> str:
    if option.name == REASON_WORD:
        return "a reason"
    if option.choices:
        return f"one of {', '.join(option.choices)}"
    return _SPOKEN.get(option.type, option.placeholder)
