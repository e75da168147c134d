"""When an announcement of a plan is due: `T-24h`, `each step`, `every 4h`, `completed +7d`, `24h before phase Launch`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from bot.domain.duration import BadDuration, parse_duration
from bot.files.words import expected

EVENTS = (
    "started",
    "held",
    "gate_failed",
    "problem_reported",
    "paused",
    "resumed",
    "rolled_back",
    "aborted",
    "completed",
)
_EACH = ("each step", "each phase")
_FORMS = "a moment such as T-24h, each step, every 4h, rolled_back, completed +7d or phase NAME"

_FROM_START = re.compile(r"T(?:[+-](?P<duration>.+))?")
_EVERY = re.compile(r"every (?P<duration>.+)")
_EVENT = re.compile(rf"(?:{'|'.join(EVENTS)})(?: ?\+ ?(?P<duration>.+))?")
_PLACE = re.compile(r"(?:(?P<duration>\S+) before )?(?P<kind>phase|step) (?P<name>.+)")


@dataclass(frozen=True, slots=True)
class PlaceInPlan:
    """The phase or step whose beginning a moment is tied to; `before` says whether it comes ahead of it."""

    kind: str
    name: str
    before: bool


def place_in_plan(moment: str) -> PlaceInPlan | None:
    """Return the phase or step that a moment names, if it names one."""
    found = _PLACE.fullmatch(moment)
    return PlaceInPlan(found["kind"], found["name"], found["duration"] is not None) if found else None


def _moment(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise expected(_FORMS)
    text = " ".join(value.split())
    if text in _EACH or _is_instant(text):
        return text
    for pattern in (_FROM_START, _EVERY, _EVENT, _PLACE):
        found = pattern.fullmatch(text)
        if found:
            _check_duration(found["duration"])
            return text
    near = get_close_matches(text, (*EVENTS, *_EACH), 1)
    raise expected(_FORMS, f"Did you mean `{near[0]}`?" if near else "")


def _check_duration(written: str | None) -> None:
    try:
        if written is not None:
            parse_duration(written, allow_zero=True)
    except BadDuration as error:
        raise expected(_FORMS, f"{error}.") from None


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


Moment = Annotated[
    str,
    PlainValidator(_moment),
    WithJsonSchema(
        {
            "description": "When it is due: before or after the start, at an event, at a phase or step, or again and again.",
            "anyOf": [
                {"enum": [*_EACH, *EVENTS]},
                {
                    "type": "string",
                    "pattern": r"^(T([+-].+)?|every .+|[a-z_]+ ?\+ ?.+|(\S+ before )?(phase|step) .+|[0-9]{4}-.+)$",
                },
            ],
            "examples": ["T-24h", "each step", "every 4h", "rolled_back", "completed +7d", "24h before phase Launch"],
        }
    ),
]
