"""What Discord accepts as a modal: docs.discord.com/developers/components/using-modal-components."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.discord.component_limits import check_choices, check_select, check_text
from tests.fakes.discord.findings import Findings
from tests.fakes.discord.posts import SELECTS, ComponentType, Json, walk

MOST_PARTS = 5
LONGEST_INPUT = 4000


def check_modal(found: Findings, modal: Any) -> None:
    """Look through the data of a modal: title, custom_id and one to five parts."""
    if not isinstance(modal, dict):
        found.say("data", "A modal must have data.")
        return
    found.text("data.custom_id", modal.get("custom_id"), 100, shortest=1)
    found.text("data.title", modal.get("title"), 45, shortest=1)
    parts = found.items("data.components", modal.get("components"), MOST_PARTS, least=1)
    for number, part in enumerate(parts):
        _part(found, f"data.components.{number}", part)
    if not found.problems:
        ids = [part["custom_id"] for part in walk(parts) if part.get("custom_id")]
        found.unique("data.components", ids, "Each custom_id")


def _part(found: Findings, place: str, part: Json) -> None:
    match part.get("type"):
        case ComponentType.ROW:
            inside = part.get("components") or []
            if len(inside) != 1 or inside[0].get("type") != ComponentType.TEXT_INPUT:
                found.say(f"{place}.components", "A row of a modal holds one text input.")
            else:
                found.text(f"{place}.components.0.label", inside[0].get("label"), 45, shortest=1)
                _text_input(found, f"{place}.components.0", inside[0])
        case ComponentType.LABEL:
            _label(found, place, part)
        case ComponentType.TEXT:
            check_text(found, place, part)
        case other:
            found.say(f"{place}.type", f"A modal is made of rows, labels and text displays, and not of type {other}.")


def _label(found: Findings, place: str, part: Json) -> None:
    found.text(f"{place}.label", part.get("label"), 45, shortest=1)
    found.text(f"{place}.description", part.get("description"), 100)
    inside = part.get("component")
    check = _INSIDE_LABELS.get(inside.get("type")) if isinstance(inside, dict) else None
    if check is None or inside is None:
        found.say(f"{place}.component", "A label holds one component that can be filled in.")
        return
    found.text(f"{place}.component.custom_id", inside.get("custom_id"), 100, shortest=1)
    if inside.get("disabled"):
        found.say(f"{place}.component.disabled", "A modal cannot have disabled components.")
    check(found, f"{place}.component", inside)


def _text_input(found: Findings, place: str, part: Json) -> None:
    found.text(f"{place}.custom_id", part.get("custom_id"), 100, shortest=1)
    found.number(f"{place}.style", part.get("style") or 0, 1, 2)
    found.number(f"{place}.min_length", part.get("min_length"), 0, LONGEST_INPUT)
    found.number(f"{place}.max_length", part.get("max_length"), 1, LONGEST_INPUT)
    found.text(f"{place}.placeholder", part.get("placeholder"), 100)
    longest, shortest = part.get("max_length") or LONGEST_INPUT, part.get("min_length") or 0
    if shortest > longest:
        found.say(f"{place}.min_length", "Must not be more than max_length.")
    if part.get("value"):
        found.text(f"{place}.value", part["value"], longest, shortest=shortest)


def _select(found: Findings, place: str, part: Json) -> None:
    check_select(found, place, part)
    if part.get("required", True) and part.get("min_values") == 0:
        found.say(f"{place}.min_values", "Must be at least 1 where an answer is required.")


def _radio(found: Findings, place: str, part: Json) -> None:
    check_choices(found, place, part, least=2, most=10)


def _checkboxes(found: Findings, place: str, part: Json) -> None:
    found.number(f"{place}.min_values", part.get("min_values"), 0, 10)
    found.number(f"{place}.max_values", part.get("max_values"), 1, 10)
    check_choices(found, place, {"max_values": 10} | part, least=1, most=10)


def _as_it_is(_found: Findings, _place: str, _part: Json) -> None:
    """A component that has nothing but its custom_id to look at."""


_INSIDE_LABELS: dict[Any, Callable[[Findings, str, Json], None]] = {
    ComponentType.TEXT_INPUT: _text_input,
    **dict.fromkeys(SELECTS, _select),
    ComponentType.RADIO: _radio,
    ComponentType.CHECKBOXES: _checkboxes,
    ComponentType.CHECKBOX: _as_it_is,
    ComponentType.FILE_UPLOAD: _as_it_is,
}
