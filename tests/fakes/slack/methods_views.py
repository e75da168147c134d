"""`views.*`: modals and the Home tab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.calls import Answer, Caller, Method, method
from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.interactions import Deed, Interactions
from tests.fakes.slack.views import HIGHEST_STACK, View, checked_view
from tests.fakes.slack.workspace import Workspace


def new_view(workspace: Workspace, deed: Deed, body: dict[str, Any], previous: View | None) -> View:
    """Open a modal for whoever did something."""
    external_id = body.get("external_id")
    if external_id and any(view.open and view.body["external_id"] == external_id for view in workspace.views.values()):
        raise Refused("duplicate_external_id", f"another open view has the external_id {external_id!r}")
    view = View(workspace.new_id("V"), deed.person, body, workspace.new_ts(), workspace.names, previous)
    if previous is None:
        close_all(workspace, deed)
    workspace.views[view.id] = view
    deed.opened.append(view)
    return view


def close_all(workspace: Workspace, deed: Deed) -> None:
    """Close every modal that somebody has open."""
    for view in workspace.views.values():
        if view.person is deed.person:
            view.open = False


def push_on(workspace: Workspace, deed: Deed, below: View, body: dict[str, Any]) -> View:
    """Open a modal above another one, at most three high."""
    if below.depth >= HIGHEST_STACK:
        raise Refused("push_limit_reached", f"a stack of more than {HIGHEST_STACK} views")
    return new_view(workspace, deed, body, below)


def show(workspace: Workspace, view: View, body: dict[str, Any]) -> None:
    """Show something else in a view."""
    view.body, view.hash, view.errors = body, workspace.new_ts(), {}
    workspace.changed()


def methods(interactions: Interactions) -> Mapping[str, Method]:
    """Describe the methods, which exchange triggers."""

    def open_(caller: Caller) -> Answer:
        deed = interactions.exchange(caller.arguments.required("trigger_id"))
        body = checked_view(caller.arguments.given.get("view"), "modal")
        return {"view": new_view(caller.workspace, deed, body, None).wire()}

    def push(caller: Caller) -> Answer:
        deed = interactions.exchange(caller.arguments.required("trigger_id"))
        if not isinstance(deed.origin, View) or not deed.origin.open:
            raise Refused("not_found", "nothing is open on which a view could be pushed")
        body = checked_view(caller.arguments.given.get("view"), "modal")
        return {"view": push_on(caller.workspace, deed, deed.origin, body).wire()}

    return {
        "views.open": method(open_, "trigger_id interactivity_pointer view"),
        "views.push": method(push, "trigger_id interactivity_pointer view"),
        "views.update": method(update, "view view_id external_id hash"),
        "views.publish": method(publish, "user_id view hash"),
    }


def update(caller: Caller) -> Answer:
    wanted = caller.arguments.text("view_id"), caller.arguments.text("external_id")
    for view in caller.workspace.views.values():
        if view.open and (view.id == wanted[0] or (wanted[1] and view.body["external_id"] == wanted[1])):
            break
    else:
        raise Refused("not_found")
    _check_hash(caller, view)
    show(caller.workspace, view, checked_view(caller.arguments.given.get("view"), "modal"))
    return {"view": view.wire()}


def _check_hash(caller: Caller, view: View) -> None:
    if caller.arguments.text("hash", view.hash) != view.hash:
        raise Refused("hash_conflict")


def publish(caller: Caller) -> Answer:
    person = caller.workspace.people.get(caller.arguments.required("user_id"))
    if person is None or person.is_bot:
        raise Refused("user_not_found")
    body = checked_view(caller.arguments.given.get("view"), "home")
    home = caller.workspace.homes.get(person.id)
    if home is None:
        home = View(caller.workspace.new_id("V"), person, body, caller.workspace.new_ts(), caller.workspace.names)
        caller.workspace.homes[person.id] = home
    else:
        _check_hash(caller, home)
        show(caller.workspace, home, body)
    return {"view": home.wire()}
