"""Slack's escapes become what was typed, in the form that the grammar reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.slack.typed_text import typed_text
from commands.command import Option, OptionType
from commands.grammar import read_value

PERSON = Option("who", OptionType.PERSON, "whom")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("25%", "25%"),
        ("<@U123|release-engineer>", "<@U123|release-engineer>"),
        ("<@U123>", "<@U123>"),
        ("<#C123|releases>", "#C123"),
        ("<#C123|>", "#C123"),
        ("<#C123>", "#C123"),
        ("<!here>", "@here"),
        ("<!channel|channel>", "@channel"),
        ("<!subteam^S1|@on-call>", "@on-call"),
        ("<!subteam^S1>", "@subteam"),
        ("<!date^1700000000^{date}|tomorrow>", "@tomorrow"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("<https://example.com/a|the page>", "https://example.com/a"),
        ("<http://app.dev|app.dev>", "app.dev"),
        ("<mailto:on@example.com|on@example.com>", "on@example.com"),
        ("<tel:+49123|+49123>", "+49123"),
        ("R&amp;D &lt;3 &gt; 2", "R&D <3 > 2"),
        ("&amp;lt;@U1&amp;gt;", "&lt;@U1&gt;"),
        ("&lt;!here&gt;", "<!here>"),
        ("&nbsp; &copy; & alone", "&nbsp; &copy; & alone"),
        ("a < b", "a < b"),
        ("<>", ""),
    ],
)
def test_an_escape_becomes_what_was_typed(sent: str, meant: str) -> None:
    assert typed_text(sent) == meant


@pytest.mark.parametrize("sent", ["<@U123|release-engineer>", "<@U123>"])
def test_the_grammar_reads_a_person_as_an_identity(sent: str) -> None:
    assert read_value(PERSON, typed_text(sent)) == "@U123"


@given(st.text(alphabet=st.sampled_from("ab <>&;#@!|^amplt%\n\u202e")))
def test_signs_that_people_type_come_back_as_they_were(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert typed_text(escaped) == text


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert isinstance(typed_text(text), str)
