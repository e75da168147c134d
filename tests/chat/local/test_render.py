"""What a message looks like on a terminal, in a pipe and as JSON."""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import external_file

from bot.chat.characters import visible
from bot.chat.conversation import Outcome, Reply
from bot.chat.local.drawing import draw
from bot.chat.local.plain import ASCII, plain_message
from bot.chat.local.render import message_json, reply_json, show
from bot.chat.local.wording import Reader, percent_text
from bot.domain.message import (
    Block,
    Bold,
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
    Note,
    Paragraph,
    Progress,
    Table,
    Tone,
    Verbatim,
    line,
    say,
)
from tests.chat.local.sample import CARD, READER, without_looks
from tests.fakes.clock import START

# Written anew by: pytest tests/chat/local --inline-snapshot=create,fix
GOLDEN = "../../golden/local"


def test_a_card_on_a_terminal_of_80_columns() -> None:
    assert without_looks(draw(CARD, READER, 80, first_number=1)) == external_file(f"{GOLDEN}/card_80.txt")


def test_a_card_on_a_terminal_of_120_columns() -> None:
    assert without_looks(draw(CARD, READER, 120, first_number=1)) == external_file(f"{GOLDEN}/card_120.txt")


def test_a_card_on_a_terminal_of_30_columns() -> None:
    assert without_looks(draw(CARD, READER, 30)) == external_file(f"{GOLDEN}/card_30.txt")


def test_a_card_in_a_pipe() -> None:
    assert plain_message(CARD, READER) + "\n" == external_file(f"{GOLDEN}/card_plain.txt")


def test_a_card_in_a_pipe_that_takes_ascii_alone() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    show(CARD, stream, READER)
    stream.seek(0)
    assert stream.read() == external_file(f"{GOLDEN}/card_ascii.txt")


def test_a_card_as_json() -> None:
    assert message_json(CARD) == external_file(f"{GOLDEN}/card.json")


def test_every_line_fits_the_terminal_and_has_the_edge() -> None:
    for width in (20, 39, 40, 80, 120, 200):
        lines = without_looks(draw(CARD, READER, width, first_number=1)).splitlines()
        assert [drawn for drawn in lines if not drawn.startswith("▌")] == []
        # Chinese and Japanese characters take two cells each.
        cells = [sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in drawn.rstrip()) for drawn in lines]
        assert max(cells) <= width


def test_the_edge_has_the_colour_of_the_tone() -> None:
    edges = {tone: draw(say("x", tone=tone), READER, 80, colour=True).partition("▌")[0] for tone in Tone}
    assert edges[Tone.DANGER] == "\x1b[31m"
    assert len(set(edges.values())) == len(Tone)


def test_nothing_is_coloured_where_colour_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    without = draw(CARD, READER, 80, colour=False)
    assert "\x1b[3" not in without
    assert "\x1b[1m" in without
    monkeypatch.setenv("NO_COLOR", "1")
    assert draw(CARD, READER, 80) == without


@pytest.mark.parametrize(("encoding", "edge"), [("utf-8", True), ("ascii", False)])
def test_a_terminal_is_drawn_on_where_it_has_the_signs(encoding: str, edge: bool) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    stream = Terminal(io.BytesIO(), encoding=encoding)
    show(CARD, stream, READER)
    stream.seek(0)
    assert stream.read().startswith("\x1b[33m▌") == edge


def test_a_message_holds_known_things_only() -> None:
    with pytest.raises(TypeError, match="no object"):
        message_json(Message("x", (object(),)))  # type: ignore[arg-type]  # That is the point.


def test_a_message_without_blocks_is_its_summary() -> None:
    assert plain_message(Message("All is well.", ()), READER) == "All is well."
    assert without_looks(draw(Message("All is well.", ()), READER, 80)) == "▌ All is well.\n"


def test_where_nobody_can_press_the_buttons_show_what_to_type() -> None:
    message = Message("x", (Buttons((Button("Go on", "/rollout next"),)),))
    assert plain_message(message, READER, ASCII) == "-> Go on: /rollout next"
    assert "/rollout next" in draw(message, READER, 80)
    assert "/rollout next" not in draw(message, READER, 80, first_number=1)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (Moment(START), "10:00 CET (now)"),
        (Moment(START + timedelta(seconds=1)), "10:00 CET (in 1 min)"),
        (Moment(START + timedelta(hours=3, minutes=20)), "13:20 CET (in 3 h 20 min)"),
        (Moment(START + timedelta(hours=3), relative=False), "13:00 CET"),
        (Moment(START - timedelta(minutes=59, seconds=59)), "09:00 CET (59 min ago)"),
        (Moment(START + timedelta(days=1, minutes=5)), "Tue 3 Mar 10:05 CET (in 1 d)"),
        (Moment(START + timedelta(days=40, hours=2)), "Sat 11 Apr 13:00 CEST (in 40 d 2 h)"),
        (Moment(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), relative=False), "00:30 CET"),
    ],
)
def test_moments_are_told_in_the_readers_own_time(moment: Moment, words: str) -> None:
    assert READER.moment(moment).endswith(words)


