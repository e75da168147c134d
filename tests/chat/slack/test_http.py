"""Behind the route of Slack nothing is read that Slack did not sign just now, and no request gets a 5xx."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from bot.chat.slack.http import MOST_BYTES, Signature
from bot.domain.errors import Refused
from tests.chat.slack.ways_in import Scene, scene_over
from tests.fakes.clock import MovedClock
from tests.fakes.slack import HttpWay
from tests.fakes.slack.signed_http import FORM, JSON


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with scene_over("http") as scene:
        yield scene


@pytest.fixture
def way(scene: Scene) -> HttpWay:
    assert isinstance(scene.way, HttpWay)
    return scene.way


def nothing_happened(scene: Scene) -> bool:
    return scene.conversation.handled == [] and scene.slack.calls == []


@pytest.mark.parametrize("forgery", ["forged", "old", "unsigned", "truncated"])
async def test_what_slack_did_not_sign_just_now_is_turned_away(scene: Scene, way: HttpWay, forgery: str) -> None:
    deed = way.payloads.command(scene.person, scene.channel, "/rollout", "0%")
    answer = await getattr(way, forgery)(deed)
    assert answer.status == 401
    assert nothing_happened(scene)
    assert scene.journal.events() == ["slack.not_signed"]


async def test_what_was_signed_in_the_future_is_turned_away(scene: Scene, way: HttpWay) -> None:
    deed = way.payloads.command(scene.person, scene.channel, "/rollout", "0%")
    assert (await way.old(deed, by=timedelta(minutes=-6))).status == 401
    assert nothing_happened(scene)


async def test_a_clock_that_is_a_little_wrong_does_no_harm(scene: Scene, way: HttpWay) -> None:
    answer = await scene.typed("status")
    scene.clock.advance(timedelta(minutes=4, seconds=59))
    assert (await way.replayed(answer)).status == 200


async def test_a_request_that_was_overheard_is_useless_five_minutes_later(scene: Scene, way: HttpWay) -> None:
    answer = await scene.typed("next")
    scene.clock.advance(timedelta(minutes=5, seconds=1))
    assert (await way.replayed(answer)).status == 401
    assert len(scene.conversation.handled) == 1


async def test_a_request_that_was_overheard_has_the_same_name(scene: Scene, way: HttpWay) -> None:
    await way.replayed(await scene.typed("next"))
    one, other = scene.conversation.handled
    assert one.origin.request_id == other.origin.request_id


ODD_HEADERS: list[dict[str, str]] = [
    {"X-Slack-Signature": "v0=ÄÖ", "X-Slack-Request-Timestamp": "1772442000"},
    {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "yesterday"},
    {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "9" * 400},
    {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "-1"},
    {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "1772442000.5"},
    {"X-Slack-Signature": "", "X-Slack-Request-Timestamp": "1772442000"},
    {"X-Slack-Signature": "v1=00"},
]


async def test_odd_headers_are_turned_away(scene: Scene, way: HttpWay) -> None:
    for headers in ODD_HEADERS:
        assert (await way.raw(b"text=0%25", {"Content-Type": FORM, **headers})).status == 401, headers
    assert nothing_happened(scene)


async def test_forgers_do_not_fill_the_log(scene: Scene, way: HttpWay) -> None:
    for _ in range(20):
        await way.raw(b"text=0%25", {"Content-Type": FORM})
    scene.clock.advance(timedelta(minutes=1))
    await way.raw(b"text=0%25", {"Content-Type": FORM})
    assert [line.facts["requests"] for line in scene.journal.lines] == [1, 20]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_look_at_the_certificate_is_answered(scene: Scene, way: HttpWay, method: str) -> None:
    assert (await way.ssl_check(method)).status == 200
    assert nothing_happened(scene)


async def test_a_look_at_the_certificate_does_nothing_else(scene: Scene, way: HttpWay) -> None:
    body = urlencode({"ssl_check": "1", "command": "/rollout", "text": "0%", "team_id": scene.slack.team_id})
    assert (await way.raw(body.encode(), {"Content-Type": FORM})).body == ""
    assert nothing_happened(scene)


async def test_the_address_is_proved(way: HttpWay) -> None:
    await way.url_verification("three-words-in-a-row")


async def test_a_proof_of_the_address_that_holds_a_command_opens_no_door(scene: Scene, way: HttpWay) -> None:
    deed = way.payloads.command(scene.person, scene.channel, "/rollout", "0%")
    deed.payload |= {"type": "url_verification", "challenge": "x", "team_id": "T0000000666"}
    for kind, body in ((JSON, json.dumps(deed.payload)), (FORM, urlencode(deed.payload))):
        answer = await way.raw(body.encode(), way.signed(body.encode()) | {"Content-Type": kind})
        assert "its own workspace alone" in answer.body
    assert scene.conversation.handled == []


async def test_slack_posts_and_nobody_else_does_anything(scene: Scene, way: HttpWay) -> None:
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        assert (await way.raw(b"", {}, method)).status == 405, method
    assert nothing_happened(scene)


async def test_what_is_too_long_is_not_read(scene: Scene, way: HttpWay) -> None:
    body = b"a" * (MOST_BYTES + 1)
    assert (await way.raw(body, way.signed(body) | {"Content-Type": FORM})).status == 413
    assert nothing_happened(scene)


async def test_what_turns_out_too_long_is_not_read_to_its_end(scene: Scene, way: HttpWay) -> None:
    head = f"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"ffff\r\n" + b"a" * 0xFFFF + b"\r\n"
    assert (await said_to(way, head.encode() + piece * 17)).startswith(b"HTTP/1.1 413")
    assert nothing_happened(scene)


async def said_to(way: HttpWay, sent: bytes, *, hangs_up: bool = False) -> bytes:
    """Send bytes as they are, and return the first line of what comes back."""
    host, _, port = way.url.removeprefix("http://").partition("/")[0].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    await writer.drain()
    if hangs_up:
        writer.write_eof()
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_half_a_request_does_nothing(scene: Scene, way: HttpWay) -> None:
    body = urlencode({"command": "/rollout", "text": "0%"}).encode()
    signed = "".join(f"{name}: {value}\r\n" for name, value in way.signed(body).items())
    head = f"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Type: {FORM}\r\n{signed}"
    await said_to(way, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:10], hangs_up=True)
    assert nothing_happened(scene)
    assert scene.journal.events("error") == []


async def test_another_content_type_is_not_read(scene: Scene, way: HttpWay) -> None:
    body = urlencode({"command": "/rollout", "text": "0%"}).encode()
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/xml", ""):
        assert (await way.raw(body, way.signed(body) | {"Content-Type": kind})).status == 415, kind
    assert nothing_happened(scene)


UNREADABLE: list[tuple[str, bytes]] = [
    (FORM, b""),
    (FORM, b"command=%ff%fe"),
    (FORM, b"\xff\xfe=1"),
    (FORM, b"payload=%7B%22type"),
    (FORM, b"payload=[]"),
    (FORM, b"&".join(b"a%d=1" % number for number in range(200))),
    (JSON, b""),
    (JSON, b"{"),
    (JSON, b"[1]"),
    (JSON, b"null"),
    (JSON, b"\xff"),
    (JSON, b"[" * 100_000),
]


async def test_what_cannot_be_read_gets_a_short_answer(scene: Scene, way: HttpWay) -> None:
    for kind, body in UNREADABLE:
        answer = await way.raw(body, way.signed(body) | {"Content-Type": kind})
        assert answer.status == 400, body[:50]
        assert len(answer.body) < 100
    assert nothing_happened(scene)


ANY_SHAPE: list[dict[str, object]] = [
    {"command": "/rollout"},
    {"command": ["/rollout"]},
    {"type": "block_actions", "actions": []},
    {"type": "block_actions", "actions": [None]},
    {"type": "block_actions", "actions": "x"},
    {"type": "view_submission", "view": None},
    {"type": "view_submission", "view": {"callback_id": "x", "state": {"values": [1]}}},
    {"type": "view_submission", "view": {"callback_id": "x", "state": {"values": {"because": 3}}}},
    {"type": "event_callback", "event": None},
    {"type": "event_callback", "event": {"type": "app_home_opened"}},
    {"type": "event_callback", "event": {"type": "member_joined_channel", "user": 3}},
    {"type": 3, "user": 4, "channel": 5},
    {"authorizations": [3]},
    {},
]


async def test_a_signed_payload_of_any_shape_is_acknowledged(scene: Scene, way: HttpWay) -> None:
    for payload in ANY_SHAPE:
        body = json.dumps({"team": {"id": scene.slack.team_id}, **payload}).encode()
        answer = await way.raw(body, way.signed(body) | {"Content-Type": JSON})
        assert answer.status == 200, payload
        assert "Traceback" not in answer.body
    assert scene.conversation.handled == []


async def test_a_content_type_may_name_its_characters(scene: Scene, way: HttpWay) -> None:
    deed = way.payloads.command(scene.person, scene.channel, "/rollout", "status – äöü 👩‍👧")
    body = urlencode(deed.payload).encode()
    kind = "Application/X-WWW-Form-Urlencoded; charset=utf-8"
    answer = await way.raw(body, way.signed(body) | {"Content-Type": kind})
    assert "noted: /rollout status – äöü 👩‍👧" in json.loads(answer.body)["text"]


@pytest.mark.parametrize("secret", ["", "  "])
def test_without_a_secret_there_is_no_route(secret: str) -> None:
    with pytest.raises(Refused, match="SLACK_SIGNING_SECRET is empty"):
        Signature(secret, MovedClock())


def test_the_published_example_of_a_signature_is_good() -> None:
    # From docs.slack.dev/authentication/verifying-requests-from-slack; the secret is the page's own and opens nothing.
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
        b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A"
        b"%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
        b"47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    clock = MovedClock(datetime.fromtimestamp(1531420618, UTC))
    signature = Signature("8f742231b10e8888abcd99yyyzzz85a5", clock)
    given = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    headers = {"x-slack-request-timestamp": "1531420618", "x-slack-signature": given}
    assert signature.problem(headers, body) == ""
    assert signature.problem(headers, body + b"0") == "forged"
