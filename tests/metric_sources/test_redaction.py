"""What of the other side's words is shown."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.metric_sources.redaction import LONGEST_SHOWN, Redaction

SECRET = "p/ss word+42"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        SECRET.upper(),
        quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        SECRET[:6] + "…",
        "…" + SECRET[-6:],
        SECRET.replace(" ", "\n"),
    ],
)
def test_words_that_hold_a_secret_in_some_form_are_not_shown(written: str) -> None:
    redaction = Redaction([SECRET])
    assert redaction.shown(f"the token {written} is not valid") == ""


def test_other_words_are_shown_on_one_line() -> None:
    assert Redaction([SECRET]).shown("parse error:\n\tunexpected\x1b[31m end\r\n") == "parse error: unexpected [31m end"


def test_long_words_are_cut() -> None:
    shown = Redaction([]).shown("a" * 5000)
    assert len(shown) == LONGEST_SHOWN
    assert shown.endswith("…")


def test_without_a_secret_everything_may_be_shown() -> None:
    assert Redaction(["", ""]).shown("fine") == "fine"


def test_a_short_secret_is_found_as_a_whole() -> None:
    assert Redaction(["abc"]).shown("xabcx") == ""
    assert Redaction(["abc"]).shown("ab c") == "ab c"


@given(secret=st.text(min_size=1), before=st.text(), behind=st.text())
def test_no_secret_passes_whatever_stands_around_it(secret: str, before: str, behind: str) -> None:
    shown = Redaction([secret]).shown(before + secret + behind)
    assert secret not in shown or not shown
