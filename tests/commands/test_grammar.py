"""Words become typed values, and what phones make of typing is undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.errors import NotUnderstood
from bot.domain.percent import Percent
from bot.domain.quotation import quoted
from commands.command import Option, OptionType
from commands.grammar import LONGEST_LINE, Word, near, next_word, read_value, rest_of_line, tidy


def value(kind: OptionType, text: str, *choices: str) -> object:
    return read_value(Option("x", kind, "an option", choices=choices), text)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (OptionType.TEXT, " quiet ", "quiet"),
        (OptionType.PERCENT, "0.001%", Percent(1)),
        (OptionType.DURATION, "1h30m", timedelta(hours=1, minutes=30)),
        (OptionType.INTEGER, "007", 7),
        (OptionType.SWITCH, "Yes", True),
        (OptionType.SWITCH, "off", False),
        (OptionType.FLAG, "checkout_redesign.v2", "checkout_redesign.v2"),
        (OptionType.PLAN, "verification-flow", "verification-flow"),
        (OptionType.ROLLOUT, "12", 12),
        (OptionType.ROLLOUT, "#12", 12),
        (OptionType.ENVIRONMENT, "staging", "staging"),
        (OptionType.PERSON, "@ana", "ana"),
        (OptionType.PERSON, "ana", "ana"),
        (OptionType.PERSON, "ana b", "ana b"),
        (OptionType.PERSON, "ana@example.org", "ana@example.org"),
        (OptionType.PERSON, "<@U123>", "@U123"),
        (OptionType.PERSON, "<@U123|ana b>", "@U123"),
        (OptionType.PERSON, "<@123>", "@123"),
        (OptionType.PERSON, "<@!123>", "@123"),
        (OptionType.ITEM, "2.1", "2.1"),
        (OptionType.ITEM, "Database backed up", "Database backed up"),
        (OptionType.WORDS, "pro,enterprise,,pro", ("pro", "enterprise")),
    ],
)
def test_text_becomes_a_value_of_its_type(kind: OptionType, text: str, expected: object) -> None:
    assert value(kind, text) == expected


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (OptionType.TEXT, " ", "There is nothing between the quotation marks."),
        (OptionType.PERCENT, "a lot", "“a lot” is not a percentage: "),
        (OptionType.DURATION, "5 fortnights", "“5 fortnights” is not a duration: "),
        (OptionType.INTEGER, "1.5", "“1.5” is not a whole number"),
        (OptionType.INTEGER, "9" * 19, f"“{'9' * 19}” is not a whole number"),
        (OptionType.INTEGER, "٣", "“٣” is not a whole number"),
        (OptionType.SWITCH, "maybe", "“maybe” is neither yes nor no."),
        (OptionType.FLAG, "5%", "“5%” is not a flag's key: "),
        (OptionType.FLAG, "", "“” is not a flag's key: "),
        (OptionType.PLAN, "../secrets", "“../secrets” is not a name: "),
        (OptionType.ROLLOUT, "##1", "“##1” is not a rollout's number"),
        (OptionType.ENVIRONMENT, "a b", "“a b” is not a name: "),
        (OptionType.PERSON, "<!here>", "“<!here>” is not a person"),
        (OptionType.PERSON, "<@&5>", "“<@&5>” is not a person"),
        (OptionType.PERSON, "@", "“@” is not a person"),
        (OptionType.ITEM, "", "There is nothing between the quotation marks."),
        (OptionType.WORDS, ",,", "“,,” holds no word: "),
    ],
)
def test_text_of_another_form_is_refused_and_quoted(kind: OptionType, text: str, sentence: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        value(kind, text)
    assert caught.value.sentence.startswith(sentence)


def test_every_type_of_value_can_be_read() -> None:
    read = []
    for kind in OptionType:
        for text in ("25%", "12", "1h", "yes"):
            try:
                value(kind, text)
            except NotUnderstood:
                continue
            read.append(kind)
    assert set(read) == set(OptionType)


def test_a_choice_is_found_in_any_case_and_given_as_declared() -> None:
    assert value(OptionType.TEXT, "NEWEST", "Newest", "oldest") == "Newest"
    assert value(OptionType.INTEGER, "2", "1", "2") == 2
    with pytest.raises(NotUnderstood, match="“new” is none of Newest, oldest"):
        value(OptionType.TEXT, "new", "Newest", "oldest")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  a \t b\r\n\u3000c\u00a0d ", "a b c d"),
        ("“a” „b‟ «c»", '"a" "b" "c"'),
        ("it’s ‘a’", "it's 'a'"),
        ("a\u200bb\ufeff\u00ad", "ab"),
        ("`/rollout 25%`", "/rollout 25%"),
        ("``", ""),
        ("`a` b", "`a` b"),
        ("👩\u200d👧 — é", "👩\u200d👧 — é"),
        ("", ""),
    ],
)
def test_typography_is_undone(typed: str, meant: str) -> None:
    assert tidy(typed) == meant


@pytest.mark.parametrize(
    ("text", "code"), [("a\x00b", "U+0000"), ("\x1b[2J", "U+001B"), ("a\ud800", "U+D800"), ("a\u202eb", "U+202E")]
)
def test_characters_that_control_the_screen_are_refused(text: str, code: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        tidy(text)
    assert caught.value.sentence == f"There is a character in it that cannot be read: {code}."


def test_a_line_has_a_greatest_length() -> None:
    assert len(tidy("x" * LONGEST_LINE)) == 2_000
    with pytest.raises(NotUnderstood, match="That is 2,001 characters long; one command has at most 2,000"):
        tidy("x" * (LONGEST_LINE + 1))


@pytest.mark.parametrize(
    ("text", "word", "end"),
    [
        ("a b", "a", 1),
        ('"a b" c', "a b", 5),
        ("'a b' c", "a b", 5),
        ("it's b", "it's", 4),
        ("'tis b", "'tis", 4),
        ("--env='a b' c", "--env=a b", 11),
        (r'"say \"go\"" c', 'say "go"', 12),
        ("—env b", "--env", 4),
        ("-—env b", "--env", 5),
        ("—5 b", "—5", 2),
        ('"—env" b', "—env", 6),
        ("verification‑flow", "verification-flow", 17),
        ("<@U1|ana b> c", "<@U1|ana b>", 11),
        ("25 % b", "25%", 4),
        ("25 ％", "25%", 4),
        ("25 %b", "25", 2),
        ("a % b", "a", 1),
    ],
)
def test_quotes_and_mentions_hold_a_word_together(text: str, word: str, end: int) -> None:
    found = next_word(text, 0)
    assert found is not None
    assert (found.text, found.end) == (word, end)


def test_an_open_quotation_mark_is_quoted_from_where_it_begins() -> None:
    with pytest.raises(NotUnderstood, match='opened and not closed: “"b c”'):
        next_word('a "b c', 1)


def test_there_is_no_word_at_the_end() -> None:
    assert next_word("a  ", 1) is None


def test_free_text_goes_on_to_the_end_or_to_a_reason() -> None:
    text = "a b because c"
    assert rest_of_line(text, 0, stops_at_because=False) == Word(text, 0, 13)
    assert rest_of_line(text, 0, stops_at_because=True) == Word("a b", 0, 4)
    assert rest_of_line('"a b" --c', 0, stops_at_because=False) == Word("a b", 0, 5, quoted=True)
    assert rest_of_line("'a b' because c", 0, stops_at_because=True) == Word("a b", 0, 5, quoted=True)
    assert rest_of_line("'a b", 0, stops_at_because=True) == Word("'a b", 0, 4)


def test_only_truly_near_names_are_suggested() -> None:
    names = ("pause", "resume", "rollback", "status", "start")
    assert near("puase", names) == ["pause"]
    assert near("STAT", names) == ["status", "start"]
    assert near("roll", names) == ["rollback"]
    assert near("freeze", names) == []
    assert near("s", names) == []
    assert near("", names) == []


def test_what_is_quoted_is_cut_and_shows_what_cannot_be_seen() -> None:
    assert quoted("a" * 60) == f"“{'a' * 60}”"
    assert quoted("a" * 61) == f"“{'a' * 59}…”"
    assert quoted("a\u200db") == "“a\\u200db”"
