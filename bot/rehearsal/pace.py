"""How a rehearsal passes the time: from due time to due time, densely where something may change, in one leap elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.condition import WindowKind, comparisons_of, windows_of
from bot.domain.duration import format_duration
from bot.domain.measuring import condition_of, interval_of, longest_window

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.metric_script import MetricScript, ScriptEntry
    from bot.domain.plan import Plan, Step

EXTRA = 3
"""So many intervals are measured beyond the longest window, so that its ends do not matter."""

MOST_IN_A_WINDOW = 30
"""A window is measured so many times at most; longer ones are measured at longer intervals than the plan says."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Says when to look next.

    `whole` is set where figures may be bad, so that the windows of guardrails matter as well; `kept` are the metrics
    that the bot counts, whose windows hold whether or not anything is measured.
    """

    kept: frozenset[str]
    whole: bool = False

    def dense(self, step: Step) -> timedelta:
        """Return for how long a step is measured at every interval after a change and before a decision."""
        interval = interval_of(step)
        if interval is None:
            return timedelta(0)
        return self._longest(step) + interval * EXTRA

    def patience(self, step: Step) -> timedelta:
        """Return for how long people wait for gates when nothing else is due any more."""
        interval = interval_of(step) or timedelta(0)
        intervals = [*(gate.interval for gate in step.gates), *(rail.interval for rail in step.guardrails)]
        slowest = max(intervals, default=timedelta(0))
        failures = max((gate.max_failures + 1 for gate in step.gates), default=0)
        samples = max((gate.min_samples for gate in step.gates), default=0) if self.whole else 0
        return longest_window(step) + interval * (EXTRA + samples) + slowest * (2 + failures)

    def _longest(self, step: Step) -> timedelta:
        """Return the longest window that must be measured without a gap."""
        texts = [gate.condition for gate in step.gates]
        texts += [rail.condition for rail in step.guardrails if self.whole]
        compared = [it for text in texts for it in comparisons_of(condition_of(text)) if it.window is not None]
        lengths = [
            it.window.length for it in compared if it.window and not {str(ref) for ref in it.metrics} <= self.kept
        ]
        return max(lengths, default=timedelta(0))

    def next(
        self, step: Step, now: datetime, *, changed: datetime, measure: datetime, due: datetime | None
    ) -> datetime:
        """Return the next moment: the next measurement, or, where nothing changes, the last stretch before what is due."""
        dense = self.dense(step)
        if due is None or now < changed + dense:
            return measure if due is None else min(measure, due)
        return min(due, max(measure, due - dense))


def bearable(plan: Plan) -> Plan:
    """Return the plan with longer intervals where a window would need more measurements than are worth it."""
    phases = tuple(replace(phase, steps=tuple(_bearable(step) for step in phase.steps)) for phase in plan.phases)
    return replace(plan, phases=phases)


def _bearable(step: Step) -> Step:
    texts = [*(gate.condition for gate in step.gates), *(rail.condition for rail in step.guardrails)]
    windows = [window for text in texts for window in windows_of(condition_of(text))]
    # What is counted within a window needs no measurement at every moment of it.
    sustained = [window.length for window in windows if window.kind is WindowKind.FOR]
    least = max(sustained, default=timedelta(0)) / MOST_IN_A_WINDOW
    if not step.gates and not step.guardrails:
        return step
    gates = tuple(replace(it, interval=max(it.interval, least)) for it in step.gates)
    rails = tuple(replace(it, interval=max(it.interval, least)) for it in step.guardrails)
    return replace(step, gates=gates, guardrails=rails)


def described(plan: Plan, pace: Pace, script: MetricScript | None = None) -> str:
    """Return how often is measured, for the head of what is printed."""
    steps = [step for step in plan.steps if interval_of(step) is not None]
    if not steps:
        return "nothing is measured"
    intervals = sorted({interval for step in steps if (interval := interval_of(step)) is not None})
    often = " or ".join(format_duration(it) for it in intervals)
    longest = format_duration(max(pace.dense(step) for step in steps))
    wanders = script is not None and any(_wanders(entry) for _, entries in script.entries for entry in entries)
    between = "what the script lets wander between them is not seen" if wanders else "between them nothing changes"
    return f"every {often}, for up to {longest} after each change and before each decision; {between}"


def _wanders(entry: ScriptEntry) -> bool:
    return entry.value is not None and entry.value.low != entry.value.high
