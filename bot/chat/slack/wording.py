"""What people in Slack are told when the bot itself, or Slack, is in the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.message import Code, Message, Tone, say
from commands.command import REASON_WORD, VERSION, with_prefix

if TYPE_CHECKING:
    from bot.domain.form import Form

STRANGER = say(
    "Rollcall takes commands from its own workspace alone, and you belong to another one.", tone=Tone.WARNING
)
UNKNOWN_WORKSPACE = say(
    "Rollcall cannot tell now whether your workspace is its own, because Slack does not answer it; nothing was done. "
    "Type it again in a minute.",
    tone=Tone.WARNING,
)
UNREADABLE = say(
    "Rollcall could not read what Slack sent; nothing was done. Type the command instead.", tone=Tone.WARNING
)
STILL_AT_IT = say("This takes longer than usual. The answer follows by itself; nothing has to be typed again.")

_VERSION = re.compile(rf"\s--{VERSION.name}[ =]\d+\b")


def crashed(request: str) -> Message:
    """Say that something broke; the request is what the log calls it."""
    return say(
        "Something went wrong inside Rollcall; it is in the log as request ",
        request,
        ". /rollout status shows how things stand.",
        tone=Tone.DANGER,
    )


def typed_instead(form: Form, prefix: str) -> Message:
    """Say which line does the same as a dialog that Slack did not open."""
    return say(
        "Slack did not open the dialog. Nothing was done yet; type this line instead: ",
        Code(typed_line(form, prefix)),
        tone=Tone.WARNING,
    )


def typed_line(form: Form, prefix: str) -> str:
    """Return the line that a form leads to, with a word for each field that has to be filled in.

    The state version stays out: it guards against old buttons, and whoever types a line means what stands there now.
    """
    line = with_prefix(_VERSION.sub("", form.command), prefix)
    wanted = (f"{REASON_WORD} WHY" if it.name == REASON_WORD else it.name.upper() for it in form.fields if it.required)
    return " ".join((line, *wanted))
