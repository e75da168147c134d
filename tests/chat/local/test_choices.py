"""Which number presses which button."""

from __future__ import annotations

from bot.chat.local.choices import Choices
from bot.domain.message import Button, Buttons, Message, say
from tests.chat.local.sample import ADVANCE, PAUSE

YES, NO = Button("Yes", "/yes"), Button("No", "/no")
ASKED = Message("Sure?", (Buttons((YES, NO)),))


def test_the_replys_buttons_come_first_and_the_cards_numbers_run_on() -> None:
    choices = Choices((), (ADVANCE, PAUSE)).after_reply(ASKED)
    assert [choices.pressed(str(number)) for number in (1, 2, 3, 4)] == [YES, NO, ADVANCE, PAUSE]
    assert choices.first_card_number == 3


def test_what_is_no_number_of_a_button_presses_nothing() -> None:
    choices = Choices((YES,), ())
    for typed in ("", "0", "2", "-1", "1.5", "01", "one", "¹", "١", "1 2", "9" * 5000):
        assert choices.pressed(typed) is None
    assert choices.pressed(" 1 ") is YES


def test_a_reply_without_buttons_leaves_the_question_open() -> None:
    assert Choices().after_reply(ASKED).after_reply(say("By the way.")).pressed("2") is NO


def test_an_answered_question_is_closed() -> None:
    choices = Choices((YES, NO), (ADVANCE,)).after_press(YES)
    assert choices.pressed("1") is ADVANCE


def test_pressing_a_cards_button_leaves_the_question_open() -> None:
    choices = Choices((YES, NO), (ADVANCE,)).after_press(ADVANCE)
    assert choices.pressed("1") is YES
