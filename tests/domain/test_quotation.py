"""What is quoted back is short and visible."""

from bot.domain.quotation import quote


def test_a_quotation_is_cut_and_shows_what_is_invisible() -> None:
    assert quote("a\x00\nb\u202e") == r'"a\x00\nb\u202e"'
    assert quote("x" * 50) == '"' + "x" * 39 + '…"'
    assert quote("25 %") == '"25 %"'
