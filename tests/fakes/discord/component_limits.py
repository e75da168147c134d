"""What Discord accepts as components of a message: docs.discord.com/developers/components/reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.discord.findings import Findings
from tests.fakes.discord.posts import SELECTS, ComponentType, Json, walk

LEGACY_TOP = {ComponentType.ROW}
LAYOUT_TOP = {
    ComponentType.ROW,
    ComponentType.SECTION,
    ComponentType.TEXT,
    ComponentType.GALLERY,
    ComponentType.FILE,
    ComponentType.SEPARATOR,
    ComponentType.CONTAINER,
}
MOST_ROWS, MOST_COMPONENTS, MOST_TEXT = 5, 40, 4000
LINK, PREMIUM = 5, 6


def check_components(found: Findings, components: Any, *, layout: bool) -> None:
    """Look through a message's components; `layout` says whether it has the flag of the second version."""
    for number, part in enumerate(found.items("components", components, MOST_COMPONENTS if layout else MOST_ROWS)):
        _check(found, f"components.{number}", part, LAYOUT_TOP if layout else LEGACY_TOP)
    if found.problems:
        # Whatever follows takes components for what their types say.
        return
    parts = list(walk(components))
    found.unique("components", [part["custom_id"] for part in parts if part.get("custom_id")], "Each custom_id")
    found.unique("components", [part["id"] for part in parts if part.get("id")], "Each component id")
    if layout:
        found.items("components", parts, MOST_COMPONENTS)
        said = sum(len(part["content"]) for part in parts if part["type"] == ComponentType.TEXT)
        if said > MOST_TEXT:
            found.say("components", f"Text displays may hold {MOST_TEXT} characters together; they hold {said}.")


def number_components(components: list[Json]) -> list[Json]:
    """Return the components with an `id` for each that has none, in the order in which they are read."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    free = (number for number in range(1, 1000) if number not in taken)
    for part in walk(components):
        if not part.get("id"):
            part["id"] = next(free)
    return components


def _check(found: Findings, place: str, part: Any, allowed: set[ComponentType]) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in allowed or kind not in _CHECKS:
        names = ", ".join(f"{one.name} ({one.value})" for one in sorted(allowed))
        found.say(f"{place}.type", f"Component type must be one of {names}; it is {kind}.")
        return
    found.number(f"{place}.id", part.get("id"), 0, 2**31 - 1)
    _CHECKS[ComponentType(kind)](found, place, part)


def _row(found: Findings, place: str, part: Json) -> None:
    inside = found.items(f"{place}.components", part.get("components"), 5, least=1)
    for number, one in enumerate(inside):
        _check(found, f"{place}.components.{number}", one, {ComponentType.BUTTON, *SELECTS})
    if len(inside) > 1 and any(one.get("type") in SELECTS for one in inside if isinstance(one, dict)):
        found.say(f"{place}.components", "A select menu stands in a row of its own.")


def _button(found: Findings, place: str, part: Json) -> None:
    style = part.get("style")
    found.number(f"{place}.style", style if style is not None else 0, 1, PREMIUM)
    found.text(f"{place}.label", part.get("label"), 80)
    if not part.get("label") and not part.get("emoji") and style != PREMIUM:
        found.say(f"{place}.label", "A button must have a label or an emoji.")
    wanted = {LINK: "url", PREMIUM: "sku_id"}.get(style or 0, "custom_id")
    for name in {"url", "sku_id", "custom_id"} - {wanted}:
        if part.get(name) is not None:
            found.say(f"{place}.{name}", f"A button of style {style} cannot have it.")
    if wanted != "sku_id":
        found.text(f"{place}.{wanted}", part.get(wanted), 512 if wanted == "url" else 100, shortest=1)


def check_select(found: Findings, place: str, part: Json) -> None:
    """Look through a select menu, in a message or in a modal."""
    found.text(f"{place}.custom_id", part.get("custom_id"), 100, shortest=1)
    found.text(f"{place}.placeholder", part.get("placeholder"), 150)
    found.number(f"{place}.min_values", part.get("min_values"), 0, 25)
    found.number(f"{place}.max_values", part.get("max_values"), 1, 25)
    if (part.get("min_values") or 0) > (part.get("max_values") or 1):
        found.say(f"{place}.min_values", "Must not be more than max_values.")
    if part["type"] == ComponentType.STRING_SELECT:
        check_choices(found, place, part, least=1, most=25)


def check_choices(found: Findings, place: str, part: Json, *, least: int, most: int) -> None:
    """Look through the options that a select, a radio group or a group of check boxes offers."""
    options = found.items(f"{place}.options", part.get("options"), most, least=least)
    for number, option in enumerate(options):
        where = f"{place}.options.{number}"
        found.text(f"{where}.label", option.get("label"), 100, shortest=1)
        found.text(f"{where}.value", option.get("value"), 100, shortest=1)
        found.text(f"{where}.description", option.get("description"), 100)
    found.unique(f"{place}.options", [option.get("value") for option in options], "Each value")
    chosen = sum(bool(option.get("default")) for option in options)
    if chosen > (part.get("max_values") or 1):
        found.say(f"{place}.options", "More options are chosen beforehand than may be chosen.")


def check_text(found: Findings, place: str, part: Json) -> None:
    """Look at a text display."""
    found.text(f"{place}.content", part.get("content"), MOST_TEXT, shortest=1)


def _section(found: Findings, place: str, part: Json) -> None:
    for number, one in enumerate(found.items(f"{place}.components", part.get("components"), 3, least=1)):
        _check(found, f"{place}.components.{number}", one, {ComponentType.TEXT})
    _check(found, f"{place}.accessory", part.get("accessory"), {ComponentType.BUTTON, ComponentType.THUMBNAIL})


def _container(found: Findings, place: str, part: Json) -> None:
    found.number(f"{place}.accent_color", part.get("accent_color"), 0, 0xFFFFFF)
    inside = found.items(f"{place}.components", part.get("components"), MOST_COMPONENTS, least=1)
    for number, one in enumerate(inside):
        _check(found, f"{place}.components.{number}", one, LAYOUT_TOP - {ComponentType.CONTAINER})


def _media(found: Findings, place: str, item: Json) -> None:
    found.text(f"{place}.media.url", (item.get("media") or {}).get("url"), 2048, shortest=1)
    found.text(f"{place}.description", item.get("description"), 1024)


def _gallery(found: Findings, place: str, part: Json) -> None:
    for number, item in enumerate(found.items(f"{place}.items", part.get("items"), 10, least=1)):
        _media(found, f"{place}.items.{number}", item)


def _file(found: Findings, place: str, part: Json) -> None:
    if not str((part.get("file") or {}).get("url", "")).startswith("attachment://"):
        found.say(f"{place}.file.url", "A file component shows an attachment of its message (attachment://).")


def _separator(found: Findings, place: str, part: Json) -> None:
    found.number(f"{place}.spacing", part.get("spacing"), 1, 2)


_CHECKS: dict[ComponentType, Callable[[Findings, str, Json], None]] = {
    ComponentType.ROW: _row,
    ComponentType.BUTTON: _button,
    **dict.fromkeys(SELECTS, check_select),
    ComponentType.SECTION: _section,
    ComponentType.TEXT: check_text,
    ComponentType.THUMBNAIL: _media,
    ComponentType.GALLERY: _gallery,
    ComponentType.FILE: _file,
    ComponentType.SEPARATOR: _separator,
    ComponentType.CONTAINER: _container,
}
