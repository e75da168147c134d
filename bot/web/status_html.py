"""The status page for people: one document with its own style, no script, and nothing fetched from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.status_page import Stage
from bot.domain.wall_clock import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.domain.message import Message
    from bot.domain.status_page import Course, Published, StatusPage

STYLE = Path(__file__).parent / "static" / "status.css"
OPEN = 3
"""So many announcements of a rollout are open at once; earlier ones unfold."""

SINCE = {
    Stage.PLANNED: "For",
    Stage.OVERDUE: "Was planned for",
    Stage.RUNNING: "At this step since",
}
CLASSES = {
    Stage.RUNNING: "running",
    Stage.PAUSED: "paused",
    Stage.ROLLED_BACK: "back",
    Stage.ABORTED: "back",
    Stage.COMPLETED: "complete",
}


@cache
def style() -> str:
    """Return the page's style."""
    return STYLE.read_text("utf-8")


@cache
def policy() -> str:
    """Return the Content-Security-Policy: the page's own style by its hash, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def html_page(page: StatusPage, courses: Sequence[Course], zone: str, draw: Callable[[Message], str]) -> str:
    """Return the document; `draw` makes a message's HTML, in which what people wrote is escaped."""
    title = escape(page.title)
    body = "".join(_course(it, zone, draw) for it in courses)
    if not body:
        body = '<p class="empty">There is nothing to tell from the last 90 days.</p>'
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        f'<title>{title}</title><link rel="icon" href="data:,">'
        f'<link rel="alternate" type="application/atom+xml" title="{title}" href="status.atom">'
        f'<link rel="alternate" type="application/feed+json" title="{title}" href="status.json">'
        f"<style>{style()}</style></head><body>"
        f"<header><h1>{title}</h1><p>{_overview(courses)}</p></header><main>{body}</main>"
        f"<footer><p>Times are those of {escape(zone)}. The last 90 days, newest first.</p>"
        '<p>Follow it in a feed reader: <a href="status.atom">Atom</a> or <a href="status.json">JSON Feed</a>.</p>'
        "</footer></body></html>\n"
    )


def _overview(courses: Sequence[Course]) -> str:
    """Say in one sentence how much is going on."""
    parts = [
        (sum(it.stage is Stage.RUNNING for it in courses), "under way"),
        (sum(it.stage is Stage.PAUSED for it in courses), "on hold"),
        (sum(it.active and it.stage not in {Stage.RUNNING, Stage.PAUSED} for it in courses), "planned"),
    ]
    said = [f"{number} {what}" for number, what in parts if number]
    return f"Changes: {', '.join(said)}." if said else "No change is under way."


def _course(course: Course, zone: str, draw: Callable[[Message], str]) -> str:
    number = f"c{course.told[0].id.hex[:12]}"
    shown, earlier = course.told[:OPEN], course.told[OPEN:]
    more = f"{len(earlier)} earlier announcement{'s' if len(earlier) > 1 else ''}"
    return (
        f'<article class="{CLASSES.get(course.stage, "planned")}" aria-labelledby="{number}">'
        f'<h2 id="{number}">{escape(course.title)}</h2>'
        f'<p class="stage"><strong>{_sentence(course.stage)}</strong>{_where(course)}{_since(course, zone)}</p>'
        f"{_progress(course)}{_list(shown, zone, draw)}"
        + (f"<details><summary>{more}</summary>{_list(earlier, zone, draw)}</details>" if earlier else "")
        + "</article>"
    )


def _where(course: Course) -> str:
    return f"<span>{escape(course.environment)}</span>" if course.environment else ""


def _since(course: Course, zone: str) -> str:
    if course.since is None:
        return ""
    return f"<span>{SINCE.get(course.stage, 'Since')} {_time(course.since, zone)}</span>"


def _progress(course: Course) -> str:
    """Show how far it is, while that means anything."""
    if course.stage not in {Stage.RUNNING, Stage.PAUSED}:
        return ""
    where = f"Step {course.step} of {course.steps}"
    return (
        f'<p class="progress"><progress max="{course.steps}" value="{course.step}" aria-label="{where}"></progress>'
        f"<span>{where}</span></p>"
    )


def _list(told: Sequence[Published], zone: str, draw: Callable[[Message], str]) -> str:
    items = (f'<li id="{anchor(it)}"><p class="when">{_time(it.at, zone)}</p>{draw(it.message)}</li>' for it in told)
    return f"<ol>{''.join(items)}</ol>"


def anchor(told: Published) -> str:
    """Return the name by which an announcement is found on the page."""
    return f"n{told.id.hex[:12]}"


def _time(at: datetime, zone: str) -> str:
    return f'<time datetime="{at.isoformat(timespec="seconds")}">{escape(in_words(at, zone))}</time>'


def _sentence(stage: Stage) -> str:
    return f"{stage.value[:1].upper()}{stage.value[1:]}"
