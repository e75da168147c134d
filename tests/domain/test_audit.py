"""The chain of the audit log: whatever was changed, removed, moved or put in is found and named."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actor import Actor, system_actor
from bot.domain.audit import GENESIS, Action, Entry, Event, Facts, Head, Outcome, chain, verify

NINE = datetime(2026, 3, 2, 9, 0, 0, 125, tzinfo=UTC)
ENGINEER = Actor("an engineer", "local", "U1", "releases", "request-1")
RAISED = Event(
    Action.FLAG_SET,
    Outcome.ACCEPTED,
    "checkout",
    "production",
    "support is quiet",
    {"percent": "10%", "on": True},
    {"percent": "25%", "on": True},
)


def chained(count: int, event: Event = RAISED) -> list[Entry]:
    head, entries = Head(), []
    for number in range(count):
        entry = chain(head, replace(event, subject=f"{event.subject}-{number}"), ENGINEER, NINE)
        entries.append(entry)
        head = Head(entry.seq, entry.hash)
    return entries


def head_of(entries: list[Entry]) -> Head:
    return Head(entries[-1].seq, entries[-1].hash)


def rehashed(entry: Entry, body: bytes) -> Entry:
    return replace(entry, body=body, hash=hashlib.sha256(body).hexdigest())


def broken_at(entries: list[Entry], published: Head | None = None) -> tuple[int | None, str]:
    found = verify(entries, published)
    assert found.valid is (found.broken is None)
    return found.broken, found.problem


def test_an_empty_log_is_whole() -> None:
    found = verify([])
    assert found.valid
    assert (found.head, found.checked) == (Head(0, GENESIS), 0)


def test_a_log_as_it_was_written_is_whole_and_its_head_is_its_last_entry() -> None:
    entries = chained(5)
    found = verify(entries, head_of(entries))
    assert found.valid
    assert (found.head, found.checked, found.problem) == (head_of(entries), 5, "")


def test_a_log_that_grew_still_holds_a_head_published_earlier() -> None:
    entries = chained(5)
    assert verify(entries, head_of(entries[:2])).valid
    assert verify(entries, Head()).valid


def test_a_head_is_published_with_its_whole_hash() -> None:
    assert str(Head(42, "9f" * 32)) == "42:" + "9f" * 32
    assert str(Head()) == "0:" + "0" * 64


def test_an_entry_names_the_hash_of_the_one_before_it() -> None:
    first, second = chained(2)
    assert json.loads(first.body)["previous"] == GENESIS
    assert json.loads(second.body)["previous"] == first.hash
    assert (first.seq, second.seq) == (1, 2)
    assert first.hash == hashlib.sha256(first.body).hexdigest()


def test_an_entry_keeps_who_did_what_where_and_why() -> None:
    entry = chain(Head(), RAISED, ENGINEER, NINE)
    assert json.loads(entry.body) == {
        "seq": 1,
        "at": "2026-03-02T09:00:00.000125+00:00",
        "person": "an engineer",
        "platform": "local",
        "platform_id": "U1",
        "channel": "releases",
        "action": "flag:set",
        "outcome": "accepted",
        "subject": "checkout",
        "environment": "production",
        "reason": "support is quiet",
        "request_id": "request-1",
        "before": {"percent": "10%", "on": True},
        "after": {"percent": "25%", "on": True},
        "previous": GENESIS,
    }


def test_what_the_bot_does_by_itself_is_traced_to_its_cause() -> None:
    entry = chain(Head(), RAISED, system_actor("rollout:7:3"), NINE)
    assert (entry.person, entry.platform, entry.request_id) == ("rollcall", "rollcall", "rollout:7:3")


def test_times_are_written_in_utc_whatever_zone_they_came_in() -> None:
    elsewhere = NINE.astimezone(timezone(timedelta(hours=-9)))
    assert chain(Head(), RAISED, ENGINEER, elsewhere) == chain(Head(), RAISED, ENGINEER, NINE)


def test_a_changed_text_is_found() -> None:
    entries = chained(4)
    entries[2] = replace(entries[2], body=entries[2].body.replace(b"quiet", b"happy"))
    assert broken_at(entries) == (3, "its text is not the one that was hashed")


def test_a_changed_text_that_was_hashed_again_is_found_by_its_columns() -> None:
    entries = chained(4)
    entries[2] = rehashed(entries[2], entries[2].body.replace(b"quiet", b"happy"))
    assert broken_at(entries) == (3, "its columns differ from its text: reason")


def test_a_whole_entry_written_anew_is_found_at_the_one_after_it() -> None:
    entries = chained(4)
    entries[1] = chain(head_of(entries[:1]), replace(RAISED, reason="it was calm"), ENGINEER, NINE)
    assert broken_at(entries) == (3, "it does not follow the entry before it")


@pytest.mark.parametrize("text", [b"", b"not json", b"[]", b'"seq"', b"null", b"\xff\xfe"])
def test_a_text_that_is_no_entry_at_all_is_named_and_raises_nothing(text: bytes) -> None:
    entries = chained(3)
    entries[1] = rehashed(entries[1], text)
    assert broken_at(entries) == (2, "its text is not a JSON object")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", NINE + timedelta(microseconds=1)),
        ("person", "somebody else"),
        ("platform", "slack"),
        ("platform_id", "U2"),
        ("channel", "random"),
        ("action", "flag:create"),
        ("outcome", "refused"),
        ("subject", "checkout-2"),
        ("environment", "staging"),
        ("reason", ""),
        ("request_id", "request-2"),
        ("before", None),
        ("before", {"percent": "10%", "on": 1}),
        ("after", {"percent": "50%", "on": True}),
    ],
)
def test_a_changed_column_is_found_and_named(column: str, value: object) -> None:
    entries = chained(3)
    entries[1] = replace(entries[1], **{column: value})  # type: ignore[arg-type]  # The column is the test's to choose.
    assert broken_at(entries) == (2, f"its columns differ from its text: {column}")


def test_every_changed_column_is_named() -> None:
    entries = [replace(entry, person="x", reason="y") for entry in chained(1)]
    assert broken_at(entries) == (1, "its columns differ from its text: person, reason")


def test_the_same_facts_in_another_order_are_no_change() -> None:
    entries = [replace(entry, before={"on": True, "percent": "10%"}) for entry in chained(1)]
    assert verify(entries).valid


@pytest.mark.parametrize("removed", [0, 1, 3])
def test_a_removed_entry_is_found_by_the_gap_it_leaves(removed: int) -> None:
    entries = chained(5)
    del entries[removed]
    missing = removed + 1
    assert broken_at(entries) == (
        missing + 1,
        f"entry {missing} is missing or was moved; {missing + 1} stands in its place",
    )


def test_a_removed_entry_is_found_also_where_the_rest_was_numbered_anew() -> None:
    entries = chained(4)
    del entries[1]
    entries = [replace(entry, seq=number) for number, entry in enumerate(entries, 1)]
    assert broken_at(entries) == (2, "it does not follow the entry before it")


def test_two_entries_in_each_others_place_are_found() -> None:
    entries = chained(4)
    entries[1], entries[2] = entries[2], entries[1]
    assert broken_at(entries) == (3, "entry 2 is missing or was moved; 3 stands in its place")


def test_two_entries_that_swapped_their_numbers_are_found() -> None:
    entries = chained(4)
    entries[1], entries[2] = replace(entries[2], seq=2), replace(entries[1], seq=3)
    assert broken_at(entries) == (2, "it does not follow the entry before it")


def test_an_entry_put_in_between_is_found() -> None:
    entries = chained(4)
    entries.insert(2, chain(head_of(entries[:2]), RAISED, ENGINEER, NINE))
    assert broken_at(entries) == (3, "entry 4 is missing or was moved; 3 stands in its place")


def test_an_entry_that_stands_twice_is_found() -> None:
    entries = chained(3)
    entries.insert(1, entries[0])
    assert broken_at(entries) == (1, "entry 2 is missing or was moved; 1 stands in its place")


def test_a_log_cut_short_shows_only_against_a_published_head() -> None:
    entries = chained(5)
    published = head_of(entries)
    assert verify(entries[:3]).valid
    assert broken_at(entries[:3], published) == (4, "entries up to 5 were published and are gone")
    assert broken_at(entries[:4], published) == (5, "entries up to 5 were published and are gone")
    assert broken_at([], published) == (1, "entries up to 5 were published and are gone")


def test_a_log_rewritten_whole_shows_only_against_a_published_head() -> None:
    published = head_of(chained(3))
    rewritten = chained(5, replace(RAISED, reason="it was calm"))
    assert verify(rewritten).valid
    assert broken_at(rewritten, published) == (3, "it is not the entry whose hash was published")


@given(st.integers(1, 8), st.data())
def test_no_byte_of_a_text_can_be_changed_unseen(count: int, data: st.DataObject) -> None:
    entries = chained(count)
    index = data.draw(st.integers(0, count - 1))
    body = bytearray(entries[index].body)
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    entries[index] = replace(entries[index], body=bytes(body))
    assert verify(entries).broken == index + 1


@pytest.mark.parametrize("action", list(Action))
def test_an_action_is_a_noun_and_a_verb(action: Action) -> None:
    noun, _, verb = action.value.partition(":")
    assert noun.isalpha()
    assert verb.isalpha()
    assert action.name == f"{noun}_{verb}".upper()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2.0**53) + 1, 2.0**53 - 1)
    | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3),
    max_leaves=6,
)


@given(st.none() | st.dictionaries(st.text(max_size=6), json_values, max_size=4), st.text(max_size=30))
def test_whatever_is_written_is_whole_when_it_is_read_back(facts: Facts | None, reason: str) -> None:
    entry = chain(Head(), replace(RAISED, before=facts, after=facts, reason=reason), ENGINEER, NINE)
    stored = None if facts is None else json.loads(json.dumps(facts))
    assert verify([replace(entry, before=stored, after=stored)]).valid
