"""The language of announcements' texts: a sandboxed template engine with fuel, few filters and no way to grow a text.

Nothing of a person's text is markup: what comes out is plain words, which every platform escapes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minijinja import Environment

FUEL = 5_000
"""So many instructions a text may take; the longest built-in one takes some fifty."""

LONGEST = 4_096
"""What comes out has at most so many characters: what both platforms show as one message."""

FILTERS = frozenset(
    {
        "capitalize",
        "default",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "lower",
        "round",
        "title",
        "trim",
        "upper",
    }
)
_OTHER_FILTERS = (
    *("abs", "attr", "batch", "bool", "chain", "d", "dictsort", "e", "escape", "format", "groupby", "indent", "items"),
    *("count", "lines", "list", "map", "max", "min", "pprint", "reject", "rejectattr", "replace", "reverse", "safe"),
    *("select", "selectattr", "slice", "sort", "split", "string", "sum", "tojson", "truncate", "unique", "urlencode"),
    *("wordwrap", "zip"),
)
_FUNCTIONS = ("range", "dict", "debug", "namespace", "cycler", "joiner")
_TAGS = frozenset({"if", "elif", "else", "endif", "for", "endfor"})
_TAG = re.compile(r"\{%[-+]?\s*(?P<name>\w*)")
_INSIDE = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")


class BadTemplate(ValueError):
    """A text that cannot be rendered. `line` counts from 1 within the text."""

    def __init__(self, sentence: str, line: int = 1) -> None:
        super().__init__(sentence)
        self.line = line


@dataclass(frozen=True, slots=True)
class Template:
    """A text with facts to be filled in. Raises BadTemplate for one that is not of the language."""

    text: str

    def __post_init__(self) -> None:
        """Refuse what could grow without an end: the engine bounds the work, and not the memory."""
        for found in _TAG.finditer(self.text):
            if found["name"] not in _TAGS:
                raise BadTemplate(
                    f"`{found['name']}` is not among the tags here: if and for", _line(self.text, found.start())
                )
        for found in _INSIDE.finditer(self.text):
            if "*" in _QUOTED.sub("", found[0]):
                raise BadTemplate("nothing is multiplied in a text", _line(self.text, found.start()))

    def render(self, facts: Mapping[str, object]) -> str:
        """Return the text with its facts, at most 4 kB long. Raises BadTemplate, also where a fact is missing."""
        # Most texts hold nothing to fill in, and the engine is loaded for those alone that do.
        said = self.text if "{" not in self.text else _render(self.text, facts)
        if len(said) > LONGEST:
            raise BadTemplate(f"it makes {len(said)} characters, and {LONGEST} are the most")
        return said.strip()


def _render(text: str, facts: Mapping[str, object]) -> str:
    from minijinja import TemplateError

    try:
        return _engine().render_str(text, **facts)
    except TemplateError as problem:
        words = re.sub(r" \(in <string>:\d+\)$", "", (problem.message or str(problem)).splitlines()[0])
        raise BadTemplate(words, problem.line or 1) from None


@cache
def _engine() -> Environment:
    from minijinja import Environment

    engine = Environment(undefined_behavior="strict", pycompat=False, fuel=FUEL, auto_escape_callback=lambda _: False)
    for name in _OTHER_FILTERS:
        engine.remove_filter(name)
    for name in _FUNCTIONS:
        engine.remove_global(name)
    return engine


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
