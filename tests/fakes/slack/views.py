"""Modals and the Home tab as a person sees them, and what somebody fills in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.views import View as ViewModel

from tests.fakes.slack.block_kit import problems
from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.messages import buttons_of
from tests.fakes.slack.texts import lines_in, nodes
from tests.fakes.slack.workspace import Person

LARGEST_VIEW, HIGHEST_STACK, LONGEST_TITLE = 250_000, 3, 24
KNOWN = {
    "type", "title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id", "clear_on_close",
    "notify_on_close", "submit_disabled",
}  # fmt: skip


@dataclass(slots=True, eq=False)
class View:
    """A modal, or a Home tab, which has neither title nor submit. `previous` is the modal below it."""

    id: str
    person: Person
    body: dict[str, Any]
    hash: str
    names: Mapping[str, str]
    previous: View | None = None
    open: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    """What the app last said about a field, by block_id."""

    @property
    def title(self) -> str:
        return _text(self.body.get("title"))

    @property
    def blocks(self) -> list[dict[str, Any]]:
        blocks: list[dict[str, Any]] = self.body["blocks"]
        return blocks

    @property
    def seen(self) -> str:
        """The view as it is read on a screen, line by line; `[…]` can be pressed."""
        pressed = [f"[{label}]" for name in ("submit", "close") if (label := _text(self.body.get(name)))]
        return "\n".join([*filter(None, [self.title]), *lines_in(self.blocks, self.names), *pressed])

    @property
    def buttons(self) -> list[str]:
        return buttons_of(self.blocks)

    @property
    def inputs(self) -> list[str]:
        """The labels of what can be filled in."""
        return [_text(block["label"]) for block in self.blocks if block["type"] == "input"]

    def wire(self, values: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Return the view as payloads hold it; `values` is what somebody filled in."""
        return copy.deepcopy(self.body) | {
            "id": self.id,
            "team_id": self.person.team_id,
            "hash": self.hash,
            "root_view_id": self.root.id,
            "previous_view_id": self.previous.id if self.previous else None,
            "state": {"values": dict(values or {})},
        }

    @property
    def root(self) -> View:
        return self.previous.root if self.previous else self

    @property
    def depth(self) -> int:
        return 1 + (self.previous.depth if self.previous else 0)

    def __repr__(self) -> str:
        return f"<{self.body['type']} of {self.person.name}: {self.seen!r}>"


def _text(value: object) -> str:
    return str(value.get("text", "")) if isinstance(value, dict) else ""


def checked_view(body: object, *kinds: str) -> dict[str, Any]:
    """Return a view that Slack would take, with an id for every block, or refuse it."""
    if not isinstance(body, dict) or body.get("type") not in kinds:
        raise Refused("invalid_arguments", f"a view of type {' or '.join(kinds)} is wanted, and not {body!r}")
    if len(json.dumps(body).encode()) > LARGEST_VIEW:
        raise Refused("view_too_large", "a view of more than 250 kB")
    if found := list(_problems_of_view(body)):
        messages = {"messages": [f"[ERROR] {one}" for one in found]}
        raise Refused("invalid_arguments", "; ".join(found), response_metadata=messages)
    view = copy.deepcopy(body)
    view["blocks"] = [{"block_id": f"b{place}", **block} for place, block in enumerate(view["blocks"])]
    for name, value in (("private_metadata", ""), ("callback_id", ""), ("external_id", "")):
        view.setdefault(name, value)
    return view


def _problems_of_view(body: dict[str, Any]) -> Iterator[str]:
    try:
        ViewModel(**copy.deepcopy(body)).to_dict()
    except (SlackObjectFormationError, TypeError, KeyError, AttributeError) as error:
        yield f"slack_sdk refuses it: {error}"
    yield from problems(body.get("blocks"), "modal" if body["type"] == "modal" else "home")
    yield from (f"a view has no {name}" for name in sorted(body.keys() - KNOWN))
    for name in ("title", "submit", "close"):
        label = body.get(name)
        if label is not None and (not isinstance(label, dict) or label.get("type") != "plain_text"):
            yield f"{name} is a text of type plain_text"
        elif len(_text(label)) > LONGEST_TITLE:
            yield f"{name} has {len(_text(label))} characters, and may have {LONGEST_TITLE}"
    if body["type"] == "modal":
        yield from _problems_of_modal(body)
    elif "title" in body:
        yield "a Home tab has no title"


