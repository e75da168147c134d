"""Values that stand beside a line, as the fields of a form do, are values and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import commands
from bot.domain.errors import Incomplete, NotUnderstood
from commands.command import Parsed
from commands.parser import parse


def understood(line: str, **values: str) -> Parsed:
    parsed = parse(line, commands.ALL, given=values)
    assert isinstance(parsed, Parsed)
    return parsed


def test_a_reason_given_beside_the_line_is_its_reason() -> None:
    parsed = understood("/rollout rollback 1 --rollout 3", because="support reports\nthree problems")
    assert parsed.values == {"level": 1, "rollout": 3, "because": "support reports three problems"}


def test_what_looks_like_an_option_stays_part_of_the_text() -> None:
    parsed = understood("/rollout problem --rollout 3", text='--rollout 9 because "I say so" --critical')
    assert parsed.values == {"rollout": 3, "text": '--rollout 9 because "I say so" --critical'}


def test_whoever_is_mentioned_in_a_text_is_read_by_name() -> None:
    text = "<@U1|ana> and <@!42> saw it in <#C7|releases>"
    assert understood("/rollout problem", text=text).values["text"] == "@ana and @42 saw it in #releases"


def test_an_empty_field_is_as_if_it_were_not_there() -> None:
    assert understood("/rollout pause", because="  \n ").values == {}


def test_a_typed_value_is_read_as_its_type() -> None:
    with pytest.raises(NotUnderstood, match="is not a whole number"):
        understood("/rollout rollback", level="one")


def test_an_option_that_the_verb_does_not_have_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="is not an option"):
        understood("/rollout pause", percent="5%")


def test_a_value_in_the_line_and_beside_it_is_given_twice() -> None:
    with pytest.raises(NotUnderstood, match="given twice"):
        understood("/rollout pause because of rain", because="of snow")


def test_what_is_lacking_is_named() -> None:
    with pytest.raises(Incomplete) as caught:
        understood("/rollout problem --rollout 3")
    assert caught.value.lacking == ("text",)


def test_a_line_that_is_still_to_be_asked_may_lack_something() -> None:
    parsed = parse("/rollout problem --rollout 3", commands.ALL, whole=False)
    assert isinstance(parsed, Parsed)
    assert parsed.values == {"rollout": 3}


@given(st.text(max_size=200))
def test_any_text_is_taken_as_it_is_or_refused_in_words(text: str) -> None:
    try:
        parsed = understood("/rollout pause", because=text)
    except NotUnderstood:
        return
    assert set(parsed.values) <= {"because"}
