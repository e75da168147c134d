"""What becomes of a message on Discord: every kind of block, every limit, and whom it notifies."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import example, given, settings

from bot.chat.characters import size
from bot.chat.discord.drawn import EPHEMERAL, Gallery, PressRow, Text
from bot.chat.discord.fitting import Fenced, Piece, Row, Rows
from bot.chat.discord.presses import command_pressed
from bot.chat.discord.render import SHORTENED, SILENCE, render
from bot.domain.message import (
    Block,
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
    Table,
    Tone,
    Verbatim,
    line,
    say,
)
from bot.domain.outbox import Attachment
from tests.chat.discord.messages import MESSAGES, buttons_of, content, pinged, wrong
from tests.chat.local.sample import CARD
from tests.fakes.clock import START
from tests.fakes.discord.openapi import published_judge

ON_CALL = Mention("release-engineer", (("slack", "U1"), ("discord", "80351110224678912")))
NEXT = Button("Go on", "/rollout next", ButtonStyle.PRIMARY)
UNIX = int(START.timestamp())


def drawn(*blocks: Block) -> str:
    return content(render(Message("A summary.", blocks)))


@pytest.mark.parametrize(
    ("block", "markup"),
    [
        (Heading("Gates"), "## Gates"),
        (Paragraph(line("Set to ", Bold("25%"), " by ", Code("/rollout 25%"))), "Set to **25%** by `/rollout 25%`"),
        (Note(line("Nothing was changed.")), "-# Nothing was changed."),
        (Bullets((line("a"), line("b"))), "- a\n- b"),
        (Fields((("Status", line("running")),)), "**Status**: running"),
        (Progress(25, "of servers"), "`█████░░░░░░░░░░░░░░░` **25%** of servers"),
        (Progress(0.001, "of users"), "`█░░░░░░░░░░░░░░░░░░░` **0.001%** of users"),
        (Progress(99.9, "of users"), "`███████████████████░` **99.9%** of users"),
        (Marked(((Mark.DONE, line("a")), (Mark.FAILED, line("b")))), "✅ a\n❌ b"),
        (Table(("A", "B"), (("x", "yy"),)), "```\nA  B\n─  ──\nx  yy\n```"),
        (Verbatim("a\n\tb\n"), "```\na\n    b\n```"),
        (Paragraph(line(Moment(START))), f"<t:{UNIX}:f> (<t:{UNIX}:R>)"),
        (Paragraph(line(Moment(START, relative=False))), f"<t:{UNIX}:f>"),
        (Paragraph(line(ON_CALL, ": look")), "<@80351110224678912>: look"),
        (Paragraph(line(Mention("qa-lead", (("slack", "U2"),)), ": look")), "**qa-lead**: look"),
        (Paragraph(line(Mention("qa-lead", (("discord", "1> @everyone"),)))), "**qa-lead**"),
        (Paragraph(line(Bold("a"), Bold("b"), Code("c"), Code("d"))), "**ab**`cd`"),
        (Paragraph(line(Bold(" a "), "b")), "**a** b"),
        (Paragraph(line(Code("a`b"))), "a\\`b"),
    ],
)
def test_every_kind_of_block_and_span_is_drawn(block: Block, markup: str) -> None:
    assert drawn(block) == markup


def test_a_table_too_wide_for_a_phone_is_a_list_with_the_names_of_its_columns() -> None:
    columns = ("#", "Step", "Sets", "Risk", "Note")
    rows = (("1", "Prepare", "", "low", "–"), ("2", "Everyone", "checkout: 100%", "", "–"), ("3", "Look", "", "", "–"))
    assert drawn(Table(columns, rows)) == (
        "-# Step · Sets · Risk\n- **1 Prepare** · – · low\n- **2 Everyone** · checkout: 100%\n- **3 Look**"
    )
    assert drawn(Table(("When", "Target"), (("day 1", "error_rate < 0.1% of all requests"),))) == (
        "- **day 1**: error\\_rate \\< 0.1% of all requests"
    )
    assert drawn(Table(("A name of a column", "And another name", "And a third"), ())) == (
        "-# A name of a column · And another name · And a third"
    )


def test_the_first_heading_is_the_largest() -> None:
    assert drawn(Heading("a"), Heading("b")) == "## a\n### b"


def test_the_tone_is_the_colour_of_the_edge() -> None:
    assert len({render(say("x", tone=tone)).colour for tone in Tone}) == len(Tone)


def test_what_says_nothing_takes_no_room() -> None:
    nothing = (Heading(" "), Paragraph(()), Note(line("\u200d")), Bullets(()), Fields(()), Verbatim("\n"), Buttons(()))
    assert drawn(*nothing) == "A summary."
    assert drawn(*nothing, Paragraph(line("Something"))) == "Something"
    assert content(render(Message("", ()))) == SILENCE


def test_buttons_alone_stand_below_the_summary() -> None:
    message = render(Message("Go on?", (Buttons((NEXT,)),)))
    assert [type(part) for part in message.parts] == [Text, PressRow]
    assert content(message) == "Go on?"


def test_blocks_that_belong_together_stand_in_one_text() -> None:
    message = render(CARD)
    assert [part.content.split("\n")[0] for part in message.parts if isinstance(part, Text)][:4] == [
        "## Verification flow · rollout #3",
        "**Phase**: Gradual rollout",
        "✅ Inside the company",
        "Two things are left to do:",
    ]


def test_a_press_gives_back_the_command_it_was_drawn_with() -> None:
    commands = ["/rollout next", "/rollout next", "/rollout pause", "/rollout next", "x" * 95, "x" * 95, "12:1"]
    message = render(Message("x", (Buttons(tuple(Button("Go", it) for it in commands)),)))
    ids = buttons_of(message)
    assert ids[:2] == ["rc:/rollout next", "rc1:/rollout next"]
    assert len(set(ids)) == len(ids)
    assert [command_pressed(it) for it in ids] == commands
    assert command_pressed("somebody else's") is None


@pytest.mark.parametrize("command", ["", "\ud800", "🚀" * 60])
def test_a_button_that_discord_cannot_carry_is_told_as_a_command(command: str) -> None:
    message = render(Message("x", (Buttons((Button("Go up", command), NEXT)),)))
    assert buttons_of(message) == ["rc:/rollout next"]
    assert "**Go up**" in content(message)
    assert wrong(message) == []


def test_buttons_without_room_are_told_as_commands() -> None:
    buttons = tuple(Button(f"Choose {number}", f"/x {number}") for number in range(60))
    message = render(Message("Which one?", (Paragraph(line("Which one?")), Buttons(buttons))))
    shown = {command_pressed(it) for it in buttons_of(message)}
    assert len(shown) >= 25
    assert [it.command for it in buttons if it.command not in shown and f"`{it.command}`" not in content(message)] == []
    assert wrong(message) == []


def test_a_label_is_cut_where_it_is_too_long_and_is_the_command_where_it_is_empty() -> None:
    long, empty = render(Message("x", (Buttons((Button("x" * 81, "/x"), Button(" ", "/y"))),))).parts[1].presses  # type: ignore[union-attr]  # It is the row.
    assert long.label == "x" * 79 + "…"
    assert empty.label == "/y"


def test_a_long_message_keeps_what_is_short_and_says_that_it_is_shortened() -> None:
    message = render(
        Message(
            "x",
            (
                Heading("The card"),
                Fields((("Status", line("running")),)),
                Verbatim("\n".join(f"line {number}" for number in range(2000))),
                Bullets(tuple(line(f"item {number} {'x' * 200}") for number in range(100))),
                Paragraph(line("word " * 5000)),
                Buttons((NEXT,)),
                Note(line("small print")),
            ),
        )
    )
    text = content(message)
    assert wrong(message) == []
    assert 3500 < len(text) <= 4000
    assert text.startswith("## The card\n**Status**: running\n```\nline 0\nline 1\n")
    assert text.endswith(f"-# small print\n{SHORTENED.drawn()}")
    assert text.count("… and ") == 2
    assert "\n- item 0 xxx" in text
    assert "word…" in text


@pytest.mark.parametrize("piece", [Rows((Row("- ", line("word " * 7)),) * 50), Fenced(("word " * 7,) * 50)])
def test_as_much_as_fits_is_shown_and_the_rest_is_counted(piece: Piece) -> None:
    for room in range(120, 600):
        shown = piece.drawn(room)
        assert room - 60 < size(shown) <= room
        words, _, others = shown.rpartition("… and ")
        assert words.count("\n") - isinstance(piece, Fenced) + int(others.split()[0]) == 50


def test_people_are_notified_even_by_a_message_that_is_cut() -> None:
    blocks = (Paragraph(line("x" * 40_000, ON_CALL)), Bullets((line(Mention("b", (("discord", "2"),)), "!"),)))
    message = render(Message("x", blocks))
    assert message.mentions == (80351110224678912, 2)
    assert "<@80351110224678912>" in content(message)
    assert "<@2>" in content(message)
    assert wrong(message) == []


def test_only_the_people_named_may_be_notified() -> None:
    message = render(Message("Look <@3> @everyone", (Paragraph(line(ON_CALL, " <@3> @here", ON_CALL)),)))
    assert message.body()["allowed_mentions"] == {"parse": [], "users": ["80351110224678912"], "replied_user": False}
    assert dict(message.allowed().to_dict()) == {"parse": [], "users": [80351110224678912]}
    assert pinged(message) == {"<@80351110224678912>"}


def test_the_notice_says_it_all_in_one_line() -> None:
    message = render(Message("The *flow* is at 25%: go on?\n# now", (Paragraph(line(ON_CALL, "!")),)))
    assert message.notice == "<@80351110224678912> The \\*flow\\* is at 25%: go on? # now"
    assert 490 < len(render(say("x" * 40_000)).notice) <= 500


def test_an_answer_for_one_person_is_marked_so() -> None:
    flags = [render(say("x", private=private)).body()["flags"] for private in (True, False)]
    assert [bool(it & EPHEMERAL) for it in flags] == [True, False]  # type: ignore[operator]  # They are numbers.


async def test_the_view_is_the_same_as_the_json() -> None:
    def without_defaults(value: object) -> object:
        if isinstance(value, list):
            return [without_defaults(it) for it in value]
        if isinstance(value, dict):
            return {name: without_defaults(it) for name, it in value.items() if it not in (False, None)}
        return value

    files = (
        Attachment("chart.png", "image/png", b"x", "a rising line"),
        Attachment("report.md", "text/markdown", b"y"),
    )
    message = render(CARD, files)
    view = message.view()
    components: object = view.to_components()  # type: ignore[no-untyped-call]  # The library does not say.
    assert without_defaults(components) == message.body()["components"]
    # Finished at once: discord.py keeps every other view, and with it every message that was ever sent.
    assert view.is_finished()
    assert [(it.filename, it.description) for it in message.files()] == [
        ("chart.png", "a rising line"),
        ("report.md", None),
    ]


def test_attachments_are_shown_below_and_pictures_told_in_words() -> None:
    picture = Attachment("chart.png", "image/png", b"x", "a rising line " * 100)
    message = render(CARD, [picture] * 12)
    assert isinstance(message.parts[-1], Gallery)
    assert len(message.attachments) == 10
    assert wrong(message) == []


@given(MESSAGES)
@example(Message("Blank.", (Buttons((Button("", "\n"),)),)))
@settings(max_examples=150)
def test_nothing_is_ever_over_a_limit(message: Message) -> None:
    drawn = render(message)
    assert wrong(drawn) == []
    assert pinged(drawn) <= {f"<@{identity}>" for identity in drawn.mentions}
    assert {command_pressed(it) for it in buttons_of(drawn)} <= {button.command for button in message.buttons}


@given(MESSAGES)
@settings(max_examples=40)
def test_discords_own_document_accepts_every_message(message: Message) -> None:
    judge = published_judge()
    if judge is None:
        pytest.skip("ROLLCALL_SPECS names no folder with Discord's document")
    assert judge.wrong("POST", "/channels/{channel_id}/messages", render(message).body()) is None


def test_drawing_does_not_load_the_library() -> None:
    code = "import sys, bot.chat.discord.pages, bot.chat.discord.modal; sys.exit('discord' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_message_is_drawn_the_same_every_time() -> None:
    assert render(CARD) == render(CARD)
    assert render(say("x", Moment(START + timedelta(microseconds=5)))) == render(say("x", Moment(START)))
