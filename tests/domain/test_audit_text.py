"""The text of an audit entry is canonical JSON as RFC 8785 describes it, the same on every machine."""

from __future__ import annotations

import json
import locale
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.actor import Actor
from bot.domain.audit import Action, Event, Facts, Head, Outcome, chain

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENGINEER = Actor("an engineer", "local", "U1", "releases", "request-1")
RAISED = Event(Action.FLAG_SET, Outcome.ACCEPTED, "checkout", before={"percent": "10%"}, after={"percent": "25%"})


def body_with(facts: Facts) -> str:
    """Return the canonical text of the facts alone."""
    body = chain(Head(), replace(RAISED, before=None, after=facts), ENGINEER, NINE).body.decode()
    return body.removeprefix('{"action":"flag:set","after":').partition(',"at":')[0]


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "{}"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ({"aa": 1, "a": 2, "B": 3, "": 4}, '{"":4,"B":3,"a":2,"aa":1}'),
        # Names are put in the order of their UTF-16 units, in which a rocket comes before a character of the private use area.
        ({"\ue000": 1, "🚀": 2, "é": 3, "z": 4}, '{"z":4,"é":3,"🚀":2,"\ue000":1}'),
        # Text is UTF-8 and nothing is escaped that need not be.
        ({"a": "Ünal 名前 🚀 </script> \u2028"}, '{"a":"Ünal 名前 🚀 </script> \u2028"}'),
        ({"a": '"\\\b\f\n\r\t\x0f\x7f'}, '{"a":"\\"\\\\\\b\\f\\n\\r\\t\\u000f\x7f"}'),
        # Composed and decomposed letters are not made the same.
        ({"é": 1, "e\u0301": 2}, '{"e\u0301":2,"é":1}'),
        ({"a": [True, False, None, [], {}]}, '{"a":[true,false,null,[],{}]}'),
        ({"a": [0, -1, 10, 9007199254740991]}, '{"a":[0,-1,10,9007199254740991]}'),
        # Numbers are written as ECMAScript does.
        ({"a": [1.0, -0.0, 0.5, 1e21, 1e-7, 12.345]}, '{"a":[1,0,0.5,1e+21,1e-7,12.345]}'),
    ],
)
def test_facts_are_written_as_rfc_8785_says(facts: Facts, text: str) -> None:
    assert body_with(facts) == text


def test_the_text_of_an_entry_has_its_names_in_order_and_no_spaces() -> None:
    body = chain(Head(), RAISED, ENGINEER, NINE).body
    names = list(json.loads(body))
    assert names == sorted(names)
    assert json.dumps(json.loads(body), separators=(",", ":")).encode() == body


def test_the_text_does_not_depend_on_the_locale() -> None:
    before = body_with({"a": 12.5})
    kept = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        assert body_with({"a": 12.5}) == before == '{"a":12.5}'
    finally:
        locale.setlocale(locale.LC_ALL, kept)
