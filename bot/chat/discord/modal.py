"""A form as Discord's modal, and what somebody wrote into it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.chat.characters import size
from bot.chat.discord.drawn import Text
from bot.chat.discord.markdown import MORE, caption
from bot.chat.discord.render import render
from bot.domain.form import LONGEST_ANSWER
from bot.domain.message import Bold, Buttons, Note, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from discord.ui import Label, Modal

    from bot.domain.form import Form, FormField

PREFIX = "rcf:"
LONGEST_ID = 100
LONGEST_TITLE = 45
LONGEST_LABEL = 45
LONGEST_DESCRIPTION = 100
MOST_COMPONENTS = 5


def form_modal(form: Form) -> Modal:
    """Draw a form, within a running loop: what will happen, and a field for each text.

    The library keeps no hold of it: what comes back is recognised by its id, and so after a restart as well. Raises
    ValueError for a form with more than five fields, and for a command that is too long for an id.
    """
    from discord.ui import Modal, TextDisplay

    custom_id = PREFIX + form.command
    if len(form.fields) > MOST_COMPONENTS or size(custom_id) > LONGEST_ID:
        raise ValueError(f"Discord has no room for the form of {form.command!r}")
    modal = Modal(title=caption(form.title, LONGEST_TITLE) or MORE, custom_id=custom_id)
    fields = form.fields
    if len(fields) < MOST_COMPONENTS:
        modal.add_item(TextDisplay(_explained(form)))
    else:
        # Where the fields take all the room, the first of them says what the form is for.
        fields = (replace(fields[0], hint=form.explains.summary), *fields[1:])
    for field in fields:
        modal.add_item(_label(field))
    modal.stop()
    return modal


def form_filled(data: Mapping[str, Any]) -> tuple[str, dict[str, str]] | None:
    """Return the command line of a modal that was sent, and the texts of its fields by their names.

    `data` is that of the interaction. Fields left empty are left out. None where the modal is none of ours.
    """
    custom_id = str(data.get("custom_id", ""))
    if not custom_id.startswith(PREFIX):
        return None
    written = {name: text.strip() for name, text in _inputs(data.get("components", ()))}
    return custom_id.removeprefix(PREFIX), {name: text for name, text in written.items() if text}


def _inputs(components: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the fields, which stand in labels, or in rows as they did before there were labels."""
    for component in components:
        yield from _inputs(component.get("components", ()))
        if "component" in component:
            yield from _inputs((component["component"],))
        if isinstance(component.get("value"), str):
            yield str(component["custom_id"]), component["value"]


def _explained(form: Form) -> str:
    # Discord names the button that sends a modal itself.
    means = Note(line("Submit means: ", Bold(form.submit)))
    words = tuple(block for block in form.explains.blocks if not isinstance(block, Buttons))
    drawn = render(replace(form.explains, blocks=(*words, means)))
    return "\n".join(part.content for part in drawn.parts if isinstance(part, Text))


def _label(field: FormField) -> Label[Modal]:
    from discord import TextStyle
    from discord.ui import Label, TextInput

    entry: TextInput[Modal] = TextInput(
        custom_id=field.name,
        style=TextStyle.paragraph if field.multiline else TextStyle.short,
        required=field.required,
        max_length=LONGEST_ANSWER,
    )
    return Label(
        text=caption(field.label, LONGEST_LABEL) or caption(field.name, LONGEST_LABEL),
        description=caption(field.hint, LONGEST_DESCRIPTION) or None,
        component=entry,
    )
