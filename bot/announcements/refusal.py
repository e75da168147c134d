"""Says no: why, what stands in the way, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.announcements.wording import blocker_line, hint_line
from bot.domain.errors import AlreadyDone, BadFile, Blocked, Confirm, NotUnderstood, RollcallError, WhichOne
from bot.domain.message import (
    BUTTON_COMMAND_LIMIT,
    Block,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Message,
    Note,
    Paragraph,
    Tone,
    Verbatim,
    line,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

PROBLEMS_SHOWN = 20


def render(problem: RollcallError, asked: str = "") -> Message:
    """Put any refusal or question into a message; `asked` is the command line that led to it."""
    blocks: list[Block] = [Paragraph(line(problem.sentence))]
    match problem:
        case Blocked():
            blocks.append(Bullets(tuple(blocker_line(it) for it in problem.blockers)))
        case BadFile():
            blocks.append(_problems(problem))
        case WhichOne():
            blocks.append(Buttons(tuple(_choices(problem, asked))))
        case Confirm():
            if problem.details:
                blocks.append(details(problem.details))
            blocks.append(Buttons((Button(problem.label, problem.answer, ButtonStyle.DANGER),)))
        case _:
            pass
    if problem.hints:
        blocks += [Note(line("What you can do:")), Bullets(tuple(hint_line(hint) for hint in problem.hints))]
    return Message(problem.sentence, tuple(blocks), _tone(problem), private=isinstance(problem, NotUnderstood))


def details(lines: tuple[str, ...]) -> Bullets:
    """List what is confirmed; of very much the first of it."""
    more = len(lines) - PROBLEMS_SHOWN
    shown = tuple(line(it) for it in lines[:PROBLEMS_SHOWN])
    return Bullets((*shown, line(f"… and {more} more")) if more > 0 else shown)


def _tone(problem: RollcallError) -> Tone:
    if isinstance(problem, WhichOne | Confirm):
        return Tone.QUESTION
    return Tone.INFO if isinstance(problem, AlreadyDone) else Tone.WARNING


def _problems(problem: BadFile) -> Verbatim:
    shown = [str(it) for it in problem.problems[:PROBLEMS_SHOWN]]
    more = len(problem.problems) - PROBLEMS_SHOWN
    return Verbatim("\n".join([*shown, f"… and {more} more"] if more > 0 else shown))


def _choices(problem: WhichOne, asked: str) -> Iterable[Button]:
    """Offer the same command again with each answer put in; a reason too long for a button is left out."""
    head, tail = _command_and_rest(asked)
    typed = f'"{problem.instead_of}"' if f'"{problem.instead_of}"' in tail else problem.instead_of
    tail = tail.replace(typed, "", 1).strip()
    for label, option in problem.choices:
        whole = f"{head} {option} {tail}".strip()
        short = f"{head} {option} {tail.partition('because ')[0]}".strip()
        command = whole if len(whole) <= BUTTON_COMMAND_LIMIT else short
        if len(command) <= BUTTON_COMMAND_LIMIT:
            yield Button(label[:70], command)


def _command_and_rest(asked: str) -> tuple[str, str]:
    """Cut a line where an option can be put in: after its verb, or after what stands in a verb's place."""
    words = asked.split(maxsplit=2)
    cut = 1 if len(words) > 1 and words[1].startswith("-") else 2
    return " ".join(words[:cut]), " ".join(words[cut:])
