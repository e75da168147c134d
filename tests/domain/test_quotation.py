"""What is quoted back is short and visible."""

from bot.domain.quotation import as_sentence, quote, quoted


def test_a_quotation_is_cut_and_shows_what_is_invisible() -> None:
    assert quote("a\x00\nb\u202e") == r'"a\x00\nb\u202e"'
    assert quote("x" * 50) == '"' + "x" * 39 + '…"'
    assert quote("25 %") == '"25 %"'


def test_people_are_shown_quotation_marks_as_they_are_printed() -> None:
    assert quoted("a\x00b") == r"“a\x00b”"
    assert quoted("x" * 70) == "“" + "x" * 59 + "…”"


def test_a_problem_becomes_a_sentence() -> None:
    assert as_sentence(ValueError('"soon" is not a duration')) == "“soon” is not a duration."
    assert as_sentence(ValueError('"1,5" is wrong; did you mean "1.5"?')) == "“1,5” is wrong; did you mean “1.5”?"
