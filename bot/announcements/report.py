"""Shows the deployment report of a rollout: a short summary, and the whole as Markdown to be kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.announcements.report_data import as_data
from bot.announcements.report_text import markdown
from bot.domain.duration import describe_duration
from bot.domain.message import Block, Fields, Heading, Line, Message, Note, Paragraph, Tone, Verbatim, line, say
from bot.domain.outbox import Attachment
from bot.domain.report import Met, Result

if TYPE_CHECKING:
    from bot.domain.report import Report
    from bot.domain.rollout import Rollout

TONES = {
    Result.SUCCESS: Tone.SUCCESS,
    Result.PARTIAL: Tone.WARNING,
    Result.FAILED: Tone.DANGER,
    Result.UNDER_WAY: Tone.INFO,
}


def render(report: Report) -> Message:
    """Say how it came out, and give the Markdown."""
    more = (Verbatim(markdown(report)), Note(line(f"For programs: rollcall report {report.number} --json")))
    return _message(report, more)


def render_short(report: Report) -> Message:
    """Say how it came out, beside the files that tell the rest."""
    return _message(report, ())


def render_sharing(rollout: Rollout) -> Message:
    """Answer whoever wants the report to be posted: it follows."""
    return say(f"The report of {rollout.name} {rollout.plan.title} follows, with its files.")


def attachments(report: Report) -> tuple[Attachment, ...]:
    """Return the report as files: Markdown for people, JSON for programs."""
    name = f"rollout-{report.number}-report"
    data = json.dumps(as_data(report), indent=2, ensure_ascii=False)
    return (
        Attachment(f"{name}.md", "text/markdown", markdown(report).encode()),
        Attachment(f"{name}.json", "application/json", data.encode()),
    )


def _message(report: Report, more: tuple[Block, ...]) -> Message:
    title = f"Deployment report of #{report.number} {report.title}"
    took = describe_duration(report.lasted, 2)
    summary = f"{title}: {report.result}, {took}{'' if report.ended_at else ' so far'}"
    blocks: tuple[Block, ...] = (
        Heading(title),
        Paragraph(line(f"{report.result.capitalize()}{f' ({report.why})' if report.why else ''}, {took}.")),
        Fields(_fields(report)),
        *more,
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
