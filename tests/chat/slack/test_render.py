"""How each kind of block and span is drawn in Slack."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.chat.slack.render import render
from bot.domain.message import (
    Bold,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Code,
    Fields,
    Heading,
    Mark,
    Marked,
    Mention,
    Message,
    Moment,
    Note,
    Paragraph,
    Progress,
    Span,
    Table,
    Tone,
    Verbatim,
    line,
)
from tests.chat.slack.drawn import blocks_of, buttons_of, words_in
from tests.fakes.clock import START

SOON = Moment(START + timedelta(hours=3))
SOON_IN_UTC = "2026-03-02 12:00 UTC"


def leaves_of(*spans: str | Span) -> list[dict[str, Any]]:
    (block,) = blocks_of(Paragraph(line(*spans)))
    leaves: list[dict[str, Any]] = block["elements"][0]["elements"]
    return leaves


def test_words_are_literal_and_styled_only_by_the_bot() -> None:
    assert leaves_of("*a* <b> & `c`", Bold("_d_"), Code("<@U1>")) == [
        {"type": "text", "text": "*a* <b> & `c`"},
        {"type": "text", "text": "_d_", "style": {"bold": True}},
        {"type": "text", "text": "<@U1>", "style": {"code": True}},
    ]


def test_a_moment_is_told_in_the_readers_time_with_a_capital_letter_only_at_the_beginning() -> None:
    date = {"type": "date", "timestamp": int(SOON.at.timestamp()), "fallback": SOON_IN_UTC}
    assert leaves_of(SOON) == [{**date, "format": "{date_short_pretty} at {time}"}]
    assert leaves_of("until ", SOON)[1] == {**date, "format": "\u200b{date_short_pretty} at {time}"}


@pytest.mark.parametrize("relative", [True, False])
def test_how_far_off_a_moment_is_is_not_told_because_slack_would_not_keep_it_true(relative: bool) -> None:
    assert "{ago}" not in leaves_of(Moment(START, relative=relative))[0]["format"]


def test_a_mention_notifies_whom_slack_knows_and_names_everybody_else() -> None:
    known = Mention("engineer", (("discord", "8035"), ("slack", "U0ENGINEER")))
    assert leaves_of(known) == [{"type": "user", "user_id": "U0ENGINEER"}]
    for stranger in (Mention("engineer"), Mention("engineer", (("discord", "8035"),))):
        assert leaves_of(stranger) == [{"type": "text", "text": "engineer"}]


@pytest.mark.parametrize(
    "identity", ["", "u0engineer", "!channel", "U1> <!here", "S0GROUP", "C0RELEASES", "U1\n", "@engineer"]
)
def test_what_is_no_id_of_a_person_is_never_a_mention(identity: str) -> None:
    assert leaves_of(Mention("engineer", (("slack", identity),))) == [{"type": "text", "text": "engineer"}]


def test_a_mention_without_a_name_still_reaches_the_person() -> None:
    assert leaves_of(Mention("", (("slack", "U0ENGINEER"),))) == [{"type": "user", "user_id": "U0ENGINEER"}]
    assert leaves_of(Mention("")) == [{"type": "text", "text": "somebody"}]


def test_small_print_holds_words_apart_from_dates_and_mentions() -> None:
    (context,) = blocks_of(
        Note(line("by ", Bold("*me*"), " until ", SOON, " or ", Mention("x", (("slack", "U0ENGINEER"),))))
    )
    assert context["elements"] == [
        {"type": "plain_text", "text": "by *me* until", "emoji": False},
        {
            "type": "mrkdwn",
            "text": f"<!date^{int(SOON.at.timestamp())}^\u200b{{date_short_pretty}} at {{time}}|{SOON_IN_UTC}>",
            "verbatim": True,
        },
        {"type": "plain_text", "text": "or", "emoji": False},
        {"type": "mrkdwn", "text": "<@U0ENGINEER>", "verbatim": True},
    ]


def test_small_print_of_more_parts_than_slack_takes_is_words_alone() -> None:
    (context,) = blocks_of(Note(line(*(part for number in range(6) for part in (f"{number} ", SOON)))))
    assert len(context["elements"]) == 1
    assert context["elements"][0]["text"].startswith(f"0 {SOON_IN_UTC}1 {SOON_IN_UTC}")


@pytest.mark.parametrize(
    ("tone", "sign", "name"),
    [
        (Tone.INFO, "", ""),
        (Tone.SUCCESS, "✅ ", "white_check_mark"),
        (Tone.WARNING, "⚠️ ", "warning"),
        (Tone.DANGER, "🛑 ", "octagonal_sign"),
        (Tone.QUESTION, "❓ ", "question"),
    ],
)
def test_the_first_words_carry_the_sign_of_the_tone(tone: Tone, sign: str, name: str) -> None:
    more = Paragraph(line("More."))
    first, second = blocks_of(Heading("Title"), more, tone=tone)
    assert first["text"]["text"] == f"{sign}Title"
    assert words_in(second) == "More."
    assert words_in(blocks_of(more, more, tone=tone)) == (f":{name}:  " if name else "") + "More.More."
    before = f":{name}:  The summary." if name else ""
    assert words_in(blocks_of(Note(line("Small.")), tone=tone)) == f"{before}Small."


def test_a_message_without_blocks_is_its_summary() -> None:
    assert words_in(render(Message("All is well.", ())).blocks) == "All is well."
    assert words_in(render(Message("Gone back.", (), Tone.DANGER)).blocks) == ":octagonal_sign:  Gone back."


@pytest.mark.parametrize("block", [Heading(" "), Buttons(()), Table((), ())])
def test_what_shows_nothing_is_left_out(block: Any) -> None:
    assert words_in(blocks_of(block, Paragraph(line("x")))) == "x"
    assert words_in(blocks_of(block)) == "–"


def test_an_empty_message_is_something_slack_takes() -> None:
    assert render(Message("", ())).text == "–"
    assert words_in(blocks_of(Paragraph(()), Note(()), Bullets(()), Fields(()), Marked(()), Verbatim(""))) == "––––––"


def test_a_list_stands_right_below_its_words_and_the_next_words_begin_anew() -> None:
    drawn = blocks_of(
        Paragraph(line("Before that:")),
        Bullets((line("one"), line("two"))),
        Bullets((line("three"),)),
        Paragraph(line("x")),
    )
    assert [[it["type"] for it in block["elements"]] for block in drawn] == [
        ["rich_text_section", "rich_text_list"],
        ["rich_text_list"],
        ["rich_text_section"],
    ]


def test_marks_stand_apart_from_the_sign_of_the_tone() -> None:
    words, marks = Paragraph(line("Noted.")), Marked(((Mark.DONE, line("one")), (Mark.FAILED, line("two"))))
    assert words_in(blocks_of(words, marks)) == "Noted.:white_check_mark:  one\n:x:  two"
    assert [len(blocks_of(words, marks, tone=tone)) for tone in (Tone.INFO, Tone.SUCCESS)] == [1, 2]


def test_fields_are_lines_with_their_names() -> None:
    assert (
        words_in(blocks_of(Fields((("Status", line("running")), ("Since", line(SOON))))))
        == f"Status: running\nSince: {SOON_IN_UTC}"
    )


@pytest.mark.parametrize(
    ("percent", "full", "words"),
    [
        (0, 0, "0%"),
        (0.001, 1, "0.001%"),
        (50, 10, "50%"),
        (99.9, 19, "99.9%"),
        (100, 20, "100%"),
        (250, 20, "250%"),
        (-3, 0, "-3%"),
    ],
)
def test_a_bar_is_empty_at_nothing_and_full_at_everything_only(percent: float, full: int, words: str) -> None:
    assert (
        words_in(blocks_of(Progress(percent, "of servers"))) == f"{'█' * full}{'░' * (20 - full)}  {words}  of servers"
    )


def test_a_bar_without_a_label_is_a_bar() -> None:
    assert words_in(blocks_of(Progress(50, " "))).endswith("  50%")


def test_verbatim_text_keeps_its_lines_and_spaces() -> None:
    (block,) = blocks_of(Verbatim('{\n\t"a": 1\r\n}\n'))
    assert block["elements"][0]["type"] == "rich_text_preformatted"
    assert words_in(block) == '{\n    "a": 1\n}'


def test_buttons_carry_their_commands_and_how_loud_they_are() -> None:
    styles = (ButtonStyle.PRIMARY, ButtonStyle.DEFAULT, ButtonStyle.DANGER)
    found = buttons_of(
        blocks_of(Buttons(tuple(Button("Go", f"/rollout next --reason <{style}>", style) for style in styles)))
    )
    assert [it["value"] for it in found] == [f"/rollout next --reason <{style}>" for style in styles]
    assert [it.get("style") for it in found] == ["primary", None, "danger"]


def test_buttons_have_names_of_their_own_wherever_they_stand() -> None:
    row = Buttons((Button("Go", "/rollout next"),) * 26)
    drawn = blocks_of(row, Paragraph(line("x")), row)
    assert [len(it.get("elements", ())) for it in drawn if it["type"] == "actions"] == [25, 1, 25, 1]
    assert len({it["action_id"] for it in buttons_of(drawn)}) == 52
    assert all(it["action_id"].startswith("rollcall:") for it in buttons_of(drawn))


def test_a_row_of_buttons_has_another_name_once_it_changed_and_the_same_until_then() -> None:
    before, after = (Buttons((Button("Go", f"/rollout next --version {number}"),)) for number in (7, 8))
    names = [blocks_of(it)[0]["block_id"] for it in (before, before, after)]
    assert names[0] == names[1] != names[2]


def test_a_button_without_words_shows_what_it_does() -> None:
    assert words_in(blocks_of(Buttons((Button(" ", "/rollout next"),)))) == "/rollout next"
