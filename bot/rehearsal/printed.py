"""A rehearsal on paper: the whole list as lines for people, and the same as JSON."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.announcements.rehearsal import break_text, counts_text, ending_text
from bot.domain.duration import describe_duration, format_duration
from bot.domain.rehearsal import Ending, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.rehearsal import Figure, Happening, Rehearsal

EXIT_CODES = {Ending.COMPLETED: 0, Ending.ROLLED_BACK: 3, Ending.STUCK: 4}


def printed(rehearsal: Rehearsal) -> str:
    """Return the whole rehearsal as text: its head, everything that happened, and how it ended."""
    return "\n".join((*_head(rehearsal), "", *_list(rehearsal), "", *_foot(rehearsal)))


def _head(rehearsal: Rehearsal) -> Iterator[str]:
    plan = rehearsal.plan
    yield f"Rehearsal of {plan.title} ({plan.key}, {len(plan.steps)} steps, digest {plan.digest[:12]})"
    yield f"Virtual start: {_date(rehearsal.start)} UTC. Nothing outside is asked or changed."
    yield f"Measurements: {rehearsal.measured}."
    if rehearsal.figures:
        yield "Figures:"
        width = max(len(it.metric) for it in rehearsal.figures)
        yield from (f"  {figure.metric:<{width}}  {_figure(figure)}" for figure in rehearsal.figures)
    if rehearsal.broken is not None:
        yield f"Breaks: {break_text(rehearsal)}."
    if plan.escalation:
        yield "A page is shown as its first level is reached; nobody answers it, and it is not taken further here."


def _figure(figure: Figure) -> str:
    words = [figure.says] if figure.says else []
    words += [f"({figure.before} before)"] if figure.before else []
    words += [str(figure.origin)]
    words += ["as if people reported it"] if figure.by_people else []
    return ", ".join(words).replace(", (", " (")


def _list(rehearsal: Rehearsal) -> Iterator[str]:
    for it in rehearsal.happenings:
        since = it.at - rehearsal.start
        passed = format_duration(abs(since)).removesuffix("0s") or "0"
        yield f"T{'-' if since < timedelta(0) else '+'}{passed:<10} {_date(it.at)}  {it.kind:<8}  {_says(it)}"


def _says(happening: Happening) -> str:
    between = " " if happening.kind in {Kind.FLAG, Kind.FIGURE} else ": "
    return f"{happening.who}{between}{happening.what}"


def _foot(rehearsal: Rehearsal) -> Iterator[str]:
    yield f"{ending_text(rehearsal)}."
    yield f"It took {describe_duration(rehearsal.took, 3)} of virtual time: {counts_text(rehearsal)}."


def _date(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}" + (f":{at:%S}" if at.second else "")


def json_text(rehearsal: Rehearsal) -> str:
    """Return the rehearsal as one JSON document."""
    document = {
        "plan": rehearsal.plan.key,
        "title": rehearsal.plan.title,
        "digest": rehearsal.plan.digest,
        "start": rehearsal.start.isoformat(),
        "end": rehearsal.end.isoformat(),
        "virtual_seconds": round(rehearsal.took.total_seconds()),
        "ending": rehearsal.ending.replace(" ", "_"),
        "exit_code": EXIT_CODES[rehearsal.ending],
        "reason": rehearsal.reason,
        "step": rehearsal.step + 1,
        "level": rehearsal.level,
        "measurements": rehearsal.measured,
        "figures": [
            {"metric": it.metric, "value": it.says, "before": it.before, "origin": it.origin, "by_people": it.by_people}
            for it in rehearsal.figures
        ],
        "broken": _broken(rehearsal),
        "happenings": [
            {
                "at": it.at.isoformat(),
                "after_seconds": round((it.at - rehearsal.start).total_seconds()),
                "kind": it.kind,
                "who": it.who,
                "what": it.what,
            }
            for it in rehearsal.happenings
        ],
        "card_edits": rehearsal.edits,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _broken(rehearsal: Rehearsal) -> dict[str, object] | None:
    broken = rehearsal.broken
    if broken is None:
        return None
    return {"step": broken.step + 1, "metric": broken.metric, "value": broken.says, "guardrail": broken.condition}
