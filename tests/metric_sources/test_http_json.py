"""Figures out of JSON from any address."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.errors import Refused, RollcallError, Unavailable
from bot.domain.measure import Measure
from bot.domain.metric import HttpQuery, Metric, Secret
from bot.metric_sources.http_json import HttpJson
from tests.fakes.hurried_clock import HurriedClock
from tests.fakes.web_server import (
    Behaviour,
    WebServer,
    answers,
    answers_json,
    closes,
    cuts,
    echoes,
    echoes_as_value,
    hangs,
    running_web_server,
)
from tests.metric_sources.secrecy import assert_carries_no

TOKEN = Secret("ADMIN_TOKEN", "tok-4f9a81b2c7d6e5")
PERFORMANCE = {"metrics": {"errors": {"rate": 0.31}, "task_update": [{"p": 50, "ms": 80}, {"p": 95, "ms": "187.5"}]}}


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with running_web_server() as server:
        yield server


@pytest.fixture
async def source() -> AsyncIterator[HttpJson]:
    source = HttpJson(HurriedClock())
    yield source
    await source.aclose()


def metric(address: str, path: str = "value", **changes: object) -> Metric:
    query = HttpQuery(
        f"{address}/api/performance/metrics",
        path,
        headers=(("Authorization", "Bearer ${ADMIN_TOKEN}"),),
        secrets=(TOKEN,),
    )
    return Metric("rate", replace(query, **changes), Measure.PERCENT, timeout=timedelta(seconds=20))  # type: ignore[arg-type]  # Each test knows the field.


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metrics.errors.rate", 0.31),
        ("metrics.task_update[?p==`95`].ms | [0]", 187.5),
        ("max(metrics.task_update[].p)", 95.0),
        ("length(metrics.task_update)", 2.0),
        ("to_number('3')", 3.0),
    ],
)
async def test_the_number_is_found_at_its_path(server: WebServer, source: HttpJson, path: str, value: float) -> None:
    server.behave(answers_json(PERFORMANCE))
    assert (await source.ask(metric(server.address, path))).value == value


async def test_the_token_goes_out_and_nothing_else_does(server: WebServer, source: HttpJson) -> None:
    server.behave(answers_json({"value": 1}))
    await source.ask(metric(server.address))
    [request] = server.received
    assert request.method == "GET"
    assert request.target == "/api/performance/metrics"
    assert request.headers["authorization"] == f"Bearer {TOKEN.value}"
    assert request.headers["accept"] == "application/json"
    assert "cookie" not in request.headers


async def test_a_question_may_be_posted(server: WebServer, source: HttpJson) -> None:
    server.behave(answers_json({"value": 1}))
    await source.ask(metric(server.address, method="post", body='{"query": "errors"}'))
    [request] = server.received
    assert (request.method, request.body) == ("POST", b'{"query": "errors"}')
    assert request.headers["content-type"] == "application/json"
    await source.ask(metric(server.address, method="POST", body="a=b", headers=(("Content-Type", "text/x"),)))
    assert server.received[1].headers["content-type"] == "text/x"


async def test_a_login_in_the_address_is_sent_as_basic_authentication(server: WebServer, source: HttpJson) -> None:
    server.behave(answers_json({"value": 1}))
    address = server.address.replace("http://", "http://me:hunter2hunter2@")
    await source.ask(metric(address, headers=()))
    assert server.received[0].headers["authorization"] == "Basic bWU6aHVudGVyMmh1bnRlcjI="
    await source.ask(metric(address))
    assert server.received[1].headers["authorization"].startswith("Bearer "), "a header that is written out wins"


@pytest.mark.parametrize("body", [{}, {"value": None}, [], None])
async def test_nothing_at_the_path_is_no_data(server: WebServer, source: HttpJson, body: object) -> None:
    server.behave(answers_json(body))
    assert (await source.ask(metric(server.address))).note == "The answer holds nothing at `value`."


async def test_nan_in_the_answer_is_no_data(server: WebServer, source: HttpJson) -> None:
    server.behave(answers('{"value": NaN}'))
    answer = await source.ask(metric(server.address))
    assert answer.value is None
    assert "NaN" in answer.note


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("N/A", "a text (“N/A”)"),
        ("0.5%", "a text (“0.5%”)"),
        (True, "a yes or no"),
        ([1], "a list"),
        ({"a": 1}, "an object"),
    ],
)
async def test_what_is_no_number_is_named(server: WebServer, source: HttpJson, value: object, told: str) -> None:
    server.behave(answers_json({"value": value}))
    with pytest.raises(Unavailable) as refusal:
        await source.ask(metric(server.address))
    assert refusal.value.sentence == f"{server.address} answered with {told} at `value`, where a number is wanted."


async def test_a_function_that_does_not_fit_what_came_finds_nothing(server: WebServer, source: HttpJson) -> None:
    server.behave(answers_json({"value": "text"}))
    assert (await source.ask(metric(server.address, "abs(value)"))).value is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"path": ""}, "no JMESPath"),
        ({"path": "a..b"}, "no JMESPath"),
        ({"path": "a["}, "no JMESPath"),
        ({"path": "median(a)"}, "Unknown function: median"),
        ({"path": "length(a, b)"}, "no JMESPath"),
        ({"samples": "a["}, "samples “a[”"),
        ({"method": "DELETE"}, "not asked for with “DELETE”"),
        ({"url": "metrics"}, "address cannot be read"),
        ({"headers": (("X-Key", "${MISSING}"),)}, "which is not set"),
        ({"headers": (("Host", "elsewhere"),)}, "“Host” is no header"),
        ({"headers": (("X-Key", "a\r\nHost: b"),)}, "cannot be sent"),
    ],
)
async def test_what_is_wrong_in_the_metric_is_refused_before_anybody_is_asked(
    server: WebServer, source: HttpJson, changes: dict[str, object], told: str
) -> None:
    server.behave(answers_json({"value": 1}))
    wrong = metric(server.address, **changes)  # type: ignore[arg-type]  # The path is among them.
    with pytest.raises(Refused) as refusal:
        source.check(wrong)
    assert told in refusal.value.sentence
    with pytest.raises(Refused, match=re.escape(refusal.value.sentence)):
        await source.ask(wrong)
    assert server.received == []


SECRET_TELLERS: dict[str, Behaviour] = {
    "hangs": hangs,
    "cuts": cuts,
    "closes": closes,
    "echoes": echoes,
    "echoes as value": echoes_as_value,
    "refuses the login": answers(TOKEN.value, 401),
    "redirects": answers(TOKEN.value, 302, Location=f"/{TOKEN.value}"),
    "shows a page": answers(f"<html>{TOKEN.value}", kind="text/html"),
    "answers with the token": answers(f'{{"value": "{TOKEN.value}"}}'),
    "answers with half of the token": answers(f'{{"value": "{TOKEN.value[:8]}"}}'),
}


@pytest.mark.parametrize("behaviour", SECRET_TELLERS.values(), ids=SECRET_TELLERS.keys())
async def test_no_secret_is_in_what_is_said_or_logged(
    server: WebServer, source: HttpJson, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # Its trace of every answer's headers is for people who debug httpcore; nothing of the bot switches it on.
    caplog.set_level(logging.INFO, logger="httpcore")
    server.behave(behaviour)
    address = server.address.replace("http://", "http://me:hunter2hunter2@")
    asked = replace(metric(address, url=f"{address}/x?token=qwertzuiop"), timeout=timedelta(seconds=0.5))
    with pytest.raises(RollcallError) as refusal:
        await source.ask(asked)
    for secret in (TOKEN.value, "hunter2hunter2", "qwertzuiop", "aHVudGVyMmh1bnRlcjI"):
        assert_carries_no(secret, refusal.value)
        assert secret not in caplog.text
    assert TOKEN.value not in repr(asked)
