"""What a file says as plain values, and where in the file each of them stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.problem import Problem
from bot.domain.quotation import quote

Path = tuple[str | int, ...]
"""The way from the top of a file to a value: keys of mappings and indices of lists."""

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None
"""What a YAML file can hold here."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column in a file, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Source:
    """What a YAML file says, and where it says it."""

    file: str
    lines: list[str]
    value: Plain = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def place_of(self, path: Path, *, key: bool = False) -> Place:
        """Return where the value at `path` (or its key) stands; the nearest thing around it where it has no place."""
        places = self.keys if key else self.values
        while path and path not in places:
            path = path[:-1]
        return places.get(path) or self.values.get(path) or Place(1, 1)

    def place_within(self, path: Path, text: str, offset: int) -> Place:
        """Return the place of a character of a text value, where the file holds the text as it is on one line."""
        place = self.place_of(path)
        line = self.line(place.line)
        for start in (place.column - 1, place.column):
            if line[start : start + len(text)] == text:
                return Place(place.line, start + 1 + max(0, min(offset, len(text) - 1)))
        return place

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1; empty beyond the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def problem(self, place: Place, found: str, expected: str, hint: str = "") -> Problem:
        """Return a problem at a place, with the text of its line."""
        return Problem(self.file, place.line, place.column, found, expected, hint, self.line(place.line))


def describe(value: object) -> str:
    """Return what a value is, as a phrase for `found …`."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"the number {value}"
        case str():
            return quote(value)
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case _:
            return "something else"
