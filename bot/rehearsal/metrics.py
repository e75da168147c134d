"""The metrics of a rehearsal: scripted where there is a script, invented elsewhere, and broken from a moment on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.domain.condition_text import format_value
from bot.domain.figures import unit_in
from bot.domain.measure import Measure
from bot.domain.measuring import baselines_in, measured_in
from bot.domain.metric import Answer, KeptQuery, Metric, ReportedQuery
from bot.domain.rehearsal import Figure, Origin
from bot.metric_sources.catalogue import KEPT
from bot.metric_sources.scripted import ScriptedMetrics
from bot.rehearsal.figures import NORMAL, Figures, invent, measure_in, unmet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.metric_script import MetricScript
    from bot.domain.plan import Plan, Step
    from bot.domain.rehearsal import Break
    from bot.domain.team import Team
    from bot.ports import Clock, MetricSource

PLENTY = 1000
"""Invented figures rest on so many samples at least."""


@dataclass(slots=True)
class RehearsedMetrics:
    """The Metrics port and the only MetricSource behind it.

    What people would report is asked here, too, as if it were always reported in time.
    """

    plan: Plan
    declared: Mapping[str, Metric]
    kept: frozenset[str]
    usual: Figures
    script: MetricScript | None
    scripted: ScriptedMetrics | None
    now: Figures
    broken: Break | None = None

    def named(self, series: str) -> Metric:
        """Return a metric as the team file declares it; the unit of any other is the one the plan compares it in."""
        declared = self.declared.get(series) or KEPT.get(series)
        return declared or Metric(series, ReportedQuery(), self._measure(series))

    def source(self, metric: Metric) -> MetricSource | None:
        """Return where a metric is asked: here, unless the bot counts it."""
        return None if isinstance(metric.query, KeptQuery) else self

    def check(self, metric: Metric) -> None:
        """Raise Refused where the script gives a metric in another unit."""
        if self.scripted is not None and self._is_scripted(metric.name):
            self.scripted.check(metric)

    async def ask(self, metric: Metric) -> Answer:
        """Return what the metric says now."""
        if self.broken is not None and self.broken.metric == metric.name:
            return self._answer(metric, self.broken.value)
        if self.scripted is not None and self._is_scripted(metric.name):
            return await self.scripted.ask(metric)
        return self._answer(metric, self.now.values[metric.name])

    async def before(self, metric: Metric, start: datetime, end: datetime, *, still: bool) -> Answer | None:
        """Return what the metric said before the rollout."""
        del still
        if self.scripted is not None and self._is_scripted(metric.name):
            return await self.scripted.average(metric, start, end)
        known = {**self.usual.values, **self.usual.baselines}
        return self._answer(metric, known[metric.name]) if metric.name in known else None

    def stand_at(self, step: Step) -> None:
        """Invent other figures where a step asks for something else than the rest of the plan."""
        self.now = self.usual
        if unmet(step, self.usual, self.kept):
            self.now = invent((step,), self.plan, self.kept)

    def figures(self) -> tuple[Figure, ...]:
        """Return every figure as people write it."""
        return tuple(self._figure(name) for name in dict.fromkeys((*measured_in(self.plan), *baselines_in(self.plan))))

    def says(self, name: str, value: float) -> str:
        """Return a value (in the normal measure of its unit) as the plan writes it."""
        written = measure_in(self.plan, name)
        return format_value(Decimal(str(value)), written if written is not Measure.PLAIN else self._shown(name))

    def _figure(self, name: str) -> Figure:
        by_people = isinstance(self.named(name).query, ReportedQuery)
        if name in self.kept:
            return Figure(name, Origin.COUNTED, "0")
        if self._is_scripted(name):
            return Figure(name, Origin.SCRIPTED, by_people=by_people)
        before = self.usual.baselines.get(name)
        said = self.says(name, before) if before is not None else ""
        value = self.usual.values.get(name)
        return Figure(name, Origin.INVENTED, self.says(name, value) if value is not None else "", said, by_people)

    def _answer(self, metric: Metric, normal: float) -> Answer:
        samples = max([PLENTY, *(gate.min_samples for step in self.plan.steps for gate in step.gates)])
        return Answer(float(metric.measure.amount(Decimal(str(normal)))), samples)

    def _is_scripted(self, name: str) -> bool:
        return self.script is not None and name in self.script.names

    def _measure(self, series: str) -> Measure:
        unit = unit_in(self.plan, series)
        if unit is not None:
            return NORMAL[unit]
        entries = self.script.of(series) if self.script is not None else ()
        written = (it.value.measure for it in entries if it.value is not None and it.value.measure is not None)
        return next((NORMAL[measure.unit] for measure in written), Measure.PLAIN)

    def _shown(self, name: str) -> Measure:
        return NORMAL[self.named(name).measure.unit]


def rehearsed_metrics(
    plan: Plan, team: Team, script: MetricScript | None, clock: Clock, start: datetime
) -> RehearsedMetrics:
    """Make the metrics of one rehearsal, with figures on which the plan goes well wherever that is possible."""
    declared = {**KEPT, **team.metrics}
    kept = frozenset(
        name for name in measured_in(plan) if name in declared and isinstance(declared[name].query, KeptQuery)
    )
    usual = invent(plan.steps, plan, kept)
    scripted = ScriptedMetrics(script, clock, start) if script is not None else None
    return RehearsedMetrics(plan, team.metrics, kept, usual, script, scripted, usual)
