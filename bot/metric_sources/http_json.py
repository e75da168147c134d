"""Figures from any address that answers JSON: a JMESPath says where in the answer the number stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jmespath
from jmespath.exceptions import ArityError, JMESPathError, UnknownFunctionError

from bot.domain.errors import Refused, Unavailable
from bot.domain.metric import HttpQuery
from bot.domain.quotation import quoted
from bot.metric_sources.numbers import NotANumber, answer_of, number_of
from bot.metric_sources.redaction import Redaction
from bot.metric_sources.web_address import basic, check_header_name, check_header_value, fill_in, read_address
from bot.metric_sources.web_question import Web, WebQuestion

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from bot.domain.metric import Answer, Metric
    from bot.ports import Clock

METHODS = ("GET", "POST")


class HttpJson:
    """Asks an address over HTTP and reads one number out of the JSON that it answers with."""

    def __init__(
        self,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._web = Web(clock, transport, chance)

    def check(self, metric: Metric) -> None:
        """Raise Refused for what can be known to be wrong without asking."""
        query = _query_of(metric)
        _check_path(query.path, "path")
        if query.samples:
            _check_path(query.samples, "samples")
        _question(metric, query)

    async def ask(self, metric: Metric) -> Answer:
        """Return the number that the address answers with now."""
        query = _query_of(metric)
        self.check(metric)
        question = _question(metric, query)
        reply = await self._web.ask(question)
        if not 200 <= reply.status < 300:  # noqa: PLR2004 - The class of success.
            raise reply.unwanted_status()
        body = reply.json()
        value = _number_at(query.path, body, reply.shown, question.redaction)
        samples = _number_at(query.samples, body, reply.shown, question.redaction) if query.samples else None
        return answer_of(value, samples, empty=f"The answer holds nothing at `{query.path}`.")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._web.aclose()


def _query_of(metric: Metric) -> HttpQuery:
    if not isinstance(metric.query, HttpQuery):
        raise Refused(f"The metric {metric.name} is not read over HTTP.", "Check its source in the team file.")
    return metric.query


def _question(metric: Metric, query: HttpQuery) -> WebQuestion:
    if query.method.upper() not in METHODS:
        raise Refused(f"A metric is not asked for with {quoted(query.method)}.", "Use GET or POST.")
    address = read_address(query.url)
    headers = []
    for name, value in query.headers:
        check_header_name(name)
        check_header_value(name, value)
        headers.append((name, fill_in(name, value, query.secrets)))
    secrets = [secret.value for secret in query.secrets]
    named = {name.lower() for name, _ in headers}
    if address.login is not None and "authorization" not in named:
        headers.append(("Authorization", basic(*address.login)))
    if address.login is not None:
        secrets += [address.login[1], basic(*address.login).removeprefix("Basic ")]
    if query.body and "content-type" not in named:
        headers.append(("Content-Type", "application/json"))
    return WebQuestion(
        address, query.method.upper(), tuple(headers), query.body.encode(), Redaction(secrets), metric.timeout
    )


def _check_path(path: str, name: str) -> None:
    """Raise Refused for what is no JMESPath, and for functions that there are none of, where that shows at once."""
    problem = ""
    try:
        jmespath.compile(path).search({})
    except (UnknownFunctionError, ArityError) as error:
        problem = str(error)
    except JMESPathError as error:
        # What an empty answer makes impossible says nothing about the path; what cannot be parsed has no `search`.
        problem = "" if _is_parsed(path) else str(error).splitlines()[0]
    if problem:
        raise Refused(
            f"The metric's {name} {quoted(path)} is no JMESPath: {problem.rstrip('.')}.",
            "See https://jmespath.org for how one is written.",
        )


def _is_parsed(path: str) -> bool:
    try:
        jmespath.compile(path)
    except JMESPathError:
        return False
    return True


def _number_at(path: str, body: object, shown: str, redaction: Redaction) -> float | None:
    """Return the number at a path, or None where there is nothing. Raises Unavailable."""
    try:
        value = jmespath.search(path, body)
    except JMESPathError:
        value = None
    problem, told = "", ""
    try:
        return number_of(value)
    except NotANumber as error:
        problem = str(error)
        told = redaction.shown(value) if isinstance(value, str) else ""
    raise Unavailable(
        f"{shown} answered with {problem}{f' ({quoted(told)})' if told else ''} at `{path}`, where a number is wanted.",
        "Check the metric's path against what the address answers.",
    )
