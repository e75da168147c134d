"""Whatever people write, Slack takes the message and nothing in it acts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.characters import shown, size
from bot.chat.slack.render import render
from bot.domain.message import Heading, Message, Table, Tone
from tests.chat.slack.hostile import PIECES, everywhere, hostile_text
from tests.chat.slack.judging import assert_sound

THE_ENGINEER = frozenset({"U0ENGINEER"})


@pytest.mark.parametrize("seed", range(20))
def test_a_thousand_hostile_texts_are_harmless_in_every_place(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same texts every time, and no secret.
    for number in range(50):
        message = everywhere(hostile_text(chance), list(Tone)[number % len(Tone)])
        assert_sound(render(message, native_tables=number % 2 == 0), THE_ENGINEER)


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_every_piece_is_harmless_by_itself_and_in_great_numbers(piece: str) -> None:
    for text in (piece, piece * 300):
        assert_sound(render(everywhere(text)), THE_ENGINEER)


@settings(max_examples=30)
@given(st.text(max_size=200), st.sampled_from(Tone), st.integers(1, 20))
def test_whatever_people_write_however_often_is_taken(text: str, tone: Tone, times: int) -> None:
    assert_sound(render(everywhere(text, tone, times)), THE_ENGINEER)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.integers(40, 300))
def test_a_cut_text_is_never_longer_than_allowed(text: str, limit: int) -> None:
    for telling in (False, True):
        for lines in (False, True):
            assert size(shown(text, limit, telling=telling, lines=lines)) <= limit


@settings(max_examples=20)
@given(st.integers(0, 25), st.integers(0, 120), st.sampled_from(["", "–", "12", "word", "long " * 40, "<@U1>" * 200]))
def test_a_table_of_any_shape_is_taken(columns: int, rows: int, cell: str) -> None:
    table = Table(tuple(f"column {number}" for number in range(columns)), ((cell,) * columns,) * rows)
    for native in (True, False):
        assert_sound(render(Message("x", (Heading("x"), table, table)), native_tables=native))
