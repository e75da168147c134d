"""PagerDuty by its Events API: what it is told, what each of its answers means, and that no key is ever shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.errors import Refused, RollcallError, Unavailable, Uncertain
from bot.domain.message import Message, say
from bot.domain.metric import Secret
from bot.domain.pager import PagerDutyService
from bot.domain.signal import Signal, SignalKind
from bot.pagers.pagerduty import MOST_BYTES, Enqueue, PagerDuty, PagerDutyChanges, fitting
from bot.pagers.web_post import Request, Web
from tests.fakes.clock import START
from tests.fakes.pagerduty import PagerDutyServer, running_pagerduty
from tests.fakes.web_server import answers, closes, cuts, echoes, hangs

KEY = "0123456789abcdef0123456789ABCDEF"
ABOUT = "rollcall-page-12"
FACTS = (("page", "12"), ("plan", "checkout"), ("environment", "production"), ("opened_at", START.isoformat()))
LINKS = (("Open it in Slack", "https://slack.com/app_redirect?channel=C012345"),)


def told(kind: SignalKind, severity: str = "high") -> Message:
    return replace(say("Paged: payments fail"), signal=Signal(kind, ABOUT, START, severity, FACTS, LINKS))


TRIGGER = told(SignalKind.PAGE_TRIGGERED)


@pytest.fixture
async def server() -> AsyncIterator[PagerDutyServer]:
    async with running_pagerduty(KEY) as running:
        yield running


Making = Callable[..., Enqueue]


@pytest.fixture
def enqueue(server: PagerDutyServer, web: Web) -> Making:
    """Return what makes a way to the server, with the right key or with another one."""

    def made(key: str = KEY) -> Enqueue:
        services = {"payments": PagerDutyService("payments", Secret("PAYMENTS_KEY", key), ("production",))}
        return Enqueue(web, server.address, lambda: services)

    return made


async def test_a_page_is_one_alert_however_often_it_is_sent_and_goes_its_way_there(
    server: PagerDutyServer, enqueue: Making
) -> None:
    pagerduty = PagerDuty(enqueue(), "https://rollcall.example.org")
    for _ in range(3):
        assert await pagerduty.post("payments", "paging:12:1:1", TRIGGER) == ABOUT
    alert = server.alert(ABOUT)
    assert (alert.state, alert.log) == ("triggered", ["trigger"] * 3)
    assert alert.payload == {
        "summary": "Paged: payments fail",
        "source": "rollcall",
        "severity": "error",
        "timestamp": START.isoformat(),
        "component": "checkout",
        "group": "production",
        "class": "page",
        "custom_details": dict(FACTS),
    }
    assert alert.body["links"] == [{"href": LINKS[0][1], "text": "Open it in Slack"}]
    assert (alert.body["client"], alert.body["client_url"]) == ("Rollcall", "https://rollcall.example.org")
    for kind, state in (
        (SignalKind.PAGE_ACKNOWLEDGED, "acknowledged"),
        (SignalKind.PAGE_SNOOZED, "acknowledged"),
        (SignalKind.PAGE_REASSIGNED, "acknowledged"),
        (SignalKind.PAGE_RESOLVED, "resolved"),
    ):
        await pagerduty.post("payments", "page-answer:12:2", told(kind))
        assert server.alert(ABOUT).state == state


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("critical", "critical"), ("high", "error"), ("medium", "warning"), ("low", "info"), ("", "error")],
)
async def test_every_severity_has_its_word_there(
    server: PagerDutyServer, enqueue: Making, ours: str, theirs: str
) -> None:
    await PagerDuty(enqueue()).post("payments", "k", told(SignalKind.PAGE_TRIGGERED, ours))
    assert server.alert(ABOUT).payload["severity"] == theirs


async def test_what_is_no_page_is_no_alert_and_a_card_is_not_edited_there(
    server: PagerDutyServer, enqueue: Making
) -> None:
    pagerduty = PagerDuty(enqueue())
    await pagerduty.post("payments", "k", say("hello"))
    assert server.alerts == {}
    for platform in (pagerduty, PagerDutyChanges(enqueue())):
        with pytest.raises(Refused):
            await platform.edit("payments", "x", TRIGGER)


async def test_a_step_is_recorded_as_a_change_which_alerts_nobody(server: PagerDutyServer, enqueue: Making) -> None:
    changes = PagerDutyChanges(enqueue())
    assert await changes.post("payments", "change:3:7", told(SignalKind.STEP_REACHED)) == "change:3:7"
    await changes.post("payments", "change:3:8", say("nothing for programs"))
    (change,) = server.changes
    assert server.alerts == {}
    assert change["payload"] == {
        "summary": "Paged: payments fail",
        "timestamp": START.isoformat(),
        "source": "rollcall",
        "custom_details": dict(FACTS),
    }


async def test_a_long_text_is_cut_and_an_event_that_is_too_large_loses_its_details(
    server: PagerDutyServer, enqueue: Making
) -> None:
    many = tuple((f"fact {number}", "é" * 4000) for number in range(200))
    signal = Signal(SignalKind.PAGE_TRIGGERED, ABOUT, START, "low", many)
    await PagerDuty(enqueue()).post("payments", "k", replace(say("x" * 3000), signal=signal))
    payload = server.alert(ABOUT).payload
    assert len(payload["summary"]) == 1024
    assert "custom_details" not in payload
    whole = {"payload": {"summary": "x", "custom_details": {"a": "b" * MOST_BYTES}}}
    assert len(fitting(whole)) < 100


@pytest.mark.parametrize(
    ("fault", "meaning", "after"),
    [
        (answers("{}", 429, Retry_After="7"), Unavailable, 7),
        (answers("{}", 429), Unavailable, 30),
        (answers("{}", 500), Unavailable, None),
        (answers("{}", 503, Retry_After="Mon, 02 Mar 2026 09:01:00 GMT"), Unavailable, 60),
        (answers("{}", 408), Unavailable, None),
        (closes, Uncertain, None),
        (answers("{}", 400), Refused, None),
        (answers("{}", 302, Location="http://127.0.0.1:1/"), Refused, None),
        (answers("{}", 200), Refused, None),
    ],
    ids=["429 with a time", "429", "500", "503 until a date", "408", "closed", "400", "redirected", "200"],
)
async def test_an_answer_means_later_or_never(
    server: PagerDutyServer, enqueue: Making, fault: object, meaning: type[RollcallError], after: int | None
) -> None:
    server.faults = [fault]  # type: ignore[list-item]  # Each is one.
    with pytest.raises(meaning) as problem:
        await PagerDuty(enqueue()).post("payments", "k", TRIGGER)
    assert type(problem.value) is meaning
    if isinstance(problem.value, Unavailable):
        assert problem.value.after == (timedelta(seconds=after) if after is not None else None)
    assert len(server.web.received) == 1


async def test_a_cut_in_the_middle_of_the_answer_counts_as_taken(server: PagerDutyServer, enqueue: Making) -> None:
    """Nothing but the status matters, so that what follows it is not waited for."""
    server.faults = [cuts]
    with pytest.raises(Refused):
        await PagerDuty(enqueue()).post("payments", "k", TRIGGER)


async def test_a_lost_answer_leaves_one_alert_after_the_repeat(server: PagerDutyServer, enqueue: Making) -> None:
    server.lose_answers = 1
    pagerduty = PagerDuty(enqueue())
    with pytest.raises(Uncertain):
        await pagerduty.post("payments", "k", TRIGGER)
    await pagerduty.post("payments", "k", TRIGGER)
    assert server.alert(ABOUT).log == ["trigger", "trigger"]


async def test_a_server_that_is_not_there_is_unavailable_and_one_that_hangs_uncertain(
    server: PagerDutyServer, enqueue: Making, web: Web
) -> None:
    gone = Enqueue(web, "http://127.0.0.1:1", enqueue().services)
    with pytest.raises(Unavailable) as problem:
        await PagerDuty(gone).post("payments", "k", TRIGGER)
    assert type(problem.value) is Unavailable
    server.faults = [hangs]
    impatient = Request("POST", server.address, "PagerDuty", timeout=timedelta(milliseconds=50))
    with pytest.raises(Uncertain, match="in time"):
        await web.call(impatient)


async def test_no_routing_key_is_ever_shown(server: PagerDutyServer, enqueue: Making) -> None:
    wrong = "f" * 32
    for faults in ([], [echoes], [answers(KEY, 400)]):
        server.faults = list(faults)
        with pytest.raises(Refused) as refusal:
            await PagerDuty(enqueue(wrong)).post("payments", "k", TRIGGER)
        shown = f"{refusal.value!r} {refusal.value.hints} {enqueue(wrong)!r} {enqueue(wrong).services()!r}"
        assert wrong not in shown
        assert KEY not in shown
        assert "${PAYMENTS_KEY}" in refusal.value.hints[0]
        assert refusal.value.__cause__ is None


async def test_a_service_that_nobody_declared_is_refused(server: PagerDutyServer, enqueue: Making) -> None:
    with pytest.raises(Refused, match="no PagerDuty service “search”"):
        await PagerDuty(enqueue()).post("search", "k", TRIGGER)
    assert server.web.received == []


async def test_the_fake_refuses_what_pagerduty_refuses(server: PagerDutyServer, web: Web) -> None:
    async def status(body: object) -> int:
        headers = {"Content-Type": "application/json"}
        sent = Request("POST", f"{server.address}/v2/enqueue", "x", json.dumps(body).encode(), headers)
        return (await web.call(sent)).status

    payload = {"summary": "x", "source": "y", "severity": "info"}
    assert await status({"routing_key": "?", "event_action": "trigger", "payload": payload}) == 400
    assert await status({"routing_key": KEY, "event_action": "trigger", "payload": {"summary": "x"}}) == 400
    assert await status({"routing_key": KEY, "event_action": "resolve"}) == 400
    assert await status({"routing_key": KEY, "event_action": "resolve", "dedup_key": "unheard-of"}) == 202
    server.complaints.clear()
