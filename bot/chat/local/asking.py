"""What has to be typed after a button was pressed: the terminal has no dialogs, so it asks for their words line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.form import Form
from bot.domain.message import Bold, Buttons, Message, Note, Paragraph, Tone, line

if TYPE_CHECKING:
    from bot.chat.conversation import Conversation, Origin
    from bot.domain.form import FormField
    from bot.domain.message import Button

HOW = "Type it and press Enter. A command or a button's number leaves it undone."


@dataclass(frozen=True, slots=True)
class Asking:
    """A pressed button's form, of which something must be written before its command can be done; `given` are the words so far, by name.

    What a form may have and need not have is not asked for: whoever wants to give a reason types the command.
    """

    button: Button
    form: Form
    given: tuple[tuple[str, str], ...] = ()

    @property
    def field(self) -> FormField | None:
        """Return what is asked for now, or None once nothing is missing."""
        known = {name for name, _ in self.given}
        return next((it for it in self.form.fields if it.required and it.name not in known), None)

    def answered(self, text: str) -> Asking:
        """Return the form with what is asked for now written into it."""
        return self if self.field is None else replace(self, given=(*self.given, (self.field.name, text)))


async def before_press(conversation: Conversation, button: Button, origin: Origin) -> Asking | None:
    """Return what a button needs first, or None where its command can be done, or refused, at once."""
    form = await conversation.ask(button.command, origin)
    asking = Asking(button, form) if isinstance(form, Form) else None
    return asking if asking is not None and asking.field is not None else None


def takes(asking: Asking | None, typed: str) -> bool:
    """Say whether a line that presses no button is what was asked for; a command never is."""
    return asking is not None and not typed.startswith("/")


def question(asking: Asking, field: FormField) -> Message:
    """Ask for one of a form's words; what explains the form stands above the first."""
    explained = () if asking.given else (it for it in asking.form.explains.blocks if not isinstance(it, Buttons))
    hint = (Note(line(field.hint)),) if field.hint else ()
    asked = Paragraph(line(Bold(field.label), f" {HOW}"))
    return Message(f"{field.label} {HOW}", (*explained, asked, *hint), Tone.QUESTION)
