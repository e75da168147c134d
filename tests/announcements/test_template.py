"""Texts of announcements: facts are filled in, nothing missing passes, and nothing in them can grow or reach out."""

from __future__ import annotations

import pytest

from bot.announcements.template import FILTERS, LONGEST, BadTemplate, Template

FACTS = {"title": "The <b>new</b> page", "step": "2", "reason": ""}


def test_facts_are_filled_in_and_stay_as_they_are() -> None:
    text = Template("{{ title }}{% if reason %}: {{ reason }}{% endif %}, step {{ step|upper }}.")
    assert text.render(FACTS) == "The <b>new</b> page, step 2."


def test_a_text_without_facts_is_taken_as_it_is() -> None:
    assert Template(" 100 % of you * everybody ").render({}) == "100 % of you * everybody"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("{{ titel }}", 1, "titel"),
        ("one\n{{ title }", 2, "unexpected"),
        ("one\n\n{% if title %}", 3, "."),
        ("{{ title|replace('a', 'b') }}", 1, "replace"),
        ("{{ range(10) }}", 1, "range"),
        ("{{ title.__class__ }}", 1, "undefined"),
        ("{% set x = 1 %}", 1, "`set`"),
        ("one\n{% macro x() %}{% endmacro %}", 2, "`macro`"),
        ("{{ 'x' * 1000000000 }}", 1, "multiplied"),
    ],
)
def test_what_cannot_be_said_names_its_line_and_why(text: str, line: int, words: str) -> None:
    with pytest.raises(BadTemplate, match=words) as problem:
        Template(text).render(FACTS)
    assert problem.value.line == line


def test_a_text_that_works_for_ever_runs_out_of_fuel() -> None:
    letters = ", ".join(["1"] * 60)
    loop = "".join(f"{{% for i{n} in [{letters}] %}}" for n in range(4)) + "x" + "{% endfor %}" * 4
    with pytest.raises(BadTemplate, match="fuel"):
        Template(loop).render({})


def test_what_comes_out_is_no_longer_than_a_message() -> None:
    with pytest.raises(BadTemplate, match="4096"):
        Template("{{ title }}").render({"title": "x" * (LONGEST + 1)})


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_every_filter_that_is_promised_is_there(name: str) -> None:
    argument = "(', ')" if name == "join" else "('none')" if name == "default" else ""
    value = "['a']" if name in {"join", "first", "last"} else "1" if name in {"round", "int", "float"} else "'a'"
    assert Template(f"{{{{ {value}|{name}{argument} }}}}").render({})
