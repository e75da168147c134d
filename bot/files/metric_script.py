"""A rehearsal's script of figures: YAML in, a `MetricScript` out, or every problem at once.

error_rate:
  - 0.2%
  - {at: +1h, value: 0.1% to 0.4%, samples: 900}
  - {at: +3h, value: none}
  - {at: +4h, error: The server is being restarted.}
p95: 320ms
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.domain.condition import BadCondition
from bot.domain.condition_quantity import read_quantity
from bot.domain.condition_tokens import TokenKind, Tokens, unexpected
from bot.domain.duration import BadDuration, parse_duration
from bot.domain.errors import BadPlan
from bot.domain.measure import Measure
from bot.domain.metric_script import MetricScript, ScriptedValue, ScriptEntry
from bot.files.findings import Findings, did_you_mean
from bot.files.source import describe
from bot.files.yaml_source import BadYaml, read_yaml

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from bot.domain.problem import Problem
    from bot.files.source import Path, Plain, Source

_KEYS = ("at", "value", "samples", "error")
_RANGE = re.compile(r"\s+to\s+")
_A_VALUE = "a value such as 0.2%, a range such as 0.1% to 0.4%, or none"


def load_metric_script(path: FilePath) -> MetricScript:
    """Read a script file. Raises `BadPlan`; OSError if it cannot be read."""
    return read_metric_script(path.read_bytes(), str(path))


def read_metric_script(content: str | bytes, file: str) -> MetricScript:
    """Read the content of a script; `file` is named in problems. Raises `BadPlan` with every one of them."""
    try:
        source = read_yaml(content, file)
    except BadYaml as error:
        raise _bad(file, error.problems) from None
    findings = Findings(source)
    script = _ScriptReader(source, findings).script()
    if findings.problems:
        raise _bad(file, findings.problems)
    return script


def _bad(file: str, problems: tuple[Problem, ...]) -> BadPlan:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return BadPlan(f"{file} has {count}.", problems, "Correct the lines named here and try again.")


class _ScriptReader:
    """Reads the values of one file and notes what is wrong on the way."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self.source = source
        self.findings = findings

    def script(self) -> MetricScript:
        value = self.source.value
        if not isinstance(value, dict) or not value:
            self.findings.add((), describe(value), "metrics, each with its values")
            return MetricScript(())
        return MetricScript(tuple((name, self._entries(entries, (name,))) for name, entries in value.items()))

    def _entries(self, value: Plain, path: Path) -> tuple[ScriptEntry, ...]:
        if not isinstance(value, list):
            return (self._entry(value, path),)
        if not value:
            self.findings.add(path, "an empty list", "at least one value")
        entries = tuple(self._entry(item, (*path, index)) for index, item in enumerate(value))
        for index, entry in enumerate(entries[1:], start=1):
            if entry.at <= entries[index - 1].at:
                self.findings.add((*path, index), "a time that is not after the one before", "later and later times")
        return entries

    def _entry(self, value: Plain, path: Path) -> ScriptEntry:
        if not isinstance(value, dict):
            return ScriptEntry(timedelta(0), self._value(value, path))
        unknown = [key for key in value if key not in _KEYS]
        for key in unknown:
            self.findings.add((*path, key), f"`{key}`", "a known key", did_you_mean(key, _KEYS), key=True)
        if not unknown and ("value" in value) == ("error" in value):
            found = "an entry with both" if "value" in value else "an entry with neither"
            self.findings.add(path, found, "either a value or an error")
        return ScriptEntry(
            self._at(value.get("at", 0), (*path, "at")),
            self._value(value["value"], (*path, "value")) if "value" in value else None,
            self._samples(value.get("samples"), (*path, "samples")),
            self._error(value["error"], (*path, "error")) if "error" in value else "",
        )

    def _at(self, value: Plain, path: Path) -> timedelta:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        try:
            length = parse_duration(text[1:] if text[:1] in {"+", "-"} else text, allow_zero=True)
        except BadDuration:
            self.findings.add(path, describe(value), "a time after the start such as +1h, or before it such as -1d")
            return timedelta(0)
        return -length if text.startswith("-") else length

    def _value(self, value: Plain, path: Path) -> ScriptedValue | None:
        match value:
            case None | "none":
                return None
            case bool() | list() | dict():
                self.findings.add(path, describe(value), _A_VALUE)
            case int() | float():
                amount = Decimal(str(value))
                if amount.is_finite():
                    return ScriptedValue(amount, amount)
                self.findings.add(path, describe(value), _A_VALUE)
            case str():
                return self._range(value, path)
        return None

    def _range(self, text: str, path: Path) -> ScriptedValue | None:
        parts = _RANGE.split(text.strip(), maxsplit=1)
        try:
            (low, measure), (high, other) = _quantity(parts[0]), _quantity(parts[-1])
        except BadCondition:
            self.findings.add(path, describe(text), _A_VALUE)
            return None
        if measure.unit is not other.unit or measure.normal(low) > other.normal(high):
            self.findings.add(path, describe(text), "a range of one unit, the smaller end first")
            return None
        high = measure.amount(other.normal(high))
        return ScriptedValue(low, high, measure if measure is not Measure.PLAIN else None)

    def _samples(self, value: Plain, path: Path) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.findings.add(path, describe(value), "a count, such as 900")
        return None

    def _error(self, value: Plain, path: Path) -> str:
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.findings.add(path, describe(value), "a sentence that says why it cannot be asked")
        return ""


def _quantity(text: str) -> tuple[Decimal, Measure]:
    """Read one amount with its unit. Raises BadCondition."""
    tokens = Tokens(text)
    quantity = read_quantity(tokens)
    if tokens.next.kind is not TokenKind.END:
        raise unexpected(tokens.next, "the end")
    return quantity.written, quantity.measure
