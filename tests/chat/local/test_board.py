"""The cards above the prompt."""

from __future__ import annotations

from bot.chat.local.board import Board
from bot.domain.message import say
from bot.domain.outbox import Post
from tests.chat.local.sample import ADVANCE, BACK, CARD, PAUSE, READER, SMALL_CARD, without_looks
from tests.fakes.clock import START

NEW = Post("2", "releases", "card:rollout:2", CARD, START, 9)
OLD = Post("1", "releases", "card:rollout:1", SMALL_CARD, START, 3)


def drawn(board: Board, height: int, width: int = 80) -> list[str]:
    return without_looks(board.drawn(READER, width, height, first_number=1)).splitlines()


def test_without_a_card_nothing_is_drawn() -> None:
    assert drawn(Board(), 20) == []
    assert Board().buttons == ()


def test_the_latest_card_is_whole_and_an_older_one_is_a_line() -> None:
    lines = drawn(Board((NEW, OLD)), 50)
    assert "▌ ▶ 25% for 24 hours" in lines
    assert lines[-1] == "▌ The card at 25%."


def test_only_buttons_that_are_drawn_can_be_pressed() -> None:
    assert Board((NEW, OLD)).buttons == (ADVANCE, PAUSE, BACK)


def test_in_a_low_window_title_bar_and_buttons_stay() -> None:
    lines = drawn(Board((NEW,)), 8)
    assert len(lines) <= 8
    assert lines[0] == "▌ Verification flow · rollout #3"
    assert "25%" in lines[1]
    assert lines[-1] == "▌ [3] Roll back"


def test_no_window_is_too_small() -> None:
    long = Post("3", "releases", "card:rollout:3", say("word " * 200), START, 11)
    for height in range(12):
        for board in (Board((NEW, OLD)), Board((long,))):
            assert len(drawn(board, height, width=20)) <= max(height, 3) + 2
