"""What Slack sends is read as it is meant, and what lacks something is told apart instead of being guessed at."""

from __future__ import annotations

import json

import pytest

from bot.chat.slack.modal import LONGEST_METADATA
from bot.chat.slack.payloads import (
    Payload,
    Place,
    Unreadable,
    metadata,
    read_command,
    read_metadata,
    read_press,
    read_submission,
)

PRESS = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "trigger_id": "1.2.3",
    "channel": {"id": "C1"},
    "container": {"type": "message", "message_ts": "5.6", "channel_id": "C1"},
    "actions": [{"action_id": "rollcall:0:0", "value": "/rollout pause"}],
    "response_url": "https://hooks.slack.test/1",
}
VIEW = {
    "id": "V1",
    "hash": "h1",
    "private_metadata": json.dumps({"line": "/rollout reject", "channel": "C1"}),
    "state": {"values": {"because": {"because": {"value": "not final"}}}},
}
SUBMISSION = {"type": "view_submission", "user": {"id": "U1"}, "view": VIEW}


@pytest.mark.parametrize("actions", [None, [], ["x"], "x", {}])
def test_a_press_has_an_action(actions: object) -> None:
    with pytest.raises(Unreadable):
        read_press({**PRESS, "actions": actions})


@pytest.mark.parametrize("lacking", ["trigger_id", "user"])
def test_a_press_says_who_and_by_which_trigger(lacking: str) -> None:
    with pytest.raises(Unreadable):
        read_press({name: value for name, value in PRESS.items() if name != lacking})


def test_a_press_on_what_one_alone_sees_has_its_channel_in_the_container() -> None:
    press = read_press({name: value for name, value in PRESS.items() if name != "channel"})
    assert press is not None
    assert press.place == Place("C1", "U1", "https://hooks.slack.test/1", trigger="1.2.3")


@pytest.mark.parametrize(
    ("message", "thread"),
    [({}, ""), ({"ts": "5.6", "thread_ts": "5.6"}, ""), ({"ts": "5.6", "thread_ts": "1.1"}, "1.1")],
    ids=["alone", "first of a thread", "in a thread"],
)
def test_a_press_is_answered_in_the_thread_its_message_stands_in(message: Payload, thread: str) -> None:
    press = read_press({**PRESS, "message": message})
    assert press is not None
    assert press.place.thread == thread


@pytest.mark.parametrize("view", [None, "V1", {}, {**VIEW, "hash": ""}, {**VIEW, "private_metadata": "{}"}])
def test_a_dialog_says_which_it_is_and_what_it_leads_to(view: object) -> None:
    with pytest.raises(Unreadable):
        read_submission({**SUBMISSION, "view": view})


def test_a_dialog_that_was_changed_meanwhile_is_another_wish() -> None:
    first = read_submission(SUBMISSION)
    same = read_submission({**SUBMISSION, "trigger_id": "9.9"})
    changed = read_submission({**SUBMISSION, "view": {**VIEW, "hash": "h2"}})
    other = read_submission({**SUBMISSION, "view": {**VIEW, "id": "V2"}})
    names = [it.origin.request_id for it in (first, same, changed, other)]
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_what_a_field_holds_is_kept_from_its_name_to_its_last_sign() -> None:
    values = {"because": {"because": {"value": "a\n<b> & c"}}, "empty": {"empty": {"value": None}}, "odd": 3}
    view = {**VIEW, "state": {"values": values}}
    assert read_submission({**SUBMISSION, "view": view}).given == {"because": "a\n<b> & c", "empty": "", "odd": ""}


@pytest.mark.parametrize("lacking", ["command", "trigger_id", "channel_id", "user_id"])
def test_a_command_says_who_where_and_by_which_trigger(lacking: str) -> None:
    whole = {"command": "/rollout", "text": "", "trigger_id": "1", "channel_id": "C1", "user_id": "U1"}
    assert read_command(whole).line == "/rollout"
    with pytest.raises(Unreadable, match=lacking):
        read_command({**whole, lacking: ""})


def test_a_dialog_keeps_where_its_answer_belongs() -> None:
    place = Place("C1", "U1", "https://hooks.slack.test/1", "1.1")
    kept = {"channel": "C1", "thread": "1.1", "response_url": "https://hooks.slack.test/1", "line": "/rollout abort"}
    assert read_metadata(metadata(place, "/rollout abort")) == kept


def test_an_address_that_is_too_long_to_keep_is_left_out() -> None:
    kept = metadata(Place("C1", "U1", "https://hooks.slack.test/" + "1" * LONGEST_METADATA), "/rollout abort")
    assert read_metadata(kept) == {"channel": "C1", "line": "/rollout abort"}
