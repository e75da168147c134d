"""An answer too long for one message is several, and says all that it would say in a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bot.chat.discord.drawn import FileCard
from bot.chat.discord.markdown import BREAK
from bot.chat.discord.pages import MOST_PAGES, render_pages
from bot.chat.discord.presses import command_pressed
from bot.chat.discord.render import SHORTENED
from bot.domain.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    Fields,
    Heading,
    Mark,
    Marked,
    Message,
    Paragraph,
    Table,
    Verbatim,
    line,
)
from bot.domain.outbox import Attachment
from tests.chat.discord import asked
from tests.chat.discord.markup import seen
from tests.chat.discord.messages import MESSAGES, buttons_of, content, wrong
from tests.chat.local.sample import CARD

LONG = asked.plans()["plan_of_18_steps"]
WORDS = [f"item {number} of very many, each with a few words" for number in range(200)]


def shown(message: Message) -> str:
    return "\n".join(seen(content(page)).replace(BREAK, "") for page in render_pages(message))


def test_a_message_that_fits_is_one() -> None:
    assert len(render_pages(CARD)) == 1
    assert len(render_pages(Message("All is well.", ()))) == 1


def test_a_plan_of_many_steps_is_shown_whole() -> None:
    pages = render_pages(LONG)
    assert len(pages) == 2
    assert [wrong(page) for page in pages] == [[], []]
    assert SHORTENED.drawn() not in content(pages[-1])
    for step in asked.WIDEST.steps:
        assert step.name in shown(LONG)


@pytest.mark.parametrize(
    "block",
    [
        Bullets(tuple(map(line, WORDS))),
        Marked(tuple((Mark.DONE, line(it)) for it in WORDS)),
        Fields(tuple(("Item", line(it)) for it in WORDS)),
        Table(("Item", "State"), tuple((it, "open") for it in WORDS)),
        Verbatim("\n".join(WORDS)),
    ],
)
def test_a_block_longer_than_a_message_goes_on_in_the_next(block: Block) -> None:
    message = Message("x", (Paragraph(line("First.")), block, Paragraph(line("Last."))))
    assert len(render_pages(message)) > 2
    lines = shown(message)
    assert [it for it in ("First.", *WORDS, "Last.") if it not in lines] == []


def test_a_title_stands_where_the_things_are_that_it_names() -> None:
    filling = Verbatim("x" * 3600)
    pages = render_pages(Message("x", (filling, Heading("Steps"), Paragraph(line("y" * 600)))))
    assert [content(page)[:8] for page in pages] == ["```\nxxxx", "## Steps"]


def test_a_long_block_does_not_begin_at_the_very_end_of_a_page() -> None:
    pages = render_pages(Message("x", (Paragraph(line("x" * 3700)), Bullets(tuple(map(line, WORDS[:30]))))))
    assert ["item" in content(page) for page in pages] == [False, True]


def test_room_is_kept_for_what_stands_on_the_buttons() -> None:
    buttons = tuple(Button(f"{number} {'x' * 76}", f"/x {number}") for number in range(20))
    pages = render_pages(Message("x", (Paragraph(line("y" * 3000)), Buttons(buttons))))
    assert [len(buttons_of(page)) for page in pages] == [0, 20]
    assert "y" * 3000 in content(pages[0])


def test_files_and_buttons_are_below_the_last_page() -> None:
    button = Button("Go on", "/rollout next")
    message = Message("x", (Bullets(tuple(map(line, WORDS))), Buttons((button,))))
    pages = render_pages(message, [Attachment("report.md", "text/markdown", b"x")])
    assert [[command_pressed(it) for it in buttons_of(page)] for page in pages] == [[]] * (len(pages) - 1) + [
        ["/rollout next"]
    ]
    assert [page.attachments != () for page in pages] == [False] * (len(pages) - 1) + [True]
    assert isinstance(pages[-1].parts[-1], FileCard)


def test_an_endless_answer_ends_after_some_pages_and_says_so() -> None:
    pages = render_pages(Message("x", (Verbatim("\n".join(WORDS * 20)),)))
    assert len(pages) == MOST_PAGES
    assert content(pages[-1]).endswith(SHORTENED.drawn())


@given(MESSAGES)
@settings(max_examples=60)
def test_no_page_is_ever_over_a_limit(message: Message) -> None:
    pages = render_pages(message)
    assert 1 <= len(pages) <= MOST_PAGES
    assert [wrong(page) for page in pages if wrong(page)] == []
