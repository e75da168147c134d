"""Whatever people write, on Discord it is text: it notifies nobody, looks like nothing else, and breaks no limit."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.characters import size, visible
from bot.chat.discord.drawn import Text
from bot.chat.discord.markdown import BREAK, marked
from bot.chat.discord.render import SHORTENED, SILENCE, render
from bot.domain.message import (
    Block,
    Bold,
    Bullets,
    Code,
    Fields,
    Heading,
    Line,
    Mark,
    Marked,
    Mention,
    Message,
    Note,
    Paragraph,
    Plain,
    Progress,
    Table,
    Verbatim,
    line,
)
from tests.chat.discord.hostile import HOW_MANY, KINDS, texts
from tests.chat.discord.markup import PINGS, live, seen

HOSTILE = texts()
FRAGMENTS = sum(map(len, KINDS))
SOME = 5
"""So many places a mixture is put into, others for each; a fragment is put into all of them."""

Case = tuple[str, str, list[str]]


def places(text: str) -> Iterator[tuple[Block, list[str]]]:
    """Yield every place in a message where somebody's words can stand, with the markup that is the bot's own there."""
    yield Paragraph(line(text)), []
    yield Paragraph(line("Why: ", text)), []
    yield Paragraph(line(text, Bold("and"), text)), ["bold"]
    yield Paragraph(line(Bold(text))), ["bold"]
    yield Paragraph(line(Mention(text))), ["bold"]
    yield Paragraph(line("say ", Code(text))), ["code"]
    yield Note(line(text)), ["small"]
    yield Heading(text), ["heading2"]
    yield Bullets((line(text),)), ["item"]
    yield Fields(((text, line("x")),)), ["bold"]
    yield Fields((("Why", line(text)),)), ["bold"]
    yield Marked(((Mark.OPEN, line(text)),)), []
    yield Progress(25, text), ["code", "bold"]
    yield Verbatim(text), ["fence"]
    yield Table((text, "b", "c"), (("d", "e", "f"),)), ["fence", "small", "item", "bold"]
    yield Table(("a", "b"), (("c", text),)), ["fence", "item", "bold"]
    yield Table(("a", "b", "c"), ((text, "d" * 60, text),)), ["small", "item", "bold"]


def drawn(*blocks: Block) -> str:
    """Return the texts of a message, below one another, apart from what is said of a cut and of nothing."""
    texts = [part.content for part in render(Message("", blocks)).parts if isinstance(part, Text)]
    return "\n".join(text for text in texts if text not in {SHORTENED.drawn(), SILENCE})


@functools.cache
def cases() -> list[Case]:
    """Return hostile texts, what became of each in a place, and the markup that is the bot's own there."""
    found = []
    for number, text in enumerate(HOSTILE):
        for place, (block, own) in enumerate(places(text)):
            if number < FRAGMENTS or (place - number) % 17 < SOME:
                found.append((text, drawn(block), own))
    return found


def test_there_are_a_thousand_hostile_texts() -> None:
    assert HOW_MANY == len(HOSTILE) == 1000
    assert sum(bool(live(text[:200])) for text in HOSTILE) > 700
    assert sum(bool(PINGS.search(text)) for text in HOSTILE) > 200
    assert len(cases()) > 5000


def test_no_text_of_people_becomes_markup_anywhere() -> None:
    assert [(text, said) for text, said, own in cases() if set(live(said)) - set(own)] == []


def test_no_text_of_people_notifies_anybody() -> None:
    assert [(text, said) for text, said, _ in cases() if PINGS.search(said)] == []


def test_text_of_people_is_read_as_it_was_written() -> None:
    for text in HOSTILE:
        written = visible(text).strip()
        for block in (Paragraph(line(text)), Bullets((line(text),)), Heading(text), Note(line(text))):
            if len(written) < 1000 and (said := drawn(block)):
                assert seen(said).replace(BREAK, "") == written, (text, said)


FRAGMENT = st.sampled_from([fragment for kind in KINDS for fragment in kind])
PIECES = st.lists(st.builds(Plain, FRAGMENT) | st.builds(Bold, FRAGMENT) | st.builds(Code, FRAGMENT), max_size=6)


@given(PIECES.map(tuple), st.integers(20, 200))
def test_text_in_several_spans_is_text_wherever_it_is_cut(pieces: Line, room: int) -> None:
    for said in (marked(pieces), marked(pieces, room)):
        assert set(live(said)) <= {"bold", "code"}
        assert PINGS.search(said) is None
    assert size(marked(pieces, room)) <= room


@given(st.text(alphabet=st.sampled_from("*_~`|<>[]()#-+.:@/\\1a \n"), max_size=30))
def test_signs_in_any_order_are_read_as_they_were_written(text: str) -> None:
    said = marked(line(text))
    assert live(said) == []
    assert seen(said).replace(BREAK, "") == visible(text).strip()
