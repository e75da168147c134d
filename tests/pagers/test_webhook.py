"""Signed webhooks: what arrives, who can check it, what each answer means, and what is never shown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Refused, RollcallError, Unavailable, Uncertain
from bot.domain.message import Buttons, Message, say
from bot.domain.metric import Secret
from bot.domain.pager import Webhook
from bot.domain.signal import Signal, SignalKind
from bot.pagers.web_post import Web
from bot.pagers.webhook import Webhooks
from tests.fakes.clock import START, MovedClock
from tests.fakes.web_server import answers, closes, echoes
from tests.fakes.webhook import Receiver, running_receiver

SECRET = "correct horse battery staple"  # Known to this test alone.
SIGNAL = Signal(
    SignalKind.PAGE_TRIGGERED, "rollcall-page-12", START, "high", (("page", "12"),), (("Open it", "https://x.example"),)
)
MESSAGE = replace(say("Paged: payments <fail>"), signal=SIGNAL)
GUIDE = Path(__file__).parents[2] / "docs" / "team.md"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver(SECRET, MovedClock()) as running:
        yield running


Making = Callable[..., Webhooks]


@pytest.fixture
def posting(receiver: Receiver, web: Web) -> Making:
    """Return what makes a way to the receiver, with its address and secret or with others."""

    def made(url: Secret | str | None = None, secret: str = SECRET) -> Webhooks:
        hook = Webhook("desk", url or Secret("DESK_URL", receiver.address), Secret("DESK_SECRET", secret))
        return Webhooks(web, receiver.clock, lambda: {"desk": hook})

    return made


async def test_an_event_arrives_signed_and_a_repeat_has_the_same_id(receiver: Receiver, posting: Making) -> None:
    hooks = posting()
    first = await hooks.post("desk", "paging:12:1:1", MESSAGE)
    receiver.clock.advance(timedelta(minutes=3))
    assert await hooks.post("desk", "paging:12:1:1", MESSAGE) == first
    assert await hooks.post("desk", "paging:12:1:2", MESSAGE) != first
    assert (receiver.calls, len(receiver.events)) == (3, 2)
    assert receiver.events[0] == {
        "id": first,
        "type": "page.triggered",
        "at": START.isoformat(),
        "webhook": "desk",
        "about": "rollcall-page-12",
        "severity": "high",
        "summary": "Paged: payments <fail>",
        "text": "Paged: payments <fail>\n",
        "facts": {"page": "12"},
        "links": [{"text": "Open it", "href": "https://x.example"}],
    }
    headers = receiver.web.received[0].headers
    assert (headers["rollcall-event"], headers["content-type"]) == ("page.triggered", "application/json")


async def test_a_message_without_a_word_for_programs_is_an_announcement(receiver: Receiver, posting: Making) -> None:
    await posting().post("desk", "k", Message("hello", (Buttons(()),)))
    assert (receiver.types(), receiver.events[0]["facts"]) == (["rollout.announced"], {})


async def test_the_check_in_the_guide_takes_what_is_sent_and_nothing_else(receiver: Receiver, posting: Making) -> None:
    await posting().post("desk", "k", MESSAGE)
    received = receiver.web.received[0]
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(block.strip().splitlines()) <= 10

    class Time:
        @staticmethod
        def time() -> float:
            return receiver.clock.now().timestamp()

    names: dict[str, Any] = {}
    exec(block, names)  # noqa: S102  # What the guide tells people to write.
    names["time"] = Time
    headers = {name.title(): value for name, value in received.headers.items()}
    check = names["is_rollcall"]
    assert check(SECRET, headers, received.body)
    assert not check("another secret", headers, received.body)
    assert not check(SECRET, headers, received.body + b" ")
    assert not check(
        SECRET, {**headers, "Rollcall-Timestamp": str(int(headers["Rollcall-Timestamp"]) + 1)}, received.body
    )
    receiver.clock.advance(timedelta(minutes=6))
    assert not check(SECRET, headers, received.body), "an old one is not taken again"


@pytest.mark.parametrize(
    ("fault", "meaning", "said"),
    [
        (answers("", 200), None, ""),
        (answers("", 204), None, ""),
        (answers("", 429, Retry_After="9"), Unavailable, "less often"),
        (answers("", 500), Unavailable, "status 500"),
        (answers("", 408), Unavailable, "408"),
        (closes, Uncertain, "broke off"),
        (answers("", 410), Refused, "is gone"),
        (answers("", 404), Refused, "status 404"),
        (answers("", 307, Location="http://127.0.0.1:1/"), Refused, "points elsewhere"),
    ],
    ids=["200", "204", "429", "500", "408", "closed", "410", "404", "307"],
)
async def test_an_answer_means_taken_or_later_or_never(
    receiver: Receiver, posting: Making, fault: Any, meaning: type[RollcallError] | None, said: str
) -> None:
    receiver.faults = [fault]
    if meaning is None:
        assert await posting().post("desk", "k", MESSAGE)
        return
    with pytest.raises(meaning, match=said) as problem:
        await posting().post("desk", "k", MESSAGE)
    assert type(problem.value) is meaning
    assert len(receiver.methods) == 1, "no redirect is followed, and nothing is sent again behind the outbox's back"


async def test_a_time_to_be_left_alone_is_kept_and_not_believed_beyond_an_hour(
    receiver: Receiver, posting: Making
) -> None:
    for header, seconds in (("9", 9), ("99999", 3600), ("-1", 30), ("soon", 30)):
        receiver.faults = [answers("", 429, Retry_After=header)]
        with pytest.raises(Unavailable) as problem:
            await posting().post("desk", "k", MESSAGE)
        assert problem.value.after == timedelta(seconds=seconds), header


async def test_neither_the_secret_nor_the_address_nor_the_answer_is_ever_shown(
    receiver: Receiver, posting: Making
) -> None:
    for fault in (echoes, answers("hunter2", 403), answers("hunter2", 500), closes):
        receiver.faults = [fault]
        hooks = posting(secret="another secret")  # A wrong one.
        with pytest.raises(RollcallError) as problem:
            await hooks.post("desk", "k", MESSAGE)
        shown = f"{problem.value!r} {problem.value.hints} {hooks!r} {hooks.hooks()!r} {problem.value.__cause__}"
        for hidden in ("another secret", "hidden", "hunter2", receiver.web.address):
            assert hidden not in shown


async def test_a_wrong_secret_is_refused_by_the_receiver(receiver: Receiver, posting: Making) -> None:
    with pytest.raises(Refused, match="401"):
        await posting(secret="another secret").post("desk", "k", MESSAGE)  # A wrong one.
    assert receiver.events == []


async def test_a_webhook_that_nobody_declared_is_refused_and_nothing_posted_is_changed(
    receiver: Receiver, posting: Making
) -> None:
    with pytest.raises(Refused, match="no webhook “other”"):
        await posting().post("other", "k", MESSAGE)
    with pytest.raises(Refused):
        await posting().edit("desk", "x", MESSAGE)
    with pytest.raises(Refused, match="cannot be called"):
        await posting("ftp://127.0.0.1/").post("desk", "k", MESSAGE)
    assert receiver.methods == []
