"""Metric sources whose answers a history changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.errors import Unavailable
from bot.domain.metric import Answer
from tests.simulation.steps import Shape

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.measuring import Measurement
    from bot.domain.metric import Metric

PERCENTS = (
    "error_rate",
    "engagement",
    "task_completion",
    "websocket_disconnect_rate",
    "payment_success_rate",
    "database_cpu",
    "call_connect_rate",
    "call_completion_rate",
    "uptime",
    "verification_failure_rate",
    "database_error_rate",
    "api_error_rate",
    "memory_usage",
    "verification_success_rate",
    "project_creation_success_rate",
)
TIMES = (
    "p95",
    "api_response_time_p95",
    "api_response_time",
    "task_update_p95",
    "plan_load_p95",
    "page_load_time",
    "staging_p95",
    "query_time_mean",
    "response_time_p95",
    "database_query_time_p95",
    "database_query_time",
)
COUNTS = (
    "data_loss_incidents",
    "http_500_count",
    "staging_failed_validations",
    "failed_migrations",
    "lock_waits",
    "database_connections",
    "organizations_created_per_day",
    "contact_points_created_per_day",
    "bot_up",
)
RISING = frozenset(
    {
        "engagement",
        "task_completion",
        "payment_success_rate",
        "call_connect_rate",
        "call_completion_rate",
        "uptime",
        "verification_success_rate",
        "project_creation_success_rate",
        "organizations_created_per_day",
        "contact_points_created_per_day",
        "bot_up",
    }
)
"""Metrics of which more is better; of every other one less is."""

DECLARED = frozenset((*PERCENTS, *TIMES, *COUNTS))


def declarations() -> str:
    """Return the metrics as a team file declares them."""
    measures = {**dict.fromkeys(PERCENTS, "percent"), **dict.fromkeys(TIMES, "ms")}
    lines = [
        f"  {name}: {{{f'measure: {measures[name]}, ' if name in measures else ''}prometheus: {name}}}"
        for name in (*PERCENTS, *TIMES, *COUNTS)
    ]
    head = [
        'prometheus: {address: "http://127.0.0.1:9"}',
        "metrics:",
        "  satisfaction: {measure: percent, reported: 7d}",
    ]
    return "\n".join([*head, *lines]) + "\n"


def value_of(name: str, shape: Shape) -> float:
    """Return a value that every plan takes for good, or for bad."""
    if (shape is Shape.GOOD) != (name in RISING):
        return 0.0
    return 1.0 if name == "bot_up" else 100.0 if name in PERCENTS else 100_000.0


def shape_of(measured: Measurement) -> Shape:
    """Return what a metric answered, from what was stored of it."""
    if measured.error:
        return Shape.ERROR
    if measured.value is None:
        return Shape.MISSING
    return Shape.GOOD if (measured.value == 0.0) is (measured.series not in RISING) else Shape.BAD


@dataclass(slots=True)
class ShapedMetrics:
    """The MetricSource and RangeSource ports."""

    shapes: dict[str, Shape] = field(default_factory=dict)

    def shape(self, shape: Shape, name: str = "") -> None:
        """Answer so from now on."""
        self.shapes |= {name: shape} if name else dict.fromkeys(DECLARED, shape)

    async def ask(self, metric: Metric) -> Answer:
        """Return what the metric is now."""
        return self._answer(metric.name, self.shapes.get(metric.name, Shape.GOOD))

    async def average(self, metric: Metric, start: datetime, end: datetime) -> Answer:
        """Return what the metric was: good, unless nobody can be asked."""
        assert start < end
        shape = self.shapes.get(metric.name, Shape.GOOD)
        return self._answer(metric.name, Shape.GOOD if shape is Shape.BAD else shape)

    def _answer(self, name: str, shape: Shape) -> Answer:
        if shape is Shape.ERROR:
            raise Unavailable("The metrics server cannot be reached.", "Look after it.")
        if shape is Shape.MISSING:
            return Answer(None, 0, "Nothing is there.")
        return Answer(value_of(name, shape), 1000)
