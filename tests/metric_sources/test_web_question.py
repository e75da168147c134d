"""How a question over HTTP ends when the other side is slow, broken, hostile or gone."""

from __future__ import annotations

import gzip
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.domain.errors import Unavailable
from bot.metric_sources.redaction import Redaction
from bot.metric_sources.web_address import read_address
from bot.metric_sources.web_question import FAILURES, MOST_BYTES, Reply, Web, WebQuestion
from tests.fakes.hurried_clock import HurriedClock
from tests.fakes.web_server import (
    Behaviour,
    WebServer,
    answers,
    answers_json,
    babbles,
    closes,
    cuts,
    hangs,
    hangs_half_way,
    running_web_server,
)
from tests.peers import free_port

FINE = answers_json({"value": 1})
GENEROUS = timedelta(seconds=30)
SHORT = timedelta(milliseconds=100)


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with running_web_server() as server:
        yield server


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()


@pytest.fixture
async def web(clock: HurriedClock) -> AsyncIterator[Web]:
    web = Web(clock, chance=lambda: 0.5)
    yield web
    await web.aclose()


def question(address: str, timeout: timedelta = GENEROUS) -> WebQuestion:
    return WebQuestion(read_address(address), "GET", (), b"", Redaction(()), timeout)


async def refusal(web: Web, address: str, limit: timedelta = GENEROUS) -> str:
    with pytest.raises(Unavailable) as refused:
        (await web.ask(question(address, limit))).json()
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None, "an exception of httpx may hold what was sent"
    return refused.value.sentence


async def test_a_good_answer_comes_at_the_first_attempt(web: Web, server: WebServer, clock: HurriedClock) -> None:
    server.behave(FINE)
    assert (await web.ask(question(server.address))).json() == {"value": 1}
    assert len(server.received) == 1
    assert clock.pauses == []


@pytest.mark.parametrize("behaviour", [hangs, hangs_half_way])
async def test_whoever_does_not_answer_in_time_is_given_up(web: Web, server: WebServer, behaviour: Behaviour) -> None:
    server.behave(behaviour)
    sentence = await refusal(web, server.address, SHORT)
    assert sentence == f"{server.address} did not answer within its time limit."


async def test_the_sentence_names_the_time_limit_in_seconds(web: Web, server: WebServer) -> None:
    server.behave(hangs)
    sentence = await refusal(web, server.address, timedelta(seconds=1))
    assert sentence == f"{server.address} did not answer within 1 second."


PASSING: dict[str, Behaviour] = {
    "cuts": cuts,
    "closes": closes,
    "babbles": babbles,
    "502": answers("", 502),
    "503": answers("", 503),
    "504": answers("", 504),
}


@pytest.mark.parametrize("behaviour", PASSING.values(), ids=PASSING.keys())
async def test_what_may_pass_by_itself_is_tried_twice_more(
    web: Web, server: WebServer, clock: HurriedClock, behaviour: Behaviour
) -> None:
    server.behave(behaviour, behaviour, FINE)
    assert (await web.ask(question(server.address))).status == 200
    assert len(clock.pauses) == 2


async def test_after_three_attempts_it_is_given_up(web: Web, server: WebServer, clock: HurriedClock) -> None:
    server.behave(answers("", 503), answers("", 503), answers("", 502))
    assert await refusal(web, server.address) == f"{server.address} answered with status 502."
    assert len(server.received) == 3
    assert clock.pauses == [timedelta(milliseconds=200), timedelta(milliseconds=400)]


async def test_pauses_differ_by_chance(clock: HurriedClock, server: WebServer) -> None:
    chances = iter([0.0, 1.0])
    web = Web(clock, chance=lambda: next(chances))
    server.behave(closes)
    await refusal(web, server.address)
    await web.aclose()
    assert clock.pauses == [timedelta(milliseconds=100), timedelta(milliseconds=600)]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500, 501])
async def test_other_errors_are_not_tried_again(web: Web, server: WebServer, status: int) -> None:
    server.behave(answers("No.", status))
    reply = await web.ask(question(server.address))
    assert reply.status == status
    assert str(status) in reply.unwanted_status().sentence
    assert reply.unwanted_status().hints
    assert len(server.received) == 1


async def test_a_port_on_which_nobody_listens_cannot_be_reached(web: Web, clock: HurriedClock) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    assert await refusal(web, address) == f"{address} cannot be reached."
    assert len(clock.pauses) == 2


async def test_a_redirect_is_not_followed(web: Web, server: WebServer) -> None:
    server.behave(answers("", 302, Location=f"{server.address}/login"), FINE)
    assert "redirect (status 302)" in await refusal(web, server.address)
    assert len(server.received) == 1


