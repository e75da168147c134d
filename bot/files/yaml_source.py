"""YAML as people mean it: YAML 1.2 scalars, no surprises, and the place of every value in the file.

PyYAML reads the syntax; what its loaders make of it (`on` as true, `12:30` as 750, the last of two equal keys) is not
used. Everything that makes a file say less or more than it shows is refused with its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from bot.domain.problem import Problem
from bot.files.source import Path, Place, Plain, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 256 * 1024
DEEPEST = 20
MOST_DIGITS = 40

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_POINTED_WORD = re.compile(r"\.([A-Za-z])")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_UNWANTED = re.compile("[^\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Tabs, control characters and the rarer line breaks, on which editors and parsers do not agree."""

_LOADER: type = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
"""The C parser is ten times as quick; only its events are used."""


class BadYaml(Exception):
    """A file is not YAML of the kind read here; `problems` names each place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def read_yaml(content: str | bytes, file: str) -> Source:
    """Read one YAML document with the place of every value. Raises `BadYaml`; `file` is named in its problems."""
    text = _text_of(content, file)
    source = Source(file, _NEWLINE.split(text))
    unwanted = tuple(_unwanted(source))
    if unwanted:
        raise BadYaml(unwanted)
    reader = _Reader(source)
    try:
        source.value = reader.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise BadYaml((*reader.problems, _syntax_problem(source, error))) from None
    except yaml.YAMLError:
        raise BadYaml((source.problem(Place(1, 1), "text that is not YAML", "a YAML file"),)) from None
    if reader.problems:
        raise BadYaml(tuple(reader.problems))
    return source


def _text_of(content: str | bytes, file: str) -> str:
    size = len(content) if isinstance(content, bytes) else len(content.encode(errors="replace"))
    if size > MOST_BYTES:
        raise BadYaml((Problem(file, 1, 1, f"{size:,} bytes", f"a file of at most {MOST_BYTES:,}"),))
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        lines = _NEWLINE.split(before)
        found = f"the byte 0x{content[error.start]:02x}"
        raise BadYaml((Problem(file, len(lines), len(lines[-1]) + 1, found, "text in UTF-8"),)) from None


def _unwanted(source: Source) -> Iterator[Problem]:
    """Find the first unwanted character of each line."""
    for number, line in enumerate(source.lines, start=1):
        found = _UNWANTED.search(line)
        if found is None:
            continue
        place = Place(number, found.start() + 1)
        if found[0] == "\t":
            yield source.problem(
                place, "a tab", "spaces", "Indent with two spaces; a tab means another width everywhere."
            )
        else:
            yield Problem(
                source.file, place.line, place.column, f"the character U+{ord(found[0]):04X}", "printable text"
            )


def _syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = min(mark.line + 1, len(source.lines)) if mark else 1
    column = min(mark.column + 1 if mark else 1, len(source.line(line)) + 1)
    words = " ".join(str(word) for word in (error.context, error.problem) if word)
    found = f"YAML that cannot be read ({words})" if words else "YAML that cannot be read"
    return source.problem(
        Place(line, column), found, "`key: value` lines and `- item` lists",
        "Often a missing space after a colon or dash, uneven indentation, or text with `: ` or ` #` that needs quotes.",
    )  # fmt: skip


class _TooDeep(Exception):
    """Reading stops here: what follows is not looked at."""


class _Reader:
    """Builds plain values from parser events and notes what is refused on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.events: Iterator[Any] = iter(())

    def document(self, events: Iterable[yaml.Event]) -> Plain:
        self.events = iter(events)
        value: Plain = None
        documents = 0
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    self._check_document(event, documents)
                elif isinstance(event, yaml.NodeEvent):
                    found = self._node(event, (), 0)
                    value = found if documents == 1 else value
        except _TooDeep:
            return None
        return value

    def _check_document(self, event: yaml.DocumentStartEvent, documents: int) -> None:
        if documents > 1:
            self._refuse(event, "a second document", "one document in a file", "Remove the line `---`.")
        if event.version or event.tags:
            self._refuse(event, "a directive", "none", "Remove the lines that start with `%`.")

    def _node(self, event: Any, path: Path, depth: int) -> Plain:
        place = _place(event)
        self.source.values.setdefault(path, place)
        self._check_node(event)
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent) and depth >= DEEPEST:
            self._refuse(event, f"a list or mapping {depth + 1} levels deep", f"at most {DEEPEST} levels")
            raise _TooDeep
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, depth)
        return self._scalar(event) if isinstance(event, yaml.ScalarEvent) else None

    def _check_node(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"the alias `*{event.anchor}`", "the value itself", "Write out what is meant here.")
        elif getattr(event, "anchor", None):
            self._refuse(
                event, f"the anchor `&{event.anchor}`", "the value itself", "Anchors and aliases hide what a plan does."
            )
        elif getattr(event, "tag", None):
            self._refuse(event, f"the tag `{event.tag}`", "a plain value", "Remove the word that starts with `!`.")

    def _sequence(self, path: Path, depth: int) -> list[Plain]:
        items: list[Plain] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Plain]:
        entries: dict[str, Plain] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, path, depth)
            self._check_key(key, event, entries, path)
            where = (*path, key)
            if key not in entries:
                self.source.keys[where] = _place(event)
            value = self._node(next(self.events), where, depth + 1)
            entries.setdefault(key, value)
        return entries

    def _key(self, event: Any, path: Path, depth: int) -> str:
        """Return a mapping's key; what is no text is refused and stands under a name that no file can have."""
        stand_in = f"\0{event.start_mark.index}"
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, (*path, stand_in), depth + 1)
            if not isinstance(event, yaml.AliasEvent):
                self._refuse(event, "a list or mapping as a key", "text")
            return stand_in
        self._check_node(event)
        key = self._scalar(event)
        if isinstance(key, str):
            return key
        self._refuse(event, f"the key {event.value or 'nothing'}", "text as a key", "Put the key in quotes.")
        return stand_in

    def _check_key(self, key: str, event: Any, entries: dict[str, Plain], path: Path) -> None:
        if key in entries:
            first = self.source.keys[*path, key]
            self._refuse(event, f"`{key}` again", "each key once", f"`{key}` stands in line {first.line} already.")

    def _scalar(self, event: Any) -> Plain:
        if not event.implicit[0]:
            return str(event.value)
        return self._plain(event, str(event.value))

    def _plain(self, event: Any, text: str) -> Plain:
        """Read an unquoted scalar by the core schema of YAML 1.2."""
        if text in _NULL:
            return None
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        if not (_DECIMAL.fullmatch(text) or _BASED.fullmatch(text) or _FLOAT.fullmatch(text)):
            return text
        if len(text) > MOST_DIGITS:
            self._refuse(event, f"a number of {len(text)} characters", f"at most {MOST_DIGITS}", "Put it in quotes.")
            return text
        if _DECIMAL.fullmatch(text):
            return int(text)
        return int(text, 0) if _BASED.fullmatch(text) else float(_POINTED_WORD.sub(r"\1", text))

    def _refuse(self, event: Any, found: str, expected: str, hint: str = "") -> None:
        self.problems.append(self.source.problem(_place(event), found, expected, hint))


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)
