"""Draws a rollout's history: each flag's percentage as steps over time, and marks for what happened on the way."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from bot.charts.course import KINDS, Course, alt_text, course_of, subtitle_of, title_of
from bot.domain.outbox import Attachment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.report import Report
    from bot.ports import Journal

WIDTH, HEIGHT = 1200, 600

DRAWN_WITHIN = 20
"""Seconds for a picture, which takes about one; a delivery must be done in forty."""

# Okabe and Ito's palette, which people with any kind of colour blindness tell apart; dashes and shapes say the same again.
FLAG_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
FLAG_DASHES = ([1, 0], [12, 5], [3, 4], [14, 4, 3, 4])
MARK_COLOURS = ("#56B4E9", "#D55E00", "#A30000", "#000000")
MARK_SHAPES = ("circle", "diamond", "triangle-down", "square")
MARK_DASHES = ([4, 4], [1, 0], [8, 3], [2, 3])
INK, GRID = "#222222", "#DDDDDD"

Json = dict[str, Any]

# Flags and marks have looks of their own, and a legend each; one that two layers share would be drawn twice.
APART: Json = {"scale": dict.fromkeys(("color", "shape", "strokeDash"), "independent")}


class RolloutCharts:
    """The Charts port. A report whose picture cannot be drawn goes without one. `python` runs the drawing process."""

    def __init__(self, journal: Journal, python: str = sys.executable) -> None:
        self._journal = journal
        self._python = python

    async def draw(self, report: Report) -> tuple[Attachment, ...]:
        """Return the picture of a rollout's flags; none for a plan that changes no flag."""
        course = course_of(report)
        if not course.lines:
            return ()
        try:
            png = await asyncio.to_thread(_png, self._python, specification(report, course))
        except (OSError, subprocess.SubprocessError) as problem:
            self._journal.warning("chart.not_drawn", rollout=report.number, problem=type(problem).__name__)
            return ()
        return (Attachment(f"rollout-{report.number}-history.png", "image/png", png, alt_text(report, course)),)


def _png(python: str, wanted: Json) -> bytes:
    """Have a picture drawn in another process, which is told nothing but what to draw. Raises SubprocessError."""
    command = (python, "-m", "bot.charts.picture")
    drawn = subprocess.run(  # noqa: S603  # The program is ourselves; what people wrote is its input.
        command, input=json.dumps(wanted).encode(), capture_output=True, env={}, timeout=DRAWN_WITHIN, check=True
    )
    return drawn.stdout


def specification(report: Report, course: Course) -> Json:
    """Return the picture as Vega-Lite."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 24,
        "background": "white",
        "title": {
            "text": title_of(report),
            "subtitle": subtitle_of(report, course),
            "anchor": "start",
            "fontSize": 24,
            "subtitleFontSize": 16,
            "color": INK,
            "subtitleColor": INK,
            "subtitlePadding": 6,
            "offset": 18,
        },
        "config": {
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {"labelFontSize": 15, "titleFontSize": 15, "gridColor": GRID, "labelColor": INK, "titleColor": INK},
            "legend": {"labelFontSize": 15, "labelColor": INK, "symbolSize": 180, "labelLimit": 480},
        },
        "resolve": APART,
        "layer": [*_marks(course), _lines(course)],
    }


def _lines(course: Course) -> Json:
    names = list(course.lines)
    rows = [
        {"at": _written(at), "percent": percent, "flag": name}
        for name, way in course.lines.items()
        for at, percent in [*((point.at, point.percent) for point in way), (course.end, way[-1].percent)]
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 4, "strokeCap": "butt"},
        "encoding": {
            "x": _time(course),
            "y": {
                "field": "percent",
                "type": "quantitative",
                "scale": {"domain": [0, 100]},
                "axis": {"title": "wanted, in %", "values": [0, 25, 50, 75, 100]},
            },
            "color": _named("flag", names, FLAG_COLOURS, symbolSize=900, symbolStrokeWidth=4),
            "strokeDash": _named("flag", names, FLAG_DASHES, symbolSize=900, symbolStrokeWidth=4),
        },
    }


def _marks(course: Course) -> list[Json]:
    kinds = [kind for kind in KINDS if any(mark.kind == kind for mark in course.marks)]
    if not kinds:
        return []
    places = [KINDS.index(kind) for kind in kinds]
    rows = [
        {"at": _written(mark.at), "kind": mark.kind, "colour": MARK_COLOURS[KINDS.index(mark.kind)]}
        for mark in course.marks
    ]
    colour = _named("kind", kinds, [MARK_COLOURS[place] for place in places])
    shape = _named("kind", kinds, [MARK_SHAPES[place] for place in places])
    dash = _named("kind", kinds, [MARK_DASHES[place] for place in places]) | {"legend": None}
    plain: Json = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    rule: Json = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {"x": _time(course), "color": plain, "strokeDash": dash},
    }
    sign: Json = {
        "mark": {"type": "point", "filled": True, "size": 180, "opacity": 1},
        "encoding": {"x": _time(course), "y": {"value": 0}, "color": colour, "shape": shape},
    }
    return [{"data": {"values": rows}, "layer": [rule, sign], "resolve": APART}]


def _named(field: str, names: Sequence[str], looks: Sequence[object], **legend: float) -> Json:
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(names), "range": list(looks[: len(names)])},
        "legend": {"orient": "bottom", "title": None, "columns": 2, **legend},
    }


def _time(course: Course) -> Json:
    return {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc", "domain": [_written(course.start), _written(course.end)]},
        "axis": {"title": "time (UTC)", "format": _format(course), "tickCount": 6, "grid": False, "labelFlush": True},
    }


def _format(course: Course) -> str:
    """Return how moments are written below the picture: as much of them as differs."""
    length = course.end - course.start
    if length > timedelta(days=7):
        return "%-d %b"
    if length < timedelta(minutes=10):
        return "%H:%M:%S"
    same_day = course.start.astimezone(UTC).date() == course.end.astimezone(UTC).date()
    return "%H:%M" if same_day else "%-d %b %H:%M"


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
