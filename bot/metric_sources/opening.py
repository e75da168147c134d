"""How each kind of metric source is made; their libraries are imported when the first metric is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.metric import HttpQuery, PrometheusQuery, SqlQuery

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.ports import Clock, MetricSource


def metric_sources(clock: Clock) -> dict[type[object], Callable[[], MetricSource]]:
    """Return how each kind of source is made; their libraries are imported when the first metric is asked."""

    def prometheus() -> MetricSource:
        from bot.metric_sources.prometheus import Prometheus

        return Prometheus(clock)

    def http_json() -> MetricSource:
        from bot.metric_sources.http_json import HttpJson

        return HttpJson(clock)

    def sql() -> MetricSource:
        from bot.metric_sources.sql import Sql

        return Sql()

    return {PrometheusQuery: prometheus, HttpQuery: http_json, SqlQuery: sql}
