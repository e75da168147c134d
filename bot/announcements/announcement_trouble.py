"""Tells the operator of a rollout what is wrong with its announcements, and asks whether a held one may go out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.duration import describe_duration
from bot.domain.message import Bold, Button, Buttons, ButtonStyle, Message, Note, Paragraph, Tone, line, plain_text
from bot.domain.team import EMAIL, listed, platform_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from bot.domain.announcement import Announcement
    from bot.domain.outbox import Delivery


def render_unconnected(audience: str, platforms: Sequence[str]) -> Message:
    """Say that an audience is not reached on some platforms, which are given by their names."""
    where = listed((f"{'by' if it == platform_name(EMAIL) else 'on'} {it}" for it in platforms), "and")
    are = "is" if len(platforms) == 1 else "are"
    text = line("Announcements for ", Bold(audience), f" do not go out {where}, which {are} not connected.")
    return Message(
        plain_text(text),
        (Paragraph(text), Note(line("This is said once. rollcall doctor looks it over."))),
        Tone.WARNING,
    )


def render_unsayable(said: Announcement, problem: str) -> Message:
    """Say that an announcement's text cannot be made."""
    text = line("Announcement ", Bold(f"{said.id}"), f" at “{said.when}” cannot be said: {problem}.")
    to = ",".join(said.to)
    way = f" /announce now --to {to} TEXT says it in other words." if to else ""
    return Message(plain_text(text), (Paragraph(text), Note(line(f"Nobody was told.{way}"))), Tone.WARNING)


def render_failed(failed: Delivery, audience: str, *, reached: bool) -> Message:
    """Say what did not arrive where, and, where its audience heard nothing at all, say the thing itself."""
    where = f"{platform_name(failed.platform)} {failed.channel}"
    text = line(f"An announcement for {audience or 'subscribers'} did not arrive: ", Bold(where), f", {failed.error}")
    if reached:
        note = Note(line("The audience's other places were told."))
        return Message(plain_text(text), (Paragraph(text), note), Tone.WARNING)
    message = failed.message or Message("", ())
    note = Note(line("Nobody of that audience was told by it. It said:"))
    kept = tuple(it for it in message.blocks if not isinstance(it, Buttons))
    return replace(message, summary=plain_text(text), blocks=(Paragraph(text), note, *kept), tone=Tone.WARNING)


def render_question(said: Announcement, message: Message, late: timedelta | None = None) -> Message:
    """Ask whether an announcement may go out, with its words; `late` is how long ago it should have."""
    due = f" was due {describe_duration(late, 2)} ago and" if late is not None else ""
    text = line("An announcement for ", Bold(", ".join(said.to) or "subscribers"), f"{due} waits for a yes:")
    buttons = Buttons(
        (
            Button("Send it", f"/announce release {said.id}", ButtonStyle.PRIMARY),
            Button("Do not send it", f"/announce cancel {said.id}"),
        )
    )
    kept = tuple(it for it in message.blocks if not isinstance(it, Buttons | Note))
    return Message(f"{plain_text(text)} {message.summary}", (Paragraph(text), *kept, buttons), Tone.QUESTION)
