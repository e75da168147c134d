"""Whatever is typed is understood or refused in words; nothing else ever happens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import NotUnderstood
from commands.command import HelpWanted, Parsed
from commands.parser import parse
from tests.commands.examples import COMMANDS

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

WORDS = st.sampled_from(
    [
        "/rollout",
        "rollout",
        "/flag",
        "/checklist",
        "help",
        "?",
        "to",
        "set",
        "list",
        "tick",
        "problem",
        "pause",
        "puase",
        "25%",
        "25",
        "125%",
        "２５％",
        "%",
        "checkout",
        "pro,",
        "pro,free",
        "2.1",
        "#12",
        "12",
        "--env",
        "--env=",
        "--env=staging",
        "—env",
        "–all",
        "--all",
        "-h",
        "--help",
        "--",
        "--rollout",
        "--reason",
        "because",
        "BECAUSE",
        '"quiet',
        '"',
        "'",
        "'a",
        "b'",
        "<@U1|x>",
        "<@",
        "<#C1|g>",
        "@ana",
        "\\",
        "=",
        "`",
        "\xa0",
        "\u200b",
        "\u202e",
        "�",
        "\x00",
        "\x1c",
        "İ",
        "ß",
        "é",
        "👩\u200d👩\u200d👧",
        "“",
        "”",
        "’",
    ]
)
VALID = st.sampled_from([example for command in COMMANDS for verb in command.verbs for example in verb.examples])


@st.composite
def mutated_lines(draw: st.DrawFn) -> str:
    """Give a valid line in which pieces were taken out, doubled or put in."""
    line = draw(VALID)
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(line))] * 2)))
        line = (
            line[:start] + draw(st.one_of(WORDS, st.characters(codec=None), st.just(line[start:end] * 2))) + line[end:]
        )
    return line


ANY_TEXT = st.text(st.characters(codec=None), max_size=80)
LINES = st.one_of(
    st.lists(WORDS, max_size=12).map(" ".join), mutated_lines(), ANY_TEXT, ANY_TEXT.map("/rollout {}".format)
)


def answer(line: str, prefix: str = "") -> Parsed | HelpWanted | NotUnderstood:
    try:
        return parse(line, COMMANDS, prefix)
    except NotUnderstood as error:
        return error


@settings(max_examples=2_000)
@given(line=LINES, prefix=st.sampled_from(["", "rc-"]))
def test_any_line_is_understood_or_refused_in_words(line: str, prefix: str) -> None:
    answered = answer(line, prefix)
    if isinstance(answered, Parsed):
        assert {option.name for option in answered.verb.options if option.required} <= set(answered.values)
        assert all(value is not None for value in answered.values.values())
    elif isinstance(answered, NotUnderstood):
        assert answered.sentence.endswith((".", "?"))
        assert answered.hints
        # Whatever is said can be written to a terminal and to a database.
        assert all(said.encode() for said in (answered.sentence, *answered.hints))


@settings(max_examples=500)
@given(line=LINES)
def test_what_is_suggested_is_understood_or_is_the_beginning_of_a_line(line: str) -> None:
    answered = answer(line)
    for hint in answered.hints if isinstance(answered, NotUnderstood) else ():
        suggestion = hint.removeprefix("Did you mean ").removesuffix("?").rstrip()
        again = answer(suggestion) if hint.startswith("Did you mean ") else None
        if isinstance(again, NotUnderstood) and isinstance(answered, NotUnderstood):
            # The mistake that the suggestion corrects is not made again.
            assert again.sentence != answered.sentence
