"""Figures from a real Prometheus, and from servers that answer like it or only claim to."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from bot.clock import SystemClock
from bot.domain.errors import Refused, RollcallError, Unavailable
from bot.domain.measure import Measure
from bot.domain.metric import Metric, PrometheusQuery, Secret
from bot.metric_sources.prometheus import POINTS, Prometheus
from tests.fakes.clock import START
from tests.fakes.hurried_clock import HurriedClock
from tests.fakes.web_server import (
    Behaviour,
    WebServer,
    answers,
    answers_json,
    closes,
    echoes,
    echoes_as_value,
    hangs,
    running_web_server,
)
from tests.metric_sources.secrecy import assert_carries_no
from tests.peers import PrometheusServer, running_prometheus

PASSWORD = Secret("PROMETHEUS_PASSWORD", "pw-81b2c7d6e54f9a")
BEARER = Secret("PROMETHEUS_TOKEN", "tok-4f9a81b2c7d6e5")
NO_SUCH = "there_is_no_such_series"


@pytest.fixture
async def source() -> AsyncIterator[Prometheus]:
    source = Prometheus(HurriedClock())
    yield source
    await source.aclose()


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with running_web_server() as server:
        yield server


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    with running_prometheus(tmp_path_factory.mktemp("guarded"), login=True) as server:
        yield server


def metric(address: str, query: str = "errors", **changes: Any) -> Metric:
    asked = replace(PrometheusQuery(address, query), **changes)
    return Metric("error_rate", asked, Measure.PERCENT, timeout=timedelta(seconds=20))


def found(*values: str, kind: str = "vector", more: dict[str, object] | None = None) -> dict[str, object]:
    """Return an answer as the API gives it."""
    result = [{"metric": {"__name__": "errors", "zone": str(n)}, "value": [1, value]} for n, value in enumerate(values)]
    return {"status": "success", "data": {"resultType": kind, "result": result}, **(more or {})}


# Against the real server.


@pytest.mark.parametrize(
    ("query", "value"),
    [("42", 42.0), ("vector(1.5)", 1.5), ("1e15 > bool 0", 1.0), (f"{NO_SUCH} or vector(0)", 0.0)],
)
async def test_scalars_and_vectors_of_one_are_numbers(
    prometheus: PrometheusServer, source: Prometheus, query: str, value: float
) -> None:
    assert (await source.ask(metric(prometheus.address, query))).value == value


async def test_a_rate_of_scraped_series_is_computed_by_the_server(
    prometheus: PrometheusServer, source: Prometheus
) -> None:
    await prometheus.scraped(shop_errors=3, shop_requests=600)
    asked = metric(prometheus.address, "100 * sum(shop_errors) / sum(shop_requests)", samples="sum(shop_requests)")
    answer = await source.ask(asked)
    assert (answer.value, answer.samples) == (0.5, 600)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (NO_SUCH, "finds nothing"),
        (f"sum(rate({NO_SUCH}[5m]))", "finds nothing"),
        ("vector(0) / vector(0)", "NaN"),
        ("0 / 0", "NaN"),
        ("vector(1) / vector(0)", "infinite"),
    ],
)
async def test_no_series_and_a_division_by_nothing_are_no_data(
    prometheus: PrometheusServer, source: Prometheus, query: str, told: str
) -> None:
    answer = await source.ask(metric(prometheus.address, query))
    assert answer.value is None
    assert told in answer.note


async def test_a_query_that_cannot_be_parsed_is_refused_in_the_servers_own_words(
    prometheus: PrometheusServer, source: Prometheus
) -> None:
    with pytest.raises(Refused) as refusal:
        await source.ask(metric(prometheus.address, "sum(rate(errors[5m])"))
    assert "does not understand the query" in refusal.value.sentence
    assert "unclosed left parenthesis" in refusal.value.sentence


async def test_a_query_that_cannot_be_computed_is_refused(prometheus: PrometheusServer, source: Prometheus) -> None:
    prometheus.exporter.figures.update({'pool_a{zone="x"}': 1, 'pool_a{zone="y"}': 2, "pool_b": 3})
    await prometheus.until("count(pool_a) == 2 and on() pool_b")
    with pytest.raises(Refused, match=r"many-to-one|duplicate series"):
        await source.ask(metric(prometheus.address, "pool_b * on() pool_a"))


async def test_several_series_are_refused_and_named(prometheus: PrometheusServer, source: Prometheus) -> None:
    prometheus.exporter.figures.update({f'lag{{zone="{zone}"}}': 1 for zone in "abcde"})
    await prometheus.until("count(lag) == 5")
    with pytest.raises(Refused) as refusal:
        await source.ask(metric(prometheus.address, "lag"))
    assert "5 series where one number is wanted" in refusal.value.sentence
    assert 'zone="a"' in refusal.value.sentence
    assert "and 2 more" in refusal.value.sentence
    assert "sum(…)" in refusal.value.hints[0]


@pytest.mark.parametrize(("query", "told"), [("up[5m]", "a matrix"), ("'text'", "a string")])
async def test_what_is_no_single_number_is_refused(
    prometheus: PrometheusServer, source: Prometheus, query: str, told: str
) -> None:
    await prometheus.until("up")
    with pytest.raises(Refused) as refusal:
        await source.ask(metric(prometheus.address, query))
    assert told in refusal.value.sentence


async def test_the_mean_is_taken_over_the_time_asked_for(prometheus: PrometheusServer, source: Prometheus) -> None:
    now = SystemClock().now()
    start = now - timedelta(hours=1)
    # The value of `time()` is the moment itself, so that its mean is the middle of the time.
    answer = await source.average(metric(prometheus.address, f"time() - {start.timestamp():.3f}"), start, now)
    assert answer.value == pytest.approx(1800, abs=1)


async def test_moments_without_a_value_do_not_count_in_a_mean(prometheus: PrometheusServer, source: Prometheus) -> None:
    now = SystemClock().now()
    start, middle = now - timedelta(hours=1), (now - timedelta(minutes=30)).timestamp()
    for elsewhere in (
        f"vector(8) and on() vector(time()) > {middle}",
        f"vector(8) / (vector(time()) > bool {middle}) ^ 1 < Inf",
    ):
        assert (await source.average(metric(prometheus.address, elsewhere), start, now)).value == 8


@pytest.mark.parametrize(("query", "told"), [(NO_SUCH, "finds nothing"), ("vector(0) / vector(0)", "NaN")])
async def test_a_mean_of_nothing_is_no_data(
    prometheus: PrometheusServer, source: Prometheus, query: str, told: str
) -> None:
    now = SystemClock().now()
    answer = await source.average(metric(prometheus.address, query), now - timedelta(days=7), now)
    assert answer.value is None
    assert told in answer.note


async def test_a_login_opens_a_guarded_server(guarded: PrometheusServer, source: Prometheus) -> None:
    password = Secret("PROMETHEUS_PASSWORD", guarded.PASSWORD)
    asked = metric(guarded.address, "42", user=guarded.USER, password=password)
    assert (await source.ask(asked)).value == 42
    in_the_address = guarded.address.replace("//", f"//{guarded.USER}:{guarded.PASSWORD.replace(' ', '%20')}@")
    assert (await source.ask(metric(in_the_address, "42"))).value == 42


@pytest.mark.parametrize("changes", [{}, {"user": "rollcall", "password": PASSWORD}, {"bearer": BEARER}], ids=repr)
async def test_without_the_right_login_a_guarded_server_is_unavailable(
    guarded: PrometheusServer, source: Prometheus, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unavailable, match="status 401") as refusal:
        await source.ask(metric(guarded.address, "42", **changes))
    assert "secret" in refusal.value.hints[0]
    assert_carries_no(PASSWORD.value, refusal.value)
    assert_carries_no(BEARER.value, refusal.value)


# Against servers that answer otherwise.


async def test_a_query_is_sent_as_a_form_below_the_address(server: WebServer, source: Prometheus) -> None:
    server.behave(answers_json(found("1")))
    await source.ask(metric(f"{server.address}/select/0/prometheus/", "a + b", bearer=BEARER))
    [request] = server.received
    assert (request.method, request.target) == ("POST", "/select/0/prometheus/api/v1/query")
    assert dict(parse_qsl(request.body.decode())) == {"query": "a + b", "timeout": "20000ms"}
    assert request.headers["authorization"] == f"Bearer {BEARER.value}"


async def test_a_long_time_is_averaged_over_so_many_points_and_no_more(server: WebServer, source: Prometheus) -> None:
    server.behave(answers_json(found(kind="matrix")))
    await source.average(metric(server.address), START - timedelta(days=10), START)
    sent = dict(parse_qsl(server.received[0].body.decode()))
    assert (float(sent["end"]) - float(sent["start"])) / float(sent["step"]) == POINTS


async def test_a_time_that_ends_before_it_starts_is_refused(server: WebServer, source: Prometheus) -> None:
    with pytest.raises(Refused):
        await source.average(metric(server.address), START, START)


async def test_victoria_metrics_answers_422_where_it_cannot_parse(server: WebServer, source: Prometheus) -> None:
    said = 'error when executing query="sum(" : unexpected end of string'
    server.behave(answers_json({"status": "error", "errorType": "422", "error": said}, 422))
    with pytest.raises(Refused, match="unexpected end of string"):
        await source.ask(metric(server.address, "sum("))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"isPartial": True}, "not complete: a part of the storage"),
        ({"warnings": ["store-2: deadline exceeded"]}, "not complete: store-2: deadline exceeded"),
    ],
    ids=repr,
)
async def test_an_answer_that_misses_a_part_is_no_data(
    server: WebServer, source: Prometheus, more: dict[str, object], told: str
) -> None:
    server.behave(answers_json(found("1", more=more)))
    answer = await source.ask(metric(server.address))
    assert answer.value is None
    assert told in answer.note


@pytest.mark.parametrize(
    "more",
    [
        {"isPartial": False},
        {"warnings": []},
        {"warnings": None},
        {"warnings": ["PromQL info: no counter"]},
        {"infos": ["x"]},
    ],
    ids=repr,
)
async def test_good_advice_does_not_make_an_answer_worse(
    server: WebServer, source: Prometheus, more: dict[str, object]
) -> None:
    server.behave(answers_json(found("1", more=more)))
    assert (await source.ask(metric(server.address))).value == 1


@pytest.mark.parametrize(
    "body", [[], 3, {}, {"status": "success"}, {"status": "error", "data": {}}, {"value": 1}], ids=repr
)
async def test_json_of_something_else_is_unavailable(server: WebServer, source: Prometheus, body: object) -> None:
    server.behave(answers_json(body))
    with pytest.raises(Unavailable, match="not Prometheus'"):
        await source.ask(metric(server.address))


@pytest.mark.parametrize(
    "data",
    [
        {"resultType": "vector", "result": [{"histogram": [1, {}]}]},
        {"resultType": "vector", "result": [{"value": [1, "many"]}]},
        {"resultType": "streams", "result": []},
        {"resultType": "scalar", "result": []},
        {"result": 3},
        {},
    ],
    ids=repr,
)
async def test_results_of_an_unknown_form_are_refused(server: WebServer, source: Prometheus, data: object) -> None:
    server.behave(answers_json({"status": "success", "data": data}))
    with pytest.raises(Refused, match="no single number"):
        await source.ask(metric(server.address))


async def test_series_without_labels_are_still_counted(server: WebServer, source: Prometheus) -> None:
    data = {"resultType": "vector", "result": [3, {"metric": {}}]}
    server.behave(answers_json({"status": "success", "data": data}))
    with pytest.raises(Refused, match=r"2 series where one number is wanted: \{\}, \{\}"):
        await source.ask(metric(server.address))


@pytest.mark.parametrize(
    "changes",
    [{"address": "prometheus:9090"}, {"address": "http://prometheus?x=1"}, {"bearer": Secret("T", "secret\n")}],
    ids=repr,
)
async def test_what_is_wrong_in_the_metric_is_refused_before_anybody_is_asked(
    source: Prometheus, changes: dict[str, Any]
) -> None:
    wrong = metric(**({"address": "http://127.0.0.1:1"} | changes))
    with pytest.raises(Refused):
        source.check(wrong)
    with pytest.raises(Refused):
        await source.ask(wrong)


TELLERS: dict[str, Behaviour] = {
    "hangs": hangs,
    "closes": closes,
    "echoes": echoes,
    "echoes as value": echoes_as_value,
    "unauthorized": answers(BEARER.value + PASSWORD.value, 403),
    "parse error": answers_json({"error": f"cannot parse {BEARER.value} {PASSWORD.value}"}, 400),
}


@pytest.mark.parametrize("behaviour", TELLERS.values(), ids=TELLERS.keys())
@pytest.mark.parametrize(
    "login", [{"bearer": BEARER}, {"user": "me", "password": PASSWORD}, {}], ids=["bearer", "basic", "address"]
)
async def test_no_secret_is_in_what_is_said_or_logged(
    server: WebServer,
    source: Prometheus,
    behaviour: Behaviour,
    login: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.behave(behaviour)
    address = server.address if login else server.address.replace("//", f"//me:{PASSWORD.value}@")
    asked = replace(metric(address, **login), timeout=timedelta(seconds=0.5))
    with pytest.raises(RollcallError) as refusal:
        await source.ask(asked)
    basic = "bWU6cHct"
    used = BEARER.value if "bearer" in login else PASSWORD.value
    for secret in (used, basic):
        assert_carries_no(secret, refusal.value)
        assert secret not in caplog.text


async def test_no_secret_is_in_a_note(server: WebServer, source: Prometheus) -> None:
    server.behave(answers_json(found("1", more={"warnings": [f"token {BEARER.value} expires"]})))
    note = (await source.ask(metric(server.address, bearer=BEARER))).note
    assert note == "The answer is not complete: the server warns of something."
