"""A metric source that answers what a test told it."""

from __future__ import annotations

import math
from datetime import datetime

from bot.domain.errors import Refused, Unavailable
from bot.domain.metric import Answer, Metric


class ToldMetrics:
    """The MetricSource and RangeSource ports. `asked` holds the names of metrics, in the order in which they were asked for.

    A metric that it was told nothing about is refused; None and NaN are no data, an exception is raised.
    """

    def __init__(self, **values: float | None) -> None:
        self.asked: list[str] = []
        self.averaged: list[tuple[str, datetime, datetime]] = []
        self._answers: dict[str, Answer | Unavailable | Refused] = {}
        for name, value in values.items():
            self.tell(name, value)

    def tell(self, name: str, value: float | None, samples: int | None = None) -> None:
        """Answer with a value from now on."""
        if value is None or not math.isfinite(value):
            self._answers[name] = Answer(None, samples, "Nothing is there.")
        else:
            self._answers[name] = Answer(value, samples)

    def fail(self, name: str, sentence: str = "The metrics server cannot be reached.") -> None:
        """Be out of reach from now on, for this metric."""
        self._answers[name] = Unavailable(sentence, "Look after it.")

    def check(self, metric: Metric) -> None:
        """Raise Refused for a metric that nothing was told about."""
        if metric.name not in self._answers:
            raise Refused(f"Nothing is known about {metric.name}.")

    async def ask(self, metric: Metric) -> Answer:
        """Return what was told last."""
        self.asked.append(metric.name)
        return self._answer(metric)

    async def average(self, metric: Metric, start: datetime, end: datetime) -> Answer:
        """Return what was told last: it was always so."""
        self.averaged.append((metric.name, start, end))
        return self._answer(metric)

    async def aclose(self) -> None:
        """Close nothing."""

    def _answer(self, metric: Metric) -> Answer:
        self.check(metric)
        answer = self._answers[metric.name]
        if isinstance(answer, Exception):
            raise type(answer)(answer.sentence, *answer.hints)
        return answer


class ToldNow:
    """The MetricSource port alone: what was told last, without a way to look back."""

    def __init__(self, told: ToldMetrics) -> None:
        self.told = told

    async def ask(self, metric: Metric) -> Answer:
        """Return what was told last."""
        return await self.told.ask(metric)
