"""Words that every command understands: what phones make of typing is undone, and text becomes typed values."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.domain.duration import BadDuration, parse_duration
from bot.domain.errors import NotUnderstood
from bot.domain.flag import KEY_PATTERN
from bot.domain.percent import BadPercent, Percent
from bot.domain.quotation import as_sentence, quoted
from commands.command import OptionType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from commands.command import Option

LONGEST_LINE = 2_000
# A number of this many digits still fits into a 64-bit column.
LONGEST_NUMBER = 18

_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‘’‚‛′＇ʼ", "'"),
        **dict.fromkeys("\t\n\r\u00a0\u1680\u2028\u2029\u202f\u205f\u3000", " "),
        **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
    }
)
_INVISIBLE = str.maketrans(dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff"))
# These turn the direction of what follows, so that a log would show another line than the one that was run.
_TURNS_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FULL_WIDTH = str.maketrans(
    {
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
        **dict.fromkeys("٪﹪", "%"),
        **dict.fromkeys("‐‑−", "-"),
    }
)
_LONG_DASH = re.compile(r"^(?:[—–―]|-[—–])(?=[A-Za-z])")
_OPTION = re.compile(r"--?(?P<name>[A-Za-z][\w-]*)(?:=(?P<value>.*))?", re.DOTALL)
_PIECE = re.compile(
    r"""
    (?P<mention><[@\#!][^<>]*>)
  | "(?P<double>(?:[^"\\]|\\.)*)"
  | (?P<open>")
  | (?<![^\s=])'(?P<single>[^']*(?:'(?!\s|$)[^']*)*)'(?=\s|$)
  | (?P<plain>\S)
    """,
    re.VERBOSE,
)
# Most words are nothing but these, in which nothing has to be undone.
_PLAIN_WORD = re.compile(r"[A-Za-z0-9/@#%.:=_+-]+(?=\s|$)")
_PRINTABLE = re.compile(r"[ -~]*")
_QUOTED_REST = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"(?=\s*$|\s+(?:--?|[—–])[A-Za-z]|\s+because\s)', re.IGNORECASE)
_SINGLE_QUOTED_REST = re.compile(r"'(?P<text>[^']*)'(?=\s*$|\s+(?:--?|[—–])[A-Za-z]|\s+because\s)", re.IGNORECASE)
_NUMBER_ALONE = re.compile(r"[0-9][0-9.,]*")
_PERSON = re.compile(r"<@!?(?P<identity>\w+)(?:\|[^<>]*)?>|@?(?P<name>[^<>@\s|](?:[^<>|]*[^<>|\s])?)")
_NAME = re.compile(r"[\w][\w.-]{0,99}")
_MENTION = re.compile(r"<(?P<sign>[@#])!?(?P<identity>\w+)(?:\|(?P<name>[^<>|]*))?>")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line, as it is meant (`text`) and where it stands (`start` to `end`)."""

    text: str
    start: int
    end: int
    quoted: bool = False

    @property
    def key(self) -> str:
        """Return the word for comparing with names, which are lower-case; a quoted word is never a name."""
        return "" if self.quoted else self.text.casefold()

    @property
    def option(self) -> tuple[str, str | None] | None:
        """Return the name and the attached value where the word is written as an option (`--env`, `--env=staging`)."""
        found = None if self.quoted else _OPTION.fullmatch(self.text)
        return (found["name"].casefold(), found["value"]) if found else None


