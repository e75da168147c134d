"""When an announcement of a plan is due: `T-24h`, `each step`, `every 4h`, `completed +7d`, `24h before phase Launch`."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from bot.domain.moments import EVENTS, BadMoment, Before, Occasion, When, parse_moment
from bot.files.words import expected

_EACH = ("each step", "each phase")
_FORMS = "a moment such as T-24h, each step, every 4h, rolled_back, completed +7d or phase NAME"


@dataclass(frozen=True, slots=True)
class PlaceInPlan:
    """The phase or step whose beginning a moment is tied to; `before` says whether it comes ahead of it."""

    kind: str
    name: str
    before: bool


def place_in_plan(moment: str) -> PlaceInPlan | None:
    """Return the phase or step that a moment names, if it names one."""
    read = parse_moment(moment)
    if isinstance(read, Before):
        return PlaceInPlan(str(Occasion.PHASE), read.phase, before=True)
    if isinstance(read, When) and read.place:
        return PlaceInPlan(str(read.occasion), read.place, before=False)
    return None


def _moment(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise expected(_FORMS)
    text = " ".join(value.split())
    try:
        parse_moment(text)
    except BadMoment as error:
        near = get_close_matches(text, (*EVENTS, *_EACH), 1)
        raise expected(_FORMS, f"Did you mean `{near[0]}`?" if near else str(error)) from None
    return text


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
                    "pattern": r"^(T([+-].+)?|every .+|cron .+|[a-z_]+ ?\+ ?.+|(\S+ before )?(phase|step) .+|[0-9]{4}-.+)$",
                },
            ],
            "examples": ["T-24h", "each step", "every 4h", "rolled_back", "completed +7d", "24h before phase Launch"],
        }
    ),
]
