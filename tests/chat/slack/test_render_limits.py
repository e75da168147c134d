"""What is too long for Slack, too wide or too much, and what screen readers are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.slack.render import render
from bot.domain.message import (
    Bullets,
    Button,
    Buttons,
    Code,
    Fields,
    Heading,
    Mark,
    Marked,
    Message,
    Moment,
    Paragraph,
    Progress,
    Table,
    line,
    say,
)
from tests.chat.slack.drawn import blocks_of, buttons_of, words_in
from tests.fakes.clock import START

SOON = Moment(START + timedelta(hours=3))
SOON_IN_UTC = "2026-03-02 12:00 UTC"


def test_long_texts_are_cut_with_what_is_missing() -> None:
    (block,) = blocks_of(Paragraph(line("a" * 40_000)))
    assert words_in(block).endswith("a… (37,026 more characters)")
    assert words_in(blocks_of(Heading("é" * 400))) == "é" * 149 + "…"
    assert words_in(blocks_of(Buttons((Button("b" * 80, "/x"),)))) == "b" * 74 + "…"


def test_nothing_that_belongs_together_is_torn_apart_by_a_cut() -> None:
    families, accents = "👨\u200d👩\u200d👧" * 40, "e\u0301" * 100
    assert words_in(blocks_of(Heading(families))).rstrip("…").replace("👨\u200d👩\u200d👧", "") == ""
    assert words_in(blocks_of(Heading(f"x{accents}"))).rstrip("…")[1:].replace("e\u0301", "") == ""


def test_long_lists_are_cut_with_how_many_are_missing() -> None:
    items = tuple(line(f"item {number}") for number in range(1_000))
    for block in (
        Bullets(items),
        Fields(tuple(("Name", it) for it in items)),
        Marked(tuple((Mark.OPEN, it) for it in items)),
    ):
        words = words_in(blocks_of(block))
        shown = words.count("item ")
        assert 300 < shown < 600
        assert words.endswith(f"… and {1_000 - shown} more")


TABLE = Table(("Flag", "Before", "After"), (("checkout", "10%", "25%"), ("search", "off", "")))


def test_a_table_is_slacks_own_and_its_numbers_stand_to_the_right() -> None:
    (drawn,) = blocks_of(Table(("#", "What"), (("12", "a sentence of some length"), ("3.5", ""))))
    assert [[cell["text"] for cell in row] for row in drawn["rows"]] == [
        ["#", "What"],
        ["12", "a sentence of some length"],
        ["3.5", " "],
    ]
    assert drawn["column_settings"] == [{"align": "right", "is_wrapped": False}, {"align": "left", "is_wrapped": True}]


def test_columns_in_which_nothing_stands_take_no_room() -> None:
    (drawn,) = blocks_of(Table(("Step", "Risk", "State"), (("one", "–", ""), ("two", "", "done"))))
    assert [cell["text"] for cell in drawn["rows"][0]] == ["Step", "State"]


def test_only_the_table_with_most_columns_is_slacks_own() -> None:
    narrow = Table(("Level", "What"), (("1", "Switch it off"),))
    assert [it["type"] for it in blocks_of(narrow, TABLE, TABLE)] == ["rich_text", "table", "rich_text"]
    assert [it["type"] for it in blocks_of(narrow, TABLE, native_tables=False)] == ["rich_text", "rich_text"]


def test_a_table_made_of_words_is_aligned() -> None:
    assert words_in(blocks_of(TABLE, native_tables=False)).split("\n") == [
        "Flag      Before  After",
        "────────  ──────  ─────",
        "checkout  10%     25%",
        "search    off",
    ]


def test_a_table_of_words_that_would_be_too_wide_is_a_list() -> None:
    rows = (
        ("1", "Switch it off", "1m", "nothing"),
        ("2", "Restore the data", "30m", "orders since the start, " * 4),
        ("3", "Wait", "–", ""),
    )
    (block,) = blocks_of(Table(("Level", "What", "Takes", "Destroys"), rows), native_tables=False)
    assert [words_in(it) for it in block["elements"][0]["elements"]] == [
        "1 Switch it off – Takes: 1m; Destroys: nothing",
        "2 Restore the data – Takes: 30m; Destroys: orders since the start, orders since the start, orders since the start, orders since the start,",
        "3 Wait",
    ]


@pytest.mark.parametrize("native", [True, False])
def test_rows_for_which_there_is_no_room_are_counted(native: bool) -> None:
    rows = tuple((str(number), "word") for number in range(500))
    drawn = blocks_of(Table(("Number", "Word"), rows), native_tables=native)
    assert words_in(drawn[-1]) == "… and 401 more rows"


def test_a_message_too_long_for_slack_says_so_and_keeps_its_buttons() -> None:
    many = tuple(Paragraph(line(f"paragraph {number}")) for number in range(60))
    buttons = Buttons((Button("Roll back", "/rollout rollback 1"),))
    drawn = blocks_of(*many, buttons)
    assert len(drawn) == 50
    assert [words_in(it) for it in drawn[-3:-1]] == [
        "paragraph 47",
        "Slack has no room for the rest of this. The same command in the terminal shows all of it.",
    ]
    assert buttons_of(drawn)[0]["value"] == "/rollout rollback 1"


def test_buttons_stay_where_they_were_when_words_are_cut() -> None:
    long, buttons = Paragraph(line("a" * 2_900)), Buttons((Button("Go", "/x"),))
    drawn = blocks_of(buttons, long, buttons, long, long, long, long, buttons)
    assert [it["type"] for it in drawn] == [
        "actions",
        "rich_text",
        "actions",
        "rich_text",
        "rich_text",
        "context",
        "actions",
    ]


def test_screen_readers_are_told_the_summary_first_and_nothing_twice() -> None:
    drawn = render(
        Message(
            "#3 is at 25%.",
            (
                Heading("#3 is at 25%"),
                Progress(25, "of servers"),
                Fields((("Until", line(SOON)),)),
                Marked(((Mark.FAILED, line(Code("error_rate < 1%"))),)),
                TABLE,
                Buttons((Button("Go on", "/x"), Button("Pause", "/y"))),
            ),
        )
    )
    assert drawn.text.split("\n") == [
        "#3 is at 25%.",
        "25% of servers",
        f"Until: {SOON_IN_UTC}",
        "failed: error_rate &lt; 1%",
        "Flag, Before, After",
        "checkout, 10%, 25%",
        "search, off,",
        "Buttons: Go on, Pause",
    ]


def test_the_text_is_short_enough_to_be_edited_in_whatever_language() -> None:
    for text in ("word " * 2_000, "新しい" * 5_000, "<&>" * 3_000, "🚀" * 3_000):
        drawn = render(Message(text, tuple(Paragraph(line(f"{number} {text}")) for number in range(9))))
        assert 2_000 < len(drawn.text.encode()) <= 3_900
        assert drawn.text.endswith("…")


def test_nobody_is_called_by_the_text_either() -> None:
    assert render(say("@here @channel. @Everyone, a@here.example and @hereafter")).text == (
        "@\u2060here @\u2060channel. @\u2060Everyone, a@\u2060here.example and @hereafter"
    )


def test_words_that_would_hide_or_reorder_are_spelled_out_and_writing_stays() -> None:
    assert (
        words_in(blocks_of(Paragraph(line("\x1b[2J\u202eabc\u2066\ud800\u200b"))))
        == "\\x1b[2J\\u202eabc\\u2066\\ud800\\u200b"
    )
    for written in ("naïve", "می\u200cخواهم", "👩\u200d🚀", "\U0001fae8", "שלום", ":tada:", "*x*"):
        assert words_in(blocks_of(Paragraph(line(written)))) == written


def test_people_cannot_begin_a_line_of_their_own() -> None:
    assert words_in(blocks_of(Paragraph(line("quiet\n✅ approved\r\n> x")))) == "quiet ✅ approved\\r > x"