def near(word: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Return the names that were probably meant by a word that is none of them, nearest first."""
    known = list(dict.fromkeys(names))
    word = word.casefold()
    begun = [name for name in known if len(word) > 1 and name.startswith(word)]
    return list(dict.fromkeys([*begun, *get_close_matches(word, known, count, cutoff=0.7)]))[:count]


def straighten(text: str) -> str:
    """Return a line with plain quotes and spaces; every character keeps its place."""
    return text.translate(_LOOK_ALIKES)


def tidy(text: str) -> str:
    """Return a line as it was meant: plain quotes, single spaces, nothing invisible. Raises NotUnderstood."""
    if len(text) > LONGEST_LINE:
        raise NotUnderstood(
            f"That is {len(text):,} characters long; one command has at most {LONGEST_LINE:,}.",
            "Shorten it, and link to what does not fit.",
        )
    line = text if _PRINTABLE.fullmatch(text) else _readable(text)
    line = " ".join(line.split())
    whole_is_code = len(line) > 1 and line.startswith("`") and line.endswith("`")
    return line.strip("`").strip() if whole_is_code else line


def _readable(text: str) -> str:
    line = straighten(text).translate(_INVISIBLE)
    for character in line:
        if character in _TURNS_DIRECTION or unicodedata.category(character) in {"Cc", "Cs"}:
            raise NotUnderstood(
                f"There is a character in it that cannot be read: U+{ord(character):04X}.",
                "Type the line again instead of pasting it.",
            )
    return line


def next_word(text: str, at: int) -> Word | None:
    """Return the word that begins at or after a place, or None at the end. Raises NotUnderstood where a quote stays open."""
    start = at + len(text[at:]) - len(text[at:].lstrip())
    if start >= len(text):
        return None
    plain = _PLAIN_WORD.match(text, start)
    if plain:
        return _with_percent_sign(text, Word(plain[0], start, plain.end()))
    meant, end, begins_quoted = "", start, False
    while piece := _PIECE.match(text, end):
        if piece["open"]:
            raise unclosed_quote(text[piece.start() :])
        inside = piece["double"] if piece["double"] is not None else piece["single"]
        if inside is not None:
            begins_quoted = begins_quoted or piece.start() == start
            meant += inside.replace('\\"', '"')
        else:
            meant += piece["mention"] or piece["plain"].translate(_FULL_WIDTH)
        end = piece.end()
    if not begins_quoted:
        meant = _LONG_DASH.sub("--", meant)
    return _with_percent_sign(text, Word(meant, start, end, begins_quoted))


def rest_of_line(text: str, at: int, *, stops_at_because: bool) -> Word:
    """Return what remains of a line as one text, without the quotes around it. Raises NotUnderstood.

    Free text is kept as it was typed: marks inside it (`the 5" screen`) mean nothing. After a text between quotes the
    line may go on with options. With `stops_at_because`, a reason may follow.
    """
    start = at + len(text[at:]) - len(text[at:].lstrip())
    found = _QUOTED_REST.match(text, start) or _SINGLE_QUOTED_REST.match(text, start)
    if found:
        return Word(found["text"].replace('\\"', '"').strip(), start, found.end(), quoted=True)
    opening = _PIECE.match(text, start)
    if opening and opening["open"]:
        raise unclosed_quote(text[start:])
    because = re.search(r"(?:^|(?<=\s))because\s", text[start:], re.IGNORECASE) if stops_at_because else None
    end = start + because.start() if because else len(text)
    return Word(text[start:end].strip(), start, end)


def unclosed_quote(text: str) -> NotUnderstood:
    """Return the refusal of a quotation mark without its partner; `text` begins with it."""
    return NotUnderstood(
        f"A quotation mark is opened and not closed: {quoted(text)}.", 'Close it with ", or leave it out.'
    )


def read_value(option: Option, text: str) -> object:
    """Return the typed value that a text stands for. Raises NotUnderstood, whose sentence quotes the text."""
    if option.choices:
        chosen = next((choice for choice in option.choices if choice.casefold() == text.casefold()), None)
        if chosen is None:
            raise NotUnderstood(f"{quoted(text)} is none of {', '.join(option.choices)}.")
        text = chosen
    return _READERS[option.type](text)


def is_value(option: Option, text: str) -> bool:
    """Say whether a text can be read as a value of an option."""
    try:
        read_value(option, text)
    except NotUnderstood:
        return False
    return True


def _with_percent_sign(text: str, word: Word) -> Word:
    """Join a number and the sign that stands apart from it: `25 %`."""
    if not word.quoted and _NUMBER_ALONE.fullmatch(word.text):
        sign = re.compile(r"\s+[%％﹪٪](?=\s|$)").match(text, word.end)
        if sign:
            return Word(f"{word.text}%", word.start, sign.end())
    return word


def _text(text: str) -> str:
    if not text.strip():
        raise NotUnderstood("There is nothing between the quotation marks.")
    return _MENTION.sub(lambda found: found["sign"] + (found["name"] or found["identity"]), text).strip()


def _percent(text: str) -> Percent:
    try:
        return Percent.parse(text)
    except BadPercent as error:
        raise NotUnderstood(as_sentence(error)) from None


def _duration(text: str) -> object:
    try:
        return parse_duration(text)
    except BadDuration as error:
        raise NotUnderstood(as_sentence(error)) from None


def _integer(text: str) -> int:
    if not re.fullmatch(rf"[0-9]{{1,{LONGEST_NUMBER}}}", text):
        raise NotUnderstood(f"{quoted(text)} is not a whole number such as 1 or 12.")
    return int(text)


def _rollout(text: str) -> int:
    if not re.fullmatch(rf"#?[0-9]{{1,{LONGEST_NUMBER}}}", text):
        raise NotUnderstood(f"{quoted(text)} is not a rollout's number such as 12 or #12.")
    return int(text.removeprefix("#"))


def _switch(text: str) -> bool:
    known = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
    if text.casefold() not in known:
        raise NotUnderstood(f"{quoted(text)} is neither yes nor no.")
    return known[text.casefold()]


def _flag(text: str) -> str:
    if not KEY_PATTERN.fullmatch(text):
        raise NotUnderstood(
            f"{quoted(text)} is not a flag's key: expected up to 100 letters, digits, dots, dashes and underscores."
        )
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise NotUnderstood(f"{quoted(text)} is not a name: expected letters, digits, dots, dashes and underscores.")
    return text


def _person(text: str) -> str:
    found = _PERSON.fullmatch(text)
    if found is None:
        raise NotUnderstood(f"{quoted(text)} is not a person such as @name.")
    return f"@{found['identity']}" if found["identity"] else found["name"]


def _words(text: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise NotUnderstood(f"{quoted(text)} holds no word: expected words with commas between them, such as pro,free.")
    return words


_READERS: dict[OptionType, Callable[[str], object]] = {
    OptionType.TEXT: _text,
    OptionType.PERCENT: _percent,
    OptionType.DURATION: _duration,
    OptionType.MOMENT: _text,
    OptionType.INTEGER: _integer,
    OptionType.SWITCH: _switch,
    OptionType.FLAG: _flag,
    OptionType.PLAN: _name,
    OptionType.ROLLOUT: _rollout,
    OptionType.ENVIRONMENT: _name,
    OptionType.PERSON: _person,
    OptionType.ITEM: _text,
    OptionType.WORDS: _words,
}
