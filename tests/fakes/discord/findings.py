"""Collecting what is wrong in a body, with the place of each finding."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.fakes.discord.refusals import Problem


class Findings:
    """Everything that is wrong in one body; the places are paths, as `components.0.label`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def say(self, place: str, wrong: str) -> None:
        """Note something."""
        self.problems.append((place, wrong))

    def text(self, place: str, value: Any, longest: int, *, shortest: int = 0) -> None:
        """A text between two lengths, in characters; nothing at all is as good as an empty one."""
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.say(place, "Must be a string.")
        elif len(value) > longest:
            self.say(place, f"Must be {longest} or fewer in length; it has {len(value)}.")
        elif len(value) < shortest:
            self.say(place, "This field is required" if not value else f"Must be {shortest} or more in length.")

    def number(self, place: str, value: Any, least: int, most: int) -> None:
        """An integer between two bounds, or nothing."""
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.say(place, f"Must be an integer between {least} and {most}; it is {value!r}.")

    def items(self, place: str, values: Any, most: int, *, least: int = 0) -> list[Any]:
        """A list of a length between two bounds; return it, or an empty one for what is no list."""
        if not isinstance(values, list):
            self.say(place, "Must be a list.")
            return []
        if not least <= len(values) <= most:
            self.say(place, f"Must be between {least} and {most} in length; it has {len(values)}.")
        return values

    def unique(self, place: str, values: Collection[Any], what: str) -> None:
        """No value twice."""
        twice = sorted({str(value) for value in values if list(values).count(value) > 1})
        if twice:
            self.say(place, f"{what} must be unique; twice: {', '.join(twice)}.")
