"""Views: a form as a modal, and a message as somebody's home tab."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.slack.blocks import draw
from bot.chat.slack.characters import shown
from bot.chat.slack.fitting import MOST_BLOCKS_OF_A_VIEW, MOST_CHARACTERS_OF_A_VIEW, fit
from bot.chat.slack.spans import NOTHING, plain_object
from bot.domain.form import LONGEST_ANSWER
from bot.domain.message import Buttons, Tone

if TYPE_CHECKING:
    from bot.chat.slack.spans import Json
    from bot.domain.form import Form, FormField
    from bot.domain.message import Message

FORM = "rollcall:form"
"""The `callback_id` of every form. What was written is in `state.values[NAME][NAME]["value"]`, by the fields' names."""

LONGEST_TITLE = 24
LONGEST_METADATA = 3_000
"""Slack's own limits: of a title and of the two buttons, and of what a view carries from its opening to its submission."""

_LONGEST_LABEL = 150
_LONGEST_HINT = 500


def draw_form(form: Form, private_metadata: str) -> Json:
    """Return a form as a modal; what explains it is drawn without buttons, because a form leads to one command.

    `private_metadata` comes back with the submission. Raises ValueError where Slack would not carry it.
    """
    if len(private_metadata) > LONGEST_METADATA:
        msg = f"a view carries at most {LONGEST_METADATA} characters, not {len(private_metadata)}"
        raise ValueError(msg)
    inputs = [_input(field, first=number == 0) for number, field in enumerate(form.fields)]
    explained = fit(
        draw(_explanation(form), native_tables=False), MOST_BLOCKS_OF_A_VIEW - len(inputs), MOST_CHARACTERS_OF_A_VIEW
    )
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": _short(form.title),
        "submit": _short(form.submit),
        "close": _short("Cancel"),
        "blocks": [*explained, *inputs],
        **({"private_metadata": private_metadata} if private_metadata else {}),
    }


def _explanation(form: Form) -> Message:
    """Return what explains a form; a dangerous one has the sign of danger, for Slack has no red button for forms."""
    blocks = tuple(block for block in form.explains.blocks if not isinstance(block, Buttons))
    return replace(form.explains, blocks=blocks, tone=Tone.DANGER if form.danger else form.explains.tone)


def _short(text: str) -> Json:
    return plain_object(shown(text.strip(), LONGEST_TITLE) or NOTHING)


def _input(field: FormField, *, first: bool) -> Json:
    block: Json = {
        "type": "input",
        "block_id": field.name,
        "label": plain_object(shown(field.label.strip(), _LONGEST_LABEL) or NOTHING),
        "optional": not field.required,
        "element": {
            "type": "plain_text_input",
            "action_id": field.name,
            "multiline": field.multiline,
            "max_length": LONGEST_ANSWER,
            "focus_on_load": first,
        },
    }
    hint = shown(field.hint.strip(), _LONGEST_HINT)
    return {**block, "hint": plain_object(hint)} if hint else block


def draw_home(message: Message) -> Json:
    """Return a message as a home tab."""
    blocks = fit(draw(message, native_tables=False), MOST_BLOCKS_OF_A_VIEW, MOST_CHARACTERS_OF_A_VIEW)
    return {"type": "home", "blocks": blocks}