def _problems_of_modal(body: dict[str, Any]) -> Iterator[str]:
    if not _text(body.get("title")):
        yield "a modal has to have a title"
    if any(node.get("type") == "input" for node in nodes(body.get("blocks"))) and not _text(body.get("submit")):
        yield "a modal with inputs has to have submit"


# ---------------------------------------------------------------------------------------------------------------------
# Filling in


def filled_in(view: View, values: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """Return the state of a modal in which somebody filled in `values`, by action_id, block_id or label.

    Slack's own client does not let an answer pass that is missing or has the wrong length; then this fails.
    """
    inputs = [block for block in view.blocks if block["type"] == "input"]
    known = {name for block in inputs for name in _names_of(block)}
    assert values.keys() <= known, f"{view} has no input {values.keys() - known}; it has {sorted(known)}"
    state: dict[str, dict[str, Any]] = {}
    for block in inputs:
        given = next((values[name] for name in _names_of(block) if name in values), None)
        state[block["block_id"]] = {block["element"].get("action_id", "a"): _answered(block, given)}
    return state


def _names_of(block: dict[str, Any]) -> tuple[str, ...]:
    return (str(block["element"].get("action_id")), str(block["block_id"]), _text(block["label"]))


def _answered(block: dict[str, Any], given: object) -> dict[str, Any]:
    element = block["element"]
    read = _READ.get(element["type"])
    assert read is not None, f"nobody can fill in a {element['type']} yet: add it to tests/fakes/slack/views.py"
    answered = {"type": element["type"], **read(element, given)}
    blank = all(value in (None, "", []) for name, value in answered.items() if name != "type")
    assert block.get("optional") or not blank, (
        f"{_text(block['label'])!r} has to be filled in, Slack's client would say"
    )
    return answered


def _typed(element: dict[str, Any], given: object) -> dict[str, Any]:
    value = str(element.get("initial_value", "") if given is None else given)
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    assert not value or least <= len(value) <= most, f"{value[:50]!r} has not {least} to {most} characters"
    return {"value": value or None}


def _chosen(element: dict[str, Any], given: object) -> dict[str, Any]:
    return {"selected_option": element.get("initial_option") if given is None else option_of(element, str(given))}


def _several(element: dict[str, Any], given: object) -> dict[str, Any]:
    if given is None:
        return {"selected_options": element.get("initial_options", [])}
    assert isinstance(given, list | tuple), "several are given as a list"
    return {"selected_options": [option_of(element, str(one)) for one in given]}


def _named(field_name: str, initial: str) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    return lambda element, given: {field_name: element.get(initial) if given is None else str(given)}


_READ: dict[str, Callable[[dict[str, Any], object], dict[str, Any]]] = {
    "plain_text_input": _typed,
    "number_input": _typed,
    "email_text_input": _typed,
    "url_text_input": _typed,
    "static_select": _chosen,
    "external_select": _chosen,
    "radio_buttons": _chosen,
    "checkboxes": _several,
    "multi_static_select": _several,
    "users_select": _named("selected_user", "initial_user"),
    "channels_select": _named("selected_channel", "initial_channel"),
    "conversations_select": _named("selected_conversation", "initial_conversation"),
    "datepicker": _named("selected_date", "initial_date"),
    "timepicker": _named("selected_time", "initial_time"),
}


def option_of(element: dict[str, Any], wanted: str) -> dict[str, Any]:
    """Find an option of a select by its label or its value."""
    groups = element.get("option_groups", [])
    options = [*element.get("options", []), *(option for group in groups for option in group["options"])]
    for option in options:
        if wanted in {_text(option["text"]), option["value"]}:
            found: dict[str, Any] = option
            return found
    raise AssertionError(f"there is no option {wanted!r} among {[_text(option['text']) for option in options]}")
