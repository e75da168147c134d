"""A hundred team files broken in as many ways: each is read or refused with places, and nothing else ever happens."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.errors import BadTeam
from bot.files.team_file import read_team
from bot.files.yaml_source import read_yaml
from tests.files.test_broken_plans import ODD, places

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

TEXT = (Path(__file__).parents[2] / "rollcall.example.yaml").read_text("utf-8")
VALUE: Any = read_yaml(TEXT, "x.yaml").value
PLACES = places(VALUE)[1:]
MORE_ODD = [
    *ODD,
    "${",
    "${X}",
    "${NOT_SET}",
    "@name",
    "#releases",
    "mon-sun",
    "2026-12-20..",
    "http://[",
    "production",
    "owner",
]
SETTINGS = settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def unset(_: str) -> str | None:
    """Answer for an environment in which nothing is set."""
    return None


def no_calendar(name: str) -> tuple[str, bytes]:
    raise FileNotFoundError(2, "No such file or directory", name)


def survives(content: str | bytes) -> bool:
    """Read, and take no other answer than a team or problems that have places; say whether it was refused."""
    try:
        read_team(content, "broken.yaml", unset, no_calendar)
    except BadTeam as error:
        check_places(error, content)
        return True
    return False


def check_places(error: BadTeam, content: str | bytes) -> None:
    assert error.problems
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    lines = len(re.split("\r\n|\n|\r", text))
    for problem in error.problems:
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert problem.found
        assert problem.expected
        assert str(problem).startswith(f"broken.yaml:{problem.line}:{problem.column}: found ")


def change(value: Any, path: tuple[Any, ...], how: str, odd: Any) -> None:
    """Change what stands at a path in some way; nothing where an earlier change took it away."""
    try:
        for key in path[:-1]:
            value = value[key]
        here, last = value[path[-1]], path[-1]
    except (KeyError, IndexError, TypeError):
        return
    if not isinstance(value, dict | list):
        return
    match how:
        case "remove":
            del value[last]
        case "rename" if isinstance(value, dict):
            value[f"{last}x"] = value.pop(last)
        case "wrap":
            value[last] = [here]
        case "double" if isinstance(value, list):
            value.append(deepcopy(here))
        case _:
            value[last] = deepcopy(odd)


@st.composite
def changed_teams(draw: st.DrawFn) -> str:
    """The example in which up to three values or keys were removed, renamed, doubled or replaced."""
    value = deepcopy(VALUE)
    for _ in range(draw(st.integers(1, 3))):
        how = draw(st.sampled_from(["remove", "rename", "replace", "wrap", "double"]))
        change(value, draw(st.sampled_from(PLACES)), how, draw(st.sampled_from(MORE_ODD)))
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


@SETTINGS
@given(changed_teams())
def test_a_team_with_changed_values_is_read_or_refused_with_places(text: str) -> None:
    survives(text)


def test_a_team_in_which_any_one_value_is_replaced_by_any_odd_one_is_read_or_refused_with_places() -> None:
    refused = 0
    for number, path in enumerate(PLACES):
        value = deepcopy(VALUE)
        change(value, path, "replace", MORE_ODD[number % len(MORE_ODD)])
        refused += survives(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))
    assert refused > 100


def test_a_team_in_which_any_one_key_is_misspelt_is_refused_unless_people_chose_the_key() -> None:
    for path in PLACES:
        chosen = (len(path) == 2 and path[0] not in {"prometheus", "hooks"}) or path[-2:-1] in {
            ("names",),
            ("severities",),
        }
        if not isinstance(path[-1], str) or chosen:
            continue
        value = deepcopy(VALUE)
        change(value, path, "rename", None)
        assert survives(yaml.safe_dump(value, sort_keys=False)), path


def test_a_team_without_any_one_of_its_lines_is_read_or_refused_with_places() -> None:
    lines = TEXT.splitlines(keepends=True)
    for number in range(len(lines)):
        survives("".join(lines[:number] + lines[number + 1 :]))


@SETTINGS
@given(
    st.integers(0, len(TEXT) - 1),
    st.integers(0, 100),
    st.sampled_from(["", "\t", ": ", "- ", "{", "]", "'", '"', "&a ", "\n---\n", "%", "\x07", "#"]),
)
def test_a_team_with_damaged_text_is_read_or_refused_with_places(start: int, length: int, piece: str) -> None:
    survives(TEXT[:start] + piece + TEXT[start + length :])


@SETTINGS
@given(st.binary(max_size=300))
def test_bytes_without_meaning_are_refused_with_a_place(content: bytes) -> None:
    assert survives(content)
