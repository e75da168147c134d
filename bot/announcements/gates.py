"""Shows a step's gates and guardrails with what was last measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.condition_verdict import Verdict
from bot.domain.gate import Standing
from bot.domain.measuring import standing
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
