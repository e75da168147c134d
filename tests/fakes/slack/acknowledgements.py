"""What an app's acknowledgement of a deed makes Slack show, and what must not stand in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.complaints import Refused
from tests.fakes.slack.interactions import Deed, answered
from tests.fakes.slack.messages import Content, Message
from tests.fakes.slack.methods_views import close_all, push_on, show
from tests.fakes.slack.views import View, checked_view
from tests.fakes.slack.workspace import Workspace

MOST_OPTIONS = 100


@dataclass(slots=True, eq=False)
class Answer:
    """How the app answered one delivery of a deed.

    `status`, `headers` (small letters) and `body` are those of HTTP, and None or empty through Socket Mode. `payload`
    is the acknowledgement's content, None where it had none. `sent` is what went out, so that it can be replayed.
    """

    deed: Deed
    acknowledged: bool
    payload: dict[str, Any] | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    sent: tuple[bytes, dict[str, str]] = (b"", {})
    reply: Message | None = None
    """What the acknowledgement itself showed."""

    @property
    def replies(self) -> list[Message]:
        """All that the app showed by acknowledging and by the response_url, so far."""
        for message in self.deed.said:
            message.looked_at = True
        return list(self.deed.said)

    @property
    def text(self) -> str:
        """What the acknowledgement showed, as it is read; empty where it showed nothing."""
        return "" if self.reply is None else self.reply.seen

    @property
    def modal(self) -> View:
        """The modal that the app opened last because of this deed, so far; there has to be one."""
        assert self.deed.opened, f"no modal was opened for {self.deed.payload}"
        return self.deed.opened[-1]

    @property
    def errors(self) -> dict[str, str]:
        """What was wrong with a submitted modal, by block_id."""
        return dict((self.payload or {}).get("errors", {}))


def take(workspace: Workspace, answer: Answer) -> None:
    """Show what an acknowledgement says, or complain of it."""
    deed = answer.deed
    kind = str(deed.payload.get("type", deed.payload.get("command", "")))

    def complain(said: str) -> None:
        workspace.complaints.add(f"acknowledgement of {kind}: {said}")

    try:
        _TAKE.get(kind, _take_message if deed.kind == "slash_commands" else _take_nothing)(workspace, answer, complain)
    except Refused as refused:
        complain(f"{refused.error}: {refused.complaint}")
    if answer.reply is not None:
        answer.reply.looked_at = True
    workspace.changed()


Complain = Callable[[str], None]


def _take_message(workspace: Workspace, answer: Answer, complain: Complain) -> None:
    if not answer.payload:
        return
    deed = answer.deed
    if answer.payload.get("response_type") == "in_channel" and deed.channel is not None:
        typed = f"{deed.payload['command']} {deed.payload['text']}".strip()
        workspace.post(deed.channel, deed.person, Content(typed), looked_at=True)
    answer.reply = answered(workspace, deed, answer.payload, complain)


def _take_nothing(_workspace: Workspace, answer: Answer, complain: Complain) -> None:
    if answer.payload:
        complain(f"Slack shows nothing of what it holds: {answer.payload}")


def _take_submission(workspace: Workspace, answer: Answer, complain: Complain) -> None:
    view, payload = answer.deed.origin, answer.payload or {}
    assert isinstance(view, View)
    match payload.get("response_action"):
        case None:
            if payload:
                complain(f"no response_action in {payload}")
            view.open = False
        case "clear":
            close_all(workspace, answer.deed)
        case "errors":
            view.errors = _errors_of(view, payload, complain)
        case "update":
            show(workspace, view, checked_view(payload.get("view"), "modal"))
        case "push":
            push_on(workspace, answer.deed, view, checked_view(payload.get("view"), "modal"))
        case unknown:
            complain(f"no response_action is {unknown!r}")


def _errors_of(view: View, payload: dict[str, Any], complain: Complain) -> dict[str, str]:
    errors = payload.get("errors")
    if not isinstance(errors, dict) or not errors or not all(isinstance(one, str) and one for one in errors.values()):
        complain(f"errors are texts by block_id, and not {errors!r}")
        return {}
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if unknown := errors.keys() - inputs:
        complain(f"errors for {sorted(unknown)}, and the inputs are {sorted(inputs)}")
    return dict(errors)


def _take_suggestion(_workspace: Workspace, answer: Answer, complain: Complain) -> None:
    payload = answer.payload or {}
    options = payload.get("options", payload.get("option_groups"))
    if not isinstance(options, list) or len(options) > MOST_OPTIONS:
        complain(f"at most {MOST_OPTIONS} options are wanted, and not {options!r:.200}")


_TAKE: dict[str, Callable[[Workspace, Answer, Complain], None]] = {
    "view_submission": _take_submission,
    "block_suggestion": _take_suggestion,
}
