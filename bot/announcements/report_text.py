"""The deployment report as Markdown, whoever wrote what stands in it."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from bot.domain.duration import describe_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.domain.report import Report, Taken

# An underscore inside a word means nothing in Markdown, and names of metrics are easier to read without a backslash.
_MARKS = re.compile(r"[\\`*\[\]<|~&]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")

WORDS = {
    "start": "started",
    "advance": "took the step",
    "raise": "took the step",
    "override": "took the step, overriding",
    "lower": "lowered",
    "pause": "paused",
    "resume": "resumed",
    "back": "went back",
    "rollback": "rolled back",
    "abort": "aborted",
    "complete": "completed",
    "reject": "rejected",
}
"""What was done, by the verbs of the audit log."""


def escaped(text: str) -> str:
    """Return text of people so that Markdown shows it as it was typed, on one line."""
    return _MARKS.sub(lambda mark: f"\\{mark[0]}", " ".join(text.split()))


def markdown(report: Report) -> str:
    """Return the whole report; what people have to fill in is there with a prompt."""
    parts = [
        f"# Deployment report: {escaped(report.title)}",
        _facts(report),
        _part("Steps", _table(("When (UTC)", "Who", "What", "Step", "Why"), map(_moved, report.taken))),
        _part("Flags", _table(("Flag", "Environment", "Before", "After"), _flags(report))),
        _part("Targets", _table(("When", "Target", "Kind", "Result", "Last measurement"), _targets(report))),
        _part("Metrics", _table(("Metric", "Before", "Last value", "When (UTC)", "Note"), _metrics(report))),
        _part("Gates failed and guardrails tripped", _bullets(map(_event, report.tripped))),
        _part("Ways back taken", _bullets(map(_event, report.rollbacks))),
        _part("Problems reported", _table(("When (UTC)", "Who", "Problem", "Resolution"), _problems(report))),
        _part("Overrides", _bullets(map(_event, report.overrides))),
        _part("Approvals", _table(("When (UTC)", "Who", "For", "Step", "Said"), _approvals(report))),
        _part("Checklist", _table(("Item", "State", "Who", "When (UTC)", "Evidence or reason"), _items(report))),
        _part(
            "Lessons learned",
            _bullets(map(escaped, report.lessons)) or "_To be filled in: what went well, what did not?_",
        ),
        _part(
            "Action items", _bullets(map(escaped, report.actions)) or "- [ ] _To be filled in: what, who, until when?_"
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(report: Report) -> str:
    why = f" ({escaped(report.why)})" if report.why else ""
    so_far = "" if report.ended_at is not None else " so far"
    lines = (
        ("Rollout", f"#{report.number}, plan {escaped(report.plan)}, digest {report.digest[:12]}"),
        ("Version", escaped(report.version) or "not named by the plan"),
        ("Environment", escaped(report.environment)),
        ("Result", f"{report.result}{why}"),
        ("Status", f"{report.status.replace('_', ' ')}, at step {report.step} of {report.of_steps}"),
        ("Started", f"{_at(report.started_at)} UTC by {escaped(report.started_by)}"),
        ("Ended", f"{_at(report.ended_at)} UTC" if report.ended_at is not None else "not yet"),
        ("Duration", f"{describe_duration(report.lasted, 2)}{so_far}"),
        ("Moved by", escaped(", ".join(report.people)) or "nobody"),
        ("Report made", f"{_at(report.made_at)} UTC"),
    )
    return "\n".join(f"- **{name}:** {value}" for name, value in lines)


def _part(title: str, body: str) -> str:
    return f"## {title}\n\n{body or 'None.'}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cell or '–' for cell in row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join((f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}", *lines))


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _moved(it: Taken) -> tuple[str, ...]:
    flags = ", ".join(f"{held.flag} {held.setting}" for held in it.flags)
    where = f"{it.step} {it.name}" + (f" ({flags})" if flags else "")
    return _at(it.at), escaped(it.by), WORDS.get(it.action, it.action), escaped(where), escaped(it.reason)


def _event(it: Taken) -> str:
    why = f": {escaped(it.reason)}" if it.reason else ""
    return f"{_at(it.at)} UTC, {WORDS.get(it.action, it.action)} by {escaped(it.by)}, then at step {it.step} {escaped(it.name)}{why}"


def _flags(report: Report) -> Iterator[tuple[str, ...]]:
    return ((escaped(it.flag), escaped(it.environment), escaped(it.before), escaped(it.after)) for it in report.flags)


def _targets(report: Report) -> Iterator[tuple[str, ...]]:
    return (
        (escaped(it.when), escaped(it.target), escaped(it.kind), str(it.result), escaped(it.says))
        for it in report.targets
    )


def _metrics(report: Report) -> Iterator[tuple[str, ...]]:
    return (
        (escaped(it.metric), it.before, it.value or "not measured", _at(it.at) if it.at else "", escaped(it.note))
        for it in report.metrics
    )


def _problems(report: Report) -> Iterator[tuple[str, ...]]:
    for it in report.problems:
        text = f"**critical:** {escaped(it.text)}" if it.critical else escaped(it.text)
        yield _at(it.at), escaped(it.by), text, escaped(it.resolution) or "_to be filled in_"


def _approvals(report: Report) -> Iterator[tuple[str, ...]]:
    for it in report.approvals:
        said = "yes" if it.approved else f"no: {escaped(it.reason)}"
        yield _at(it.at), escaped(it.by), escaped(", ".join(it.roles)), str(it.step), said


def _items(report: Report) -> Iterator[tuple[str, ...]]:
    for it in report.items:
        state = "skipped" if it.skipped else "done"
        yield escaped(f"{it.key} {it.text}"), state, escaped(it.by), _at(it.at), escaped(it.note)


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
