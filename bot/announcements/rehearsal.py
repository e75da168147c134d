"""Tells in short how a rehearsal went: how it ended, what it changed and when, and what was assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.duration import describe_duration, format_duration
from bot.domain.message import (
    Block,
    Bold,
    Bullets,
    Fields,
    Heading,
    Line,
    Message,
    Moment,
    Note,
    Paragraph,
    Tone,
    line,
)
from bot.domain.rehearsal import Ending, Kind

if TYPE_CHECKING:
    from bot.domain.rehearsal import Happening, Rehearsal

CHANGES_SHOWN = 12
TONES = {Ending.COMPLETED: Tone.SUCCESS, Ending.ROLLED_BACK: Tone.DANGER, Ending.STUCK: Tone.WARNING}


def render(rehearsal: Rehearsal) -> Message:
    """Sum a rehearsal up."""
    summary = f"Rehearsal of {rehearsal.plan.title}: {ending_text(rehearsal)}"
    blocks: list[Block] = [
        Heading(f"Rehearsal of {rehearsal.plan.title} ({rehearsal.plan.key})"),
        Paragraph(line(f"{ending_text(rehearsal)}.")),
        Fields(_facts(rehearsal)),
    ]
    if changes := [it for it in rehearsal.happenings if it.kind is Kind.FLAG]:
        blocks.append(Bullets(tuple(_change(rehearsal, it) for it in changes[:CHANGES_SHOWN])))
        if len(changes) > CHANGES_SHOWN:
            blocks.append(Note(line(f"and {len(changes) - CHANGES_SHOWN} more changes of flags")))
    blocks.append(Note(line(f"Nothing was changed. Measurements: {rehearsal.measured}.")))
    blocks.append(Note(line("The whole list: rollcall plan rehearse ", rehearsal.plan.key)))
    return Message(summary, tuple(blocks), TONES[rehearsal.ending])


def _facts(rehearsal: Rehearsal) -> tuple[tuple[str, Line], ...]:
    span = line(Moment(rehearsal.start, relative=False), " to ", Moment(rehearsal.end, relative=False))
    return (
        ("If it started now", span),
        ("Takes", line(describe_duration(rehearsal.took, 2))),
        ("In it", line(counts_text(rehearsal))),
    )


def _change(rehearsal: Rehearsal, happening: Happening) -> Line:
    passed = format_duration(happening.at - rehearsal.start)
    return line(f"T+{passed} ", Bold(happening.who), f" {happening.what}")


def ending_text(rehearsal: Rehearsal) -> str:
    """Return how it ended and why, as a sentence without its full stop."""
    passed = format_duration(rehearsal.took)
    match rehearsal.ending:
        case Ending.COMPLETED:
            return f"Completed at T+{passed}"
        case Ending.ROLLED_BACK:
            where = f"at step {rehearsal.step + 1} “{rehearsal.plan.steps[rehearsal.step].name}”"
            return f"Rolled back to {_level(rehearsal)} at T+{passed}, {where}: {rehearsal.reason}"
        case Ending.STUCK:
            return f"Stuck at T+{passed}: {rehearsal.reason.removesuffix('.')}"


def _level(rehearsal: Rehearsal) -> str:
    name = next((f" “{it.name}”" for it in rehearsal.plan.rollback if it.number == rehearsal.level), "")
    return f"level {rehearsal.level}{name}"


def counts_text(rehearsal: Rehearsal) -> str:
    """Return how much of everything there was."""
    counted = [
        (rehearsal.count(Kind.FLAG), "flag change"),
        (rehearsal.count(Kind.MESSAGE), "message"),
        (rehearsal.edits, "card edit"),
        (rehearsal.count(Kind.QUESTION), "question"),
        (rehearsal.count(Kind.TYPED), "command"),
        (rehearsal.count(Kind.REFUSED), "refusal"),
    ]
    return ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counted if count)


def break_text(rehearsal: Rehearsal) -> str:
    """Return what was made to break, where, and which guardrail that is for; an empty text where nothing was."""
    broken = rehearsal.broken
    if broken is None:
        return ""
    plan = rehearsal.plan
    changing = [index for index, step in enumerate(plan.steps) if step.sets]
    number = changing.index(broken.step) + 1
    fewer = "" if number == broken.asked else f", the last of only {len(changing)} that change flags"
    where = f"step {broken.step + 1} “{plan.steps[broken.step].name}”{fewer}"
    return f"{broken.metric} becomes {broken.says} at {where}, for the guardrail {broken.condition}"
