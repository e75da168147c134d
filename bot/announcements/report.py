"""Shows the deployment report of a rollout: a short summary, and the whole as Markdown to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.report_text import markdown
from bot.domain.duration import describe_duration
from bot.domain.message import Block, Fields, Heading, Line, Message, Note, Paragraph, Tone, Verbatim, line
from bot.domain.report import Met, Result

if TYPE_CHECKING:
    from bot.domain.report import Report

TONES = {
    Result.SUCCESS: Tone.SUCCESS,
    Result.PARTIAL: Tone.WARNING,
    Result.FAILED: Tone.DANGER,
    Result.UNDER_WAY: Tone.INFO,
}


def render(report: Report) -> Message:
    """Say how it came out, and give the Markdown."""
    title = f"Deployment report of #{report.number} {report.title}"
    took = describe_duration(report.lasted, 2)
    summary = f"{title}: {report.result}, {took}{'' if report.ended_at else ' so far'}"
    blocks: tuple[Block, ...] = (
        Heading(title),
        Paragraph(line(f"{report.result.capitalize()}{f' ({report.why})' if report.why else ''}, {took}.")),
        Fields(_fields(report)),
        Verbatim(markdown(report)),
        Note(line(f"For programs: rollcall report {report.number} --json")),
    )
    return Message(summary, blocks, TONES[report.result])


def _fields(report: Report) -> tuple[tuple[str, Line], ...]:
    met = sum(it.result is Met.MET for it in report.targets)
    return (
        ("Targets met", line(f"{met} of {len(report.targets)}")),
        ("Problems", line(str(len(report.problems)))),
        ("Tripped", line(str(len(report.tripped)))),
        ("Overrides", line(str(len(report.overrides)))),
    )
