"""Canonical JSON is the library's, byte for byte, whichever way it was written."""

from __future__ import annotations

from enum import StrEnum

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.canonical import LARGEST_INTEGER, canonical

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
@example({"b": 1, "a": [True, None, '\x00\x1f\x7f\u2028é😀"\\/\b\f\n\r\t']})
@example({"é": 1, "e": 2, "\U0001f600": 3, "\ufb33": 4})
@example({"n": 1.0, "big": 1e21, "small": 1e-7, "minus": -0.0})
def test_every_value_is_written_as_the_library_writes_it(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


class Colour(StrEnum):
    """A text that is a class of its own."""

    RED = "red"


@pytest.mark.parametrize("value", [{"of": Colour.RED}, ("a", 1), {"deep": {"tuple": (1, 2)}}])
def test_what_is_not_plain_json_is_left_to_the_library(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [LARGEST_INTEGER + 1, float("nan"), "\ud800", {1: "a"}, {"a": object()}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".") as ours:
        canonical(value)
    with pytest.raises(type(ours.value)):
        rfc8785.dumps(value)  # type: ignore[arg-type]
