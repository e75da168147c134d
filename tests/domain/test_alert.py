"""What alerts of other systems mean: texts made harmless, severities, and what becomes of the rollouts they name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import HookRules, digest, harmless
from bot.domain.escalation import Severity
from bot.domain.page import page_of_dedup_key


@given(st.text(), st.integers(1, 600))
def test_a_harmless_text_is_one_short_line_of_characters_that_can_be_seen(text: str, most: int) -> None:
    shown = harmless(text, most)
    assert len(shown) <= most
    assert shown == shown.strip()
    assert all(it == " " or unicodedata.category(it)[0] not in "CZ" for it in shown)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"]), max_size=500))
def test_a_text_that_harms_nobody_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ([], Severity.MEDIUM),
        ([""], Severity.MEDIUM),
        (["critical"], Severity.CRITICAL),
        ([" Warning "], Severity.MEDIUM),
        (["info", "page", "low"], Severity.HIGH),
        (["nobody knows"], Severity.MEDIUM),
        (["nobody knows", "info"], Severity.MEDIUM),
        (["ticket"], Severity.LOW),
        (["error"], Severity.CRITICAL),
    ],
)
def test_the_worst_word_counts_and_the_teams_own_meaning_first(words: list[str], meant: Severity) -> None:
    assert HookRules("", {"ticket": Severity.LOW, "error": Severity.CRITICAL}).severity(words) is meant


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_a_digest_tells_its_parts_apart(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) is (one == other)


@pytest.mark.parametrize(
    ("key", "page"),
    [
        ("rollcall-page-12", 12),
        ("rollcall-page-", None),
        ("rollcall-page-12 ", None),
        ("xrollcall-page-12", None),
        ("rollcall-page-１２", None),
        ("rollcall-page-" + "1" * 30, None),
        ("", None),
    ],
)
def test_an_incident_is_ours_by_its_key(key: str, page: int | None) -> None:
    assert page_of_dedup_key(key) == page
