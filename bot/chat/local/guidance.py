"""What the terminal chat says by itself: the welcome, its keys, and what a line meant for the chat did not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.message import Bold, Bullets, Code, Heading, Message, Note, Paragraph, Tone, line, say

if TYPE_CHECKING:
    from bot.chat.local.seat import Seat


def welcome(seat: Seat) -> Message:
    """Say in at most six lines who and where you are, and what to type first."""
    first = Bullets(
        (
            line(Code("/plan list"), " shows the plans there are"),
            line(Code("/rollout start PLAN"), " starts one in this channel"),
            line(Code("/rollout 25%"), " takes it to 25 % of the people"),
        )
    )
    where = line("You are ", Bold(seat.person), " in ", Bold(f"#{seat.channel}"), ". Type a command and press Enter:")
    return Message(
        "Welcome to Rollcall.",
        (Heading("Rollcall"), Paragraph(where), first, Note(line("Tab completes, /help explains, Ctrl-D leaves."))),
    )


def keys() -> Message:
    """List what the keyboard does here."""
    return Message(
        "Keys of this chat.",
        (
            Heading("Keys of this chat"),
            Bullets(
                (
                    line(Bold("Tab"), " completes, ", Bold("→"), " takes the grey suggestion"),
                    line(Bold("1"), ", ", Bold("2"), " … and Enter press the button of that number"),
                    line(
                        Bold("↑"),
                        " earlier lines, ",
                        Bold("Ctrl-R"),
                        " searches them, ",
                        Bold("Ctrl-C"),
                        " clears the line",
                    ),
                    line(Code("/join NAME"), " goes to another channel"),
                    line(Code("/quit"), " or ", Bold("Ctrl-D"), " leaves"),
                )
            ),
        ),
    )


def no_such_button(count: int) -> Message:
    """Say which numbers press a button."""
    if not count:
        return say(
            "No button is on show, so a number does nothing here. Type a command; Tab shows them.", tone=Tone.WARNING
        )
    numbers = "1" if count == 1 else f"1 to {count}"
    return say(f"No button has that number. On show: {numbers}.", tone=Tone.WARNING)


def which_channel() -> Message:
    """Ask for the channel to go to."""
    return say("Name the channel to go to: ", Code("/join releases"), tone=Tone.QUESTION)


def joined(seat: Seat) -> Message:
    """Say where you are now."""
    return say("You are now in ", Bold(f"#{seat.channel}"), ".")
