"""Two hundred plans broken in as many ways: each is read or refused with places, and nothing else ever happens."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bot.domain.errors import BadPlan
from bot.files.plan_file import read_plan
from bot.files.yaml_source import read_yaml

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

FILES = sorted((Path(__file__).parents[2] / "plans").glob("*.yaml"))
TEXTS = [file.read_text("utf-8") for file in FILES]
VALUES: list[Any] = [read_yaml(text, "x.yaml").value for text in TEXTS]
SETTINGS = settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ODD: list[Any] = [
    None, True, 0, -1, 3.5, float("nan"), 10**30, "", " ", "x", "101%", "-5%", "5 minutes", "99999d", "error_rate >",
    "T-", "every", "\u202e", "a" * 3000, [], [[]], {}, {"": ""}, {"x": {"y": []}}, ["a", 1, None], {"on": "on"},
]  # fmt: skip


def survives(content: str | bytes) -> None:
    """Read, and take no other answer than a plan or problems that have places in the file."""
    error = refusal_of(content)
    if error is None:
        return
    assert error.problems
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    lines = len(re.split("\r\n|\n|\r", text))
    for problem in error.problems:
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert problem.found
        assert problem.expected
        assert str(problem).startswith(f"plans/broken.yaml:{problem.line}:{problem.column}: found ")


def refusal_of(content: str | bytes) -> BadPlan | None:
    try:
        read_plan(content, "plans/broken.yaml")
    except BadPlan as error:
        return error
    return None


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


PLACES = [places(value)[1:] for value in VALUES]


@st.composite
def changed_plans(draw: st.DrawFn) -> str:
    """A plan in which up to three values or keys were removed, renamed, doubled or replaced."""
    which = draw(st.integers(0, len(VALUES) - 1))
    value = deepcopy(VALUES[which])
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PLACES[which]))
        how = draw(st.sampled_from(["remove", "rename", "replace", "wrap", "double"]))
        odd = draw(st.sampled_from(ODD))
        change(value, path, how, odd)
    return yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, default_flow_style=draw(st.sampled_from([None, False, True]))
    )


def change(value: Any, path: tuple[Any, ...], how: str, odd: Any) -> None:
    for key in path[:-1]:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return
    last = path[-1]
    if not isinstance(value, dict | list) or (last not in value if isinstance(value, dict) else last >= len(value)):
        return
    match how:
        case "remove":
            del value[last]
        case "rename" if isinstance(value, dict):
            value[f"{last}x"] = value.pop(last)
        case "wrap":
            value[last] = [value[last]]
        case "double" if isinstance(value, list):
            value.append(deepcopy(value[last]))
        case _:
            value[last] = deepcopy(odd)


@SETTINGS
@given(changed_plans())
def test_a_plan_with_changed_values_is_read_or_refused_with_places(text: str) -> None:
    survives(text)


@st.composite
def damaged_texts(draw: st.DrawFn) -> str:
    """The text of a plan in which a piece was cut out, doubled or overwritten."""
    text = draw(st.sampled_from(TEXTS))
    start = draw(st.integers(0, len(text) - 1))
    end = min(len(text), start + draw(st.integers(0, 200)))
    piece = draw(
        st.sampled_from(
            [
                "",
                "\t",
                ": ",
                "- ",
                "{",
                "]",
                "'",
                '"',
                "&a ",
                "*a",
                "!!x ",
                "\n---\n",
                "%",
                "\x07",
                "? ",
                "|",
                "\n\n  ",
                "#",
            ]
        )
    )
    return text[:start] + piece + draw(st.sampled_from(["", text[start:end] * 2])) + text[end:]


@SETTINGS
@given(damaged_texts())
@example("")
@example("a" * 300_000)
@example("[" * 5_000)
@example("a: " * 2_000)
@example("- " * 2_000)
@example("{a: " * 500)
@example("? " * 300)
@example("a: |\n" + " x\n" * 100)
@example("a: 0x" + "f" * 30)
@example("a: 1e999\n")
@example("plan: a\ntitle: A\nphases: [{name: A, set: .nan}]\n")
@example("plan: a\ntitle: A\nflags: {a: {}}\nphases: [{name: A, set: .nan}]\n")
@example("plan: a\ntitle: A\nflags: {a: {population: 999999999999999999999}}\nphases: [{name: A, soak: 5m}]\n")
def test_a_plan_with_damaged_text_is_read_or_refused_with_places(text: str) -> None:
    survives(text)


@SETTINGS
@given(st.binary(max_size=400))
def test_bytes_without_meaning_are_refused_with_a_place(content: bytes) -> None:
    survives(content)


@pytest.mark.parametrize("text", TEXTS, ids=[file.stem for file in FILES])
def test_a_plan_without_any_one_of_its_lines_is_read_or_refused_with_places(text: str) -> None:
    lines = text.splitlines(keepends=True)
    for number in range(0, len(lines), 5):
        survives("".join(lines[:number] + lines[number + 1 :]))


def test_a_plan_written_by_a_machine_is_the_same_plan() -> None:
    for text, value in zip(TEXTS, VALUES, strict=True):
        again = yaml.safe_dump(value, sort_keys=True, allow_unicode=True)
        assert read_plan(again, "x.yaml").digest == read_plan(text, "x.yaml").digest