def test_a_moment_of_another_year_says_the_year() -> None:
    assert READER.moment(Moment(datetime(2027, 1, 5, 12, 0, tzinfo=UTC), relative=False)) == "Tue 5 Jan 2027 13:00 CET"


def test_instants_in_json_are_utc_whatever_zone_they_came_in() -> None:
    there = START.astimezone(timezone(timedelta(hours=-5)))
    assert "2026-03-02T09:00:00Z" in json.dumps(message_json(say(Moment(there))))


def test_a_reply_in_json_says_how_it_ended_and_stays_on_one_line() -> None:
    written = reply_json(Reply(say("line one\nline two \x1b[31m\u202e"), Outcome.REFUSED))
    assert written.isascii()
    assert written.isprintable()
    assert json.loads(written)["outcome"] == "refused"
    assert json.loads(written)["summary"] == "line one\nline two \x1b[31m\u202e"


@pytest.mark.parametrize(
    ("percent", "bar", "words"),
    [
        (0, "░" * 40, "0%"),
        (0.001, "▏" + "░" * 39, "0.001%"),
        (50, "█" * 20 + "░" * 20, "50%"),
        (99.999, "█" * 39 + "▉", "99.999%"),
        (100, "█" * 40, "100%"),
        (250, "█" * 40, "250%"),
        (-3, "░" * 40, "-3%"),
    ],
)
def test_a_bar_is_empty_at_nothing_and_full_at_everything_only(percent: float, bar: str, words: str) -> None:
    drawn = without_looks(draw(Message("x", (Progress(percent, "of servers"),)), READER, 80))
    assert drawn == f"▌ {bar} {words} of servers\n"


def test_percentages_are_written_as_people_write_them() -> None:
    assert [percent_text(p) for p in (0.0, 10.0, 12.5, 0.001, 33.3333)] == ["0%", "10%", "12.5%", "0.001%", "33.333%"]


def test_what_would_act_is_spelled_out_and_what_is_writing_stays() -> None:
    assert visible("\x1b[2J\x07\u202eabc\u2066\ud800\u2028") == "\\x1b[2J\\x07\\u202eabc\\u2066\\ud800\\u2028"
    for written in ("naïve", "می\u200cخواهم", "👩\u200d🚀", "\U0001fae8", "[bold]not markup[/]", ":smile:"):
        assert visible(written) == written
    assert visible("a\u00a0b\tc\nd") == "a b c d"


def test_text_that_looks_like_markup_is_shown_as_it_is() -> None:
    written = "[red]stop[/red] [link=file:///etc]x[/] :bomb: **bold** <@U1>"
    assert written in without_looks(draw(say(written), READER, 200))
    assert plain_message(say(written), READER) == written


@given(st.text(max_size=80), st.integers(1, 130))
def test_whatever_people_write_never_acts(text: str, width: int) -> None:
    short = text[:40]
    everywhere: tuple[Block, ...] = (
        Heading(text),
        Paragraph(line(text, Bold(text), Code(text))),
        Note(line(text)),
        Bullets((line(text),)),
        Fields(((text, line(text)), (text, line(text)))),
        Progress(5, text),
        Marked(((Mark.DONE, line(text)),)),
        Table((text, text), ((text, text),)),
        Verbatim(text),
        Buttons((Button(text, short), Button(text, short))),
    )
    message = Message(text, everywhere)
    for number in (None, 1):
        _assert_harmless(without_looks(draw(message, READER, width, first_number=number)))
    _assert_harmless(plain_message(message, READER))
    _assert_harmless(reply_json(Reply(message, Outcome.DONE)))


HOSTILE = st.lists(
    st.sampled_from(["\x1b[31m", "\x1b]8;;x\x07", "\x9b2J", "\r", "\u202e", "\u2067", "\x08", "a", "\n"])
)


@given(HOSTILE.map("".join))
def test_escape_sequences_never_reach_the_terminal(text: str) -> None:
    reader = Reader(START, UTC)
    message = Message(text, (Heading(text), Verbatim(text), Table((text,), ((text,),)), Progress(1, text)))
    _assert_harmless(without_looks(draw(message, reader, 60)))
    _assert_harmless(plain_message(message, reader))


def _assert_harmless(shown: str) -> None:
    shown.encode("utf-8")
    acting = {c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert acting <= {"\n", "\u200c", "\u200d"}
