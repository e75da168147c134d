"""Filling in one part of a form, or choosing from one menu, as far as the client lets a person do it."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord.modal_limits import LONGEST_INPUT
from tests.fakes.discord.places import Channel, Person, Role
from tests.fakes.discord.posts import SELECTS, ComponentType, Json
from tests.fakes.discord.typed import NotPossible

CHOSEN: dict[ComponentType, tuple[type, ...]] = {
    ComponentType.USER_SELECT: (Person,),
    ComponentType.ROLE_SELECT: (Role,),
    ComponentType.MENTIONABLE_SELECT: (Person, Role),
    ComponentType.CHANNEL_SELECT: (Channel,),
}


def filled_in(part: Json, given: Any) -> tuple[Json, list[object]]:
    """Return what is sent for a part, and the people, roles and channels in it; None leaves it as it stands."""
    said: Json = {"type": part["type"], "id": part.get("id", 0), "custom_id": part["custom_id"]}
    match part["type"]:
        case ComponentType.TEXT_INPUT:
            return said | {"value": _written(part, given)}, []
        case ComponentType.CHECKBOX:
            return said | {"value": bool(part.get("default") if given is None else given)}, []
        case ComponentType.RADIO:
            values = _picked(part, [] if given is None else [given], most=1)
            return said | {"value": values[0] if values else None}, []
        case ComponentType.STRING_SELECT | ComponentType.CHECKBOXES:
            return said | {"values": _picked(part, _several(part, given), most=part.get("max_values") or 1)}, []
        case kind if kind in SELECTS:
            things = _several(part, given)
            _counted(part, things, part.get("max_values") or 1)
            if not all(isinstance(thing, CHOSEN[ComponentType(kind)]) for thing in things):
                raise NotPossible(f"{part['custom_id']} takes {CHOSEN[ComponentType(kind)]}, and not {things}")
            return said | {"values": [str(thing.id) for thing in things]}, things
        case other:
            raise NotPossible(f"nobody has taught this server to fill in components of type {other}")


def _written(part: Json, given: Any) -> str:
    text = part.get("value") or "" if given is None else given
    if not isinstance(text, str):
        raise NotPossible(f"{part['custom_id']} takes a text, and not {text!r}")
    least, most = part.get("min_length") or 0, part.get("max_length") or LONGEST_INPUT
    required = part.get("required", True)
    if (required or text) and not max(least, int(required)) <= len(text) <= most:
        raise NotPossible(f"{part['custom_id']} takes from {least} to {most} characters, and not {text!r}")
    return text


def _several(part: Json, given: Any) -> list[Any]:
    if given is None:
        return [option["value"] for option in part.get("options", ()) if option.get("default")]
    return list(given) if isinstance(given, list | tuple | set | frozenset) else [given]


def _picked(part: Json, given: list[Any], *, most: int) -> list[str]:
    """Return the values of options that were named by value or label."""
    values = []
    for one in given:
        found = [option["value"] for option in part["options"] if one in {option["value"], option["label"]}]
        if not found:
            raise NotPossible(
                f"{part['custom_id']} offers {[one['label'] for one in part['options']]}, and not {one!r}"
            )
        values.append(found[0])
    _counted(part, values, most)
    return values


def _counted(part: Json, chosen: list[Any], most: int) -> None:
    least = part.get("min_values")
    needed = int(part.get("required", True)) if least is None else least
    if part.get("required") is False and not chosen:
        return
    if not needed <= len(chosen) <= most:
        raise NotPossible(f"{part['custom_id']} takes from {needed} to {most} choices, and not {len(chosen)}")
