"""Messages of any shape for hypothesis, and the judges of what becomes of them on Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from bot.chat.characters import size
from bot.chat.discord.drawn import DiscordMessage, PressRow, Text
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
    Plain,
    Progress,
    Table,
    Tone,
    Verbatim,
)
from tests.chat.discord.hostile import texts
from tests.chat.discord.markup import PINGS
from tests.fakes.clock import START
from tests.fakes.discord.component_limits import check_components
from tests.fakes.discord.findings import Findings

YEARS = timedelta(days=40_000)

HOSTILE = st.sampled_from(texts())
WORDS = st.one_of(HOSTILE, st.text(max_size=30), st.text(alphabet=st.characters(), max_size=30))
IDS = st.integers(1, 40).map(str)
MENTIONS = st.builds(lambda name, identity: Mention(name, (("discord", identity),)), WORDS, IDS)
MOMENTS = st.builds(Moment, st.timedeltas(-YEARS, YEARS).map(lambda passed: START + passed), st.booleans())
SPANS = st.one_of(*(st.builds(kind, WORDS) for kind in (Plain, Bold, Code)), MENTIONS, MOMENTS)
LINES = st.lists(SPANS, max_size=4).map(tuple)
COMMANDS = st.one_of(st.sampled_from(("/rollout next", "/x")), st.text(max_size=95), st.text(min_size=90, max_size=95))
BUTTONS = st.builds(Button, WORDS, COMMANDS, st.sampled_from(ButtonStyle))


def _many(items: st.SearchStrategy[Any], most: int = 6) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.one_of(st.lists(items, max_size=most), items.flatmap(lambda it: st.just([it] * 70))).map(tuple)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(WORDS, min_size=1, max_size=5))
    row = st.tuples(*(WORDS for _ in columns))
    return Table(tuple(columns), draw(_many(row)))


BLOCKS = st.one_of(
    st.builds(Heading, WORDS),
    st.builds(Paragraph, LINES),
    st.builds(Note, LINES),
    st.builds(Bullets, _many(LINES)),
    st.builds(Fields, _many(st.tuples(WORDS, LINES))),
    st.builds(Progress, st.floats(), WORDS),
    st.builds(Marked, _many(st.tuples(st.sampled_from(Mark), LINES))),
    tables(),
    st.builds(Verbatim, WORDS),
    st.builds(Buttons, _many(BUTTONS, 12)),
)
MESSAGES = st.builds(Message, WORDS, st.lists(BLOCKS, max_size=12).map(tuple), st.sampled_from(Tone), st.booleans())


def content(drawn: DiscordMessage) -> str:
    """Return all texts of a message, below one another."""
    return "\n".join(part.content for part in drawn.parts if isinstance(part, Text))


def buttons_of(drawn: DiscordMessage) -> list[str]:
    """Return the ids of all buttons of a message."""
    return [press.custom_id for part in drawn.parts if isinstance(part, PressRow) for press in part.presses]


def wrong(drawn: DiscordMessage) -> list[Any]:
    """Return everything that Discord would refuse of a message, counted as strictly as it might be."""
    found = Findings()
    body: dict[str, Any] = drawn.body()
    check_components(found, body["components"], layout=True)
    texts = [part.content for part in drawn.parts if isinstance(part, Text)]
    # Whether labels count is nowhere said.
    labels = [press.label for part in drawn.parts if isinstance(part, PressRow) for press in part.presses]
    if sum(map(size, texts + labels)) > 4000:
        found.say("components", "More than 4000 UTF-16 units.")
    if any(not text.strip() for text in texts):
        found.say("components", "A text in which nothing is seen.")
    if any(size(it) > 100 for it in buttons_of(drawn)):
        found.say("components", "A custom_id of more than 100 UTF-16 units.")
    str(body).encode()
    return found.problems


def pinged(drawn: DiscordMessage) -> set[str]:
    """Return everything that the server would take for a mention, allowed or not."""
    return set(PINGS.findall(f"{content(drawn)}\n{drawn.notice}"))
