"""Figures from Prometheus, and from what answers like it: VictoriaMetrics, Thanos, Mimir."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.domain.errors import Refused, Unavailable
from bot.domain.metric import Answer, PrometheusQuery
from bot.metric_sources.numbers import NotANumber, answer_of, number_of
from bot.metric_sources.redaction import Redaction
from bot.metric_sources.web_address import basic, check_header_value, read_address
from bot.metric_sources.web_question import Web, WebQuestion

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import httpx

    from bot.domain.metric import Metric
    from bot.metric_sources.web_question import Reply
    from bot.ports import Clock

POINTS = 240
"""How many points of a time in the past are averaged, at most."""

_NOT_UNDERSTOOD = frozenset({400, 422})
"""Prometheus answers 400 to a query that it cannot parse and 422 to one that it cannot compute, VictoriaMetrics 422 to both."""

_MOST_NAMED = 3
_REMARK = "PromQL info:"
"""How Prometheus 2 begins a warning that is only good advice."""


@dataclass(frozen=True, slots=True)
class _Figures:
    """What one query brought: its number, or the numbers over a time; empty where there is no data."""

    numbers: tuple[float, ...]
    partial: str = ""


class Prometheus:
    """Asks Prometheus' HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

    def __init__(
        self,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._web = Web(clock, transport, chance)

    def check(self, metric: Metric) -> None:
        """Raise Refused for what can be known to be wrong without asking."""
        self._question(metric, "query", {})

    async def ask(self, metric: Metric) -> Answer:
        """Return the value of the metric's query now."""
        return await self._figure(metric, "query", {})

    async def average(self, metric: Metric, start: datetime, end: datetime) -> Answer:
        """Return the mean of the query's values at evenly spread moments; moments without a value do not count."""
        if end <= start:
            raise Refused("A time to average over has to end after it starts.", "Check the baseline's window.")
        step = max((end - start) / POINTS, timedelta(seconds=1))
        times = {
            "start": f"{start.timestamp():.3f}",
            "end": f"{end.timestamp():.3f}",
            "step": f"{step.total_seconds():.3f}",
        }
        return await self._figure(metric, "query_range", times)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._web.aclose()

    async def _figure(self, metric: Metric, path: str, times: dict[str, str]) -> Answer:
        query = _query_of(metric)
        figures = await self._figures(metric, path, times | {"query": query.query})
        samples = None
        if query.samples:
            samples = _mean((await self._figures(metric, path, times | {"query": query.samples})).numbers)
        if figures.partial:
            return Answer(None, None, f"The answer is not complete: {figures.partial}")
        return answer_of(_mean(figures.numbers), samples, empty="The query finds nothing: no such series has a value.")

    async def _figures(self, metric: Metric, path: str, fields: dict[str, str]) -> _Figures:
        question = self._question(metric, path, fields)
        return _figures(await self._web.ask(question), question.redaction, past="start" in fields)

    def _question(self, metric: Metric, path: str, fields: dict[str, str]) -> WebQuestion:
        """Return the request, as a form: a query may be longer than an address."""
        query = _query_of(metric)
        address = read_address(query.address)
        if address.url.query:
            raise Refused(
                "The address of a Prometheus server has no question mark.",
                "Write the base address alone, such as http://prometheus:9090.",
            )
        login, secrets = _login(query, address.login)
        url = address.url.copy_with(path=f"{address.url.path.rstrip('/')}/api/v1/{path}")
        body = urlencode(fields | {"timeout": f"{max(1, round(metric.timeout.total_seconds() * 1000))}ms"})
        headers = (("Content-Type", "application/x-www-form-urlencoded"), *login)
        address = type(address)(url, address.shown, None)
        return WebQuestion(address, "POST", headers, body.encode(), Redaction(secrets), metric.timeout)


def _query_of(metric: Metric) -> PrometheusQuery:
    if not isinstance(metric.query, PrometheusQuery):
        raise Refused(f"The metric {metric.name} is not read from Prometheus.", "Check its source in the team file.")
    return metric.query


def _login(
    query: PrometheusQuery, login: tuple[str, str] | None
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the header that says who asks, and the secrets in it; an address may hold a login too."""
    if query.bearer is not None:
        token = query.bearer.value
        check_header_value("Authorization", token, str(query.bearer))
        return (("Authorization", f"Bearer {token}"),), (token,)
    if query.user or query.password is not None:
        password = query.password.value if query.password else ""
        header = basic(query.user, password)
    elif login is not None:
        password = login[1]
        header = basic(*login)
    else:
        return (), ()
    return (("Authorization", header),), (password, header.removeprefix("Basic "))


def _figures(reply: Reply, redaction: Redaction, *, past: bool) -> _Figures:
    """Read the answer's envelope. Raises Refused for a query that the server does not understand."""
    if reply.status in _NOT_UNDERSTOOD:
        raise _not_understood(reply, redaction)
    if reply.status != 200:  # noqa: PLR2004 - The status of every answer that holds a result.
        raise reply.unwanted_status()
    body = reply.json()
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(body, dict) or body.get("status") != "success" or not isinstance(data, dict):
        raise Unavailable(
            f"{reply.shown} answered with JSON that is not Prometheus'.", "Check the metric's address and its source."
        )
    return _Figures(_numbers(data, reply.shown, redaction, past=past), _what_is_partial(body, redaction))


def _not_understood(reply: Reply, redaction: Redaction) -> Refused:
    body = reply.json()
    said = redaction.shown(str(body.get("error", ""))) if isinstance(body, dict) else ""
    return Refused(
        f"{reply.shown} does not understand the query{f': {said}' if said else ''}.", "Correct the metric's query."
    )


def _what_is_partial(body: dict[str, object], redaction: Redaction) -> str:
    """Return why an answer may miss something, as VictoriaMetrics (`isPartial`) and others (`warnings`) tell it."""
    if body.get("isPartial") is True:
        return "a part of the storage did not answer."
    warnings = body.get("warnings")
    told = [str(one) for one in warnings if not str(one).startswith(_REMARK)] if isinstance(warnings, list) else []
    return (redaction.shown(told[0]) or "the server warns of something.") if told else ""


def _numbers(data: dict[str, object], shown: str, redaction: Redaction, *, past: bool) -> tuple[float, ...]:
    """Return the numbers of a result; one number, unless it is about a time in the past."""
    kind, result = data.get("resultType"), data.get("result")
    try:
        match kind, result:
            case "scalar", [_, value]:
                return _present([value])
            case "matrix", list() if not past:
                pass
            case "vector" | "matrix", []:
                return ()
            case "vector", [{"value": [_, value]}]:
                return _present([value])
            case "matrix", [{"values": [*points]}]:
                return _present([point[1] for point in points if isinstance(point, list) and len(point) > 1])
            case "vector" | "matrix", [_, _, *_]:
                raise _several(list(result), redaction)
            case _:
                pass
    except NotANumber:
        pass
    raise Refused(
        f"{shown} answered with a {kind if kind in {'string', 'matrix', 'vector'} else 'result'} that is no single number.",
        "Write a query whose result is one number, such as sum(rate(…[5m])).",
    )


def _present(values: list[object]) -> tuple[float, ...]:
    return tuple(number for number in map(number_of, values) if number is not None)


def _several(series: list[object], redaction: Redaction) -> Refused:
    named = [_labels(one) for one in series[:_MOST_NAMED]]
    more = f" and {len(series) - _MOST_NAMED} more" if len(series) > _MOST_NAMED else ""
    shown = redaction.shown(", ".join(named))
    return Refused(
        f"The query finds {len(series)} series where one number is wanted{f': {shown}{more}' if shown else ''}.",
        "Bring them together, with sum(…) or max(…), or name the one that is meant.",
    )


def _labels(series: object) -> str:
    labels = series.get("metric") if isinstance(series, dict) else None
    if not isinstance(labels, dict):
        return "{}"
    pairs = ", ".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{pairs}}}"


def _mean(numbers: tuple[float, ...]) -> float | None:
    """Return the mean of the finite numbers; where there are only others, one of them, which says why."""
    finite = [number for number in numbers if math.isfinite(number)]
    if finite:
        return math.fsum(finite) / len(finite)
    return numbers[0] if numbers else None