@pytest.mark.parametrize("announced", [True, False])
async def test_a_hundred_megabytes_are_refused_without_reading_them(
    web: Web, server: WebServer, announced: bool
) -> None:
    server.behave(server.much(100_000_000, announced=announced))
    assert "more than 1 MB" in await refusal(web, server.address)
    # What the system itself takes in on the way is a few megabytes.
    assert server.sent < 50_000_000


async def test_just_as_much_as_is_allowed_is_read(web: Web, server: WebServer) -> None:
    server.behave(answers(f'"{"a" * (MOST_BYTES - 2)}"'))
    assert len((await web.ask(question(server.address))).content) == MOST_BYTES
    server.behave(answers(f'"{"a" * (MOST_BYTES - 1)}"'))
    assert "more than 1 MB" in await refusal(web, server.address)


async def test_a_compressed_answer_is_not_unfolded(web: Web, server: WebServer) -> None:
    bomb = gzip.compress(b'"' + b"0" * 50_000_000 + b'"')
    assert len(bomb) < MOST_BYTES
    server.behave(answers(bomb, Content_Encoding="gzip"))
    assert "compressed" in await refusal(web, server.address)
    assert server.received[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        ("<html>Sign in</html>", "text/html; charset=utf-8", "a web page instead of JSON"),
        ("  <!doctype html>", "application/json", "a web page instead of JSON"),
        ("", "application/json", "nothing at all"),
        ("ok", "text/plain", "not JSON"),
        ('{"value": 1', "application/json", "not JSON"),
        ("[" * 100_000, "application/json", "not JSON"),
        ("9" * 10_000, "application/json", "not JSON"),
        (b"\xff\xfe\x00", "application/json", "not JSON"),
    ],
)
async def test_what_is_no_json_is_told_apart(
    web: Web, server: WebServer, body: str | bytes, kind: str, told: str
) -> None:
    server.behave(answers(body, kind=kind))
    assert told in await refusal(web, server.address)


async def test_the_reason_of_the_last_attempt_is_told_where_the_time_ran_out_later(web: Web, server: WebServer) -> None:
    server.behave(answers("", 503), hangs)
    assert "status 503" in await refusal(web, server.address, timedelta(seconds=2))


async def test_an_untrusted_certificate_is_named_and_not_tried_again(
    web: Web, clock: HurriedClock, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed_certificate(tmp_path))
    async with running_web_server(context) as server:
        server.behave(FINE)
        address = server.address.replace("http:", "https:")
        assert await refusal(web, address) == f"{address} shows a certificate that is not trusted."
    assert clock.pauses == []


def self_signed_certificate(folder: Path) -> Path:
    """Return a file with a new key and its own certificate."""
    file = folder / "server.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    command = ["openssl", "req", "-x509", *options, "-keyout", str(file), "-out", str(folder / "certificate.pem")]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "certificate.pem").read_text())
    return file


def transport_errors(kind: type[httpx.TransportError] = httpx.TransportError) -> list[type[httpx.TransportError]]:
    narrower = [error for one in kind.__subclasses__() for error in transport_errors(one)]
    return [*kind.__subclasses__(), *narrower]


@pytest.mark.parametrize("kind", transport_errors(), ids=lambda kind: kind.__name__)
async def test_every_failure_of_httpx_has_its_sentence(kind: type[httpx.TransportError], clock: HurriedClock) -> None:
    assert any(known in FAILURES for known in kind.__mro__), kind

    def fail(_request: httpx.Request) -> httpx.Response:
        raise kind("holding a secret")

    sentence = await refusal(Web(clock, httpx.MockTransport(fail)), "http://metrics")
    assert sentence.startswith("http://metrics ")
    assert "secret" not in sentence


async def test_a_failure_of_the_system_itself_is_a_failure_of_the_connection(clock: HurriedClock) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise OSError(24, "Too many open files")

    assert "broke off" in await refusal(Web(clock, httpx.MockTransport(fail)), "http://metrics")


async def test_a_question_shows_nothing_of_its_headers() -> None:
    asked = WebQuestion(
        read_address("https://me:hidden@metrics/x?token=hidden"),
        "GET",
        (("A", "hidden"),),
        b"hidden",
        Redaction(()),
        SHORT,
    )
    assert repr(asked) == "WebQuestion(GET https://metrics)"


def test_a_reply_without_a_body_says_so() -> None:
    with pytest.raises(Unavailable, match="nothing at all"):
        Reply(200, "", b"\n", "http://metrics").json()
