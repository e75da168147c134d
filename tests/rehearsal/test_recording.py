"""What is written down of a rehearsal."""

from __future__ import annotations

from bot.domain.message import say
from bot.domain.rehearsal import Kind
from bot.rehearsal.clock import VirtualClock
from bot.rehearsal.recording import Record, RecordedChat, RecordedJournal
from tests.rehearsal.plans_for_tests import MONDAY


async def test_a_message_that_is_posted_again_is_written_down_once_and_edits_are_counted() -> None:
    record = Record(VirtualClock(MONDAY))
    chat = RecordedChat(record, "local")
    first = await chat.post("#releases", "a", say("Hello."))
    assert await chat.post("#releases", "a", say("Hello.")) == first
    assert await chat.edit("#releases", first, say("Hello again.")) == first
    assert [(it.who, it.what) for it in record.happenings] == [("local #releases", "Hello.")]
    assert record.edits == 1


def test_what_goes_wrong_inside_is_written_down_and_the_rest_of_the_log_is_not() -> None:
    record = Record(VirtualClock(MONDAY))
    for journal in (RecordedJournal(record), RecordedJournal()):
        journal.info("bot.started")
        journal.warning("metric.unavailable", problem="It is away.")
        journal.error("request.crashed", problem="Oh.")
    assert [(it.kind, it.what) for it in record.happenings] == [(Kind.REFUSED, "request.crashed: Oh.")]
