"""Metrics: what is measured, where it is read from, and what one measurement said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.domain.measure import Measure


@dataclass(frozen=True, slots=True)
class Secret:
    """A value taken from the environment by name; it is never shown, logged or stored."""

    name: str
    value: str = field(repr=False, compare=False)

    def __str__(self) -> str:
        """Return what may be shown: the name alone."""
        return f"${{{self.name}}}"


@dataclass(frozen=True, slots=True)
class PrometheusQuery:
    """An instant query of a Prometheus (or VictoriaMetrics) server; `address` is its base URL.

    `samples` is a second query that counts how many events the value rests on.
    """

    address: str
    query: str
    samples: str = ""
    user: str = ""
    password: Secret | None = None
    bearer: Secret | None = None


@dataclass(frozen=True, slots=True)
class HttpQuery:
    """A request whose JSON answer holds the number at a JMESPath; header values may hold `${NAME}`, named in `secrets`."""

    url: str
    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    samples: str = ""
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlQuery:
    """One SELECT on a read-only connection; the first column of the first row is the value, a second one the samples."""

    url: Secret | str
    query: str


@dataclass(frozen=True, slots=True)
class ReportedQuery:
    """A value that people report in chat: the newest one not older than `max_age`."""

    max_age: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KeptQuery:
    """A count that the bot keeps itself, such as `problems`."""

    what: str


Query = PrometheusQuery | HttpQuery | SqlQuery | ReportedQuery | KeptQuery


@dataclass(frozen=True, slots=True)
class Metric:
    """A named metric. `measure` says in what the source answers; `timeout` is for one question to it."""

    name: str
    query: Query
    measure: Measure
    description: str = ""
    timeout: timedelta = timedelta(seconds=10)


class Outcome(StrEnum):
    """What came of one measurement. An error is no measurement: nothing could be asked."""

    VALUE = "value"
    NO_DATA = "no data"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source said. `value` is finite and in the metric's own measure, or None with a `note` that says why.

    `samples` is how many events it rests on, where the source can tell.
    """

    value: float | None
    samples: int | None = None
    note: str = ""
