"""Shows a step's gates and guardrails with what was last measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.condition import series_of
from bot.domain.condition_verdict import Verdict
from bot.domain.gate import Standing
from bot.domain.measuring import condition_of, standing
from bot.domain.message import Block, Fields, Heading, Line, Mark, Marked, Message, Paragraph, line

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.gate import GateRecord
    from bot.domain.plan import Gate, Guardrail
    from bot.domain.rollout import Rollout

MARKS = {
    Standing.HOLDS: Mark.DONE,
    Standing.UNKNOWN: Mark.OPEN,
    Standing.NOT_YET: Mark.OPEN,
    Standing.FAILED: Mark.FAILED,
    Standing.ERROR: Mark.FAILED,
}


def lines(rollout: Rollout, now: datetime) -> tuple[tuple[Mark, Line], ...]:
    """Return every gate and guardrail of the current step with its mark and its last values."""
    step, judging = rollout.current, rollout.judging
    gates = tuple(_gate(gate, judging.record_of(gate.condition), now) for gate in step.gates)
    return gates + tuple(_rail(rail, judging.record_of(rail.condition)) for rail in step.guardrails)


def judged_by(rollout: Rollout, metric: str) -> tuple[Line, ...]:
    """Return the gates and guardrails of the current step that read a metric, without what they said before."""
    gates = (f"the gate {it.condition}" for it in rollout.current.gates if _reads(it.condition, metric))
    rails = (
        f"the guardrail {it.condition} → {it.then}" for it in rollout.current.guardrails if _reads(it.condition, metric)
    )
    return tuple(line(it) for it in (*gates, *rails))


def _reads(condition: str, metric: str) -> bool:
    return metric in {str(it) for it in series_of(condition_of(condition))}


def short_lines(rollout: Rollout, now: datetime) -> tuple[tuple[Mark, Line], ...]:
    """Return the gates and guardrails that somebody has to know of one by one, and the rest as a number."""
    step, judging = rollout.current, rollout.judging
    standings = [(gate, standing(gate, judging.record_of(gate.condition), now)) for gate in step.gates]
    holding = sum(found is Standing.HOLDS for _, found in standings)
    found = [_gate(gate, judging.record_of(gate.condition), now) for gate, it in standings if it is not Standing.HOLDS]
    if holding:
        said = f"{holding} of {len(standings)} gates hold" if len(standings) > 1 else "the gate holds"
        found.insert(0, (Mark.DONE, line(said)))
    rails = [(rail, judging.record_of(rail.condition)) for rail in step.guardrails]
    broken = [_rail(rail, record) for rail, record in rails if record is not None and record.verdict is Verdict.TRUE]
    watched = len(rails) - len(broken)
    if watched:
        blind = sum(record is None or record.verdict is Verdict.UNKNOWN for _, record in rails)
        unseen = f", {blind} of them not measured yet" if blind else ""
        plural = "guardrails are" if watched > 1 else "guardrail is"
        found.append((Mark.OPEN if blind else Mark.DONE, line(f"{watched} {plural} watched{unseen}")))
    return (*found, *broken)


def _gate(gate: Gate, record: GateRecord | None, now: datetime) -> tuple[Mark, Line]:
    found = standing(gate, record, now)
    says = _says(gate.condition, record)
    tail = "" if found is Standing.HOLDS else f" — {found}"
    return MARKS[found], line(f"{says}{tail}{_why(record)}")


def _rail(rail: Guardrail, record: GateRecord | None) -> tuple[Mark, Line]:
    says = _says(rail.condition, record)
    if record is not None and record.verdict is Verdict.TRUE:
        return Mark.FAILED, line(f"guardrail broken: {says} → {rail.then}")
    known = record is not None and record.verdict is Verdict.FALSE
    return (Mark.DONE if known else Mark.OPEN), line(f"guardrail {rail.condition} → {rail.then}", _now(record))


def _says(condition: str, record: GateRecord | None) -> str:
    return record.says if record is not None and record.says else condition


def _why(record: GateRecord | None) -> str:
    return f" ({record.reason})" if record is not None and record.reason else ""


def _now(record: GateRecord | None) -> str:
    if record is None:
        return ""
    return f" ({record.reason})" if record.reason else f" (now {record.says})"


def render(rollout: Rollout, now: datetime) -> Message:
    """Show them all, with the values from before the rollout."""
    title = f"Gates of {rollout.name} {rollout.plan.title} at “{rollout.current.name}”"
    found = lines(rollout, now)
    blocks: list[Block] = [Heading(title)]
    blocks.append(Marked(found) if found else Paragraph(line("This step has no gates and no guardrails.")))
    if rollout.judging.baselines:
        values = tuple((it.metric, line(f"{it.value:g} before the rollout")) for it in rollout.judging.baselines)
        blocks.append(Fields(values))
    return Message(title, tuple(blocks))
