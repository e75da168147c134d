"""Every metric by its name, and the source that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import Refused
from bot.domain.measure import Measure
from bot.domain.metric import KeptQuery, Metric, ReportedQuery
from bot.operations.judgements import CRITICAL, PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.domain.metric import Answer
    from bot.ports import MetricSource

KEPT = {name: Metric(name, KeptQuery(name), Measure.PLAIN) for name in (PROBLEMS, CRITICAL)}


class Catalogue:
    """Knows the metrics that the team file declares; any other one is reported by people in chat.

    A source is made when the first metric of its kind is asked, and asked for all of them.
    """

    def __init__(
        self,
        declared: Callable[[], Mapping[str, Metric]],
        makers: Mapping[type[object], Callable[[], MetricSource]],
    ) -> None:
        self._declared = declared
        self._makers = makers
        self._sources: dict[type[object], MetricSource] = {}

    def named(self, series: str) -> Metric:
        """Return a metric (`error_rate`, `canary.error_rate`)."""
        declared = self._declared().get(series) or KEPT.get(series)
        return declared or Metric(series, ReportedQuery(), Measure.PLAIN)

    def source(self, metric: Metric) -> MetricSource | None:
        """Return where a metric is asked; None where people report it or the bot counts it."""
        if isinstance(metric.query, ReportedQuery | KeptQuery):
            return None
        kind = type(metric.query)
        if kind not in self._sources:
            make = self._makers.get(kind)
            # Work in a transaction asks, too, from another thread: whoever comes first has made the one that stays.
            return self._sources.setdefault(kind, make() if make is not None else _NotConnected())
        return self._sources[kind]

    async def aclose(self) -> None:
        """Let go of every source that was used."""
        for source in tuple(self._sources.values()):
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    def check(self, metric: Metric) -> None:
        """Raise Refused for a metric whose question can never be answered, without asking it."""
        check = getattr(self.source(metric), "check", None)
        if check is not None:
            check(metric)

    async def before(self, metric: Metric, start: datetime, end: datetime, *, still: bool) -> Answer | None:
        """Return a metric's mean over a past time; where its source cannot look back its value now, if `still` so."""
        source = self.source(metric)
        if source is None:
            return None
        average: Callable[[Metric, datetime, datetime], Awaitable[Answer]] | None = getattr(source, "average", None)
        if average is not None:
            return await average(metric, start, end)
        return await source.ask(metric) if still else None


class _NotConnected:
    """Stands for a kind of source that this process was not given."""

    async def ask(self, metric: Metric) -> Answer:
        raise Refused(f"{metric.name} is read from a kind of source that is not connected.", "rollcall doctor")
